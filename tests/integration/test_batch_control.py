"""Pausing, cancelling and retrying a batch while a worker is at it."""

import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from chaos.fleet import short_worker
from reelsift.demo.worker_process import WorkerProcess
from support.forks import Forks
from support.world import BUCKET, World, eventually

pytestmark = pytest.mark.process

LINES = 12
"""Enough that some are left: for 2 s after a command, workers may still start a line of a second each."""


def submitted(world: World, lines: int = LINES) -> str:
    manifest = world.folder / "m.csv"
    manifest.write_text("".join(f"{BUCKET},{number}.mp4\n" for number in range(lines)), encoding="utf-8")
    done = world.reelsift("submit", str(manifest), "--yes")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def ran(world: World, *arguments: str) -> dict[str, Any]:
    done = world.reelsift(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    members: dict[str, Any] = json.loads(done.stdout)
    return members


def state(world: World, batch_id: str) -> str:
    (meta,) = [row for row in world.rows("batches") if row["batch_id"] == batch_id and row["part"] == "meta"]
    return str(meta["state"])


def hold_start(world: World, **rule: Any) -> int:
    """Hold a Start, so that its line is the last one started until it is released."""
    return world.cloud.add_fault("hold", service="rekognition", operation="StartContentModeration", **rule)


def test_a_batch_paused_resumed_cancelled_and_taken_up_again_is_right_to_the_line(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=1, job_seconds=1)
    for number in range(LINES):
        world.put_video(f"{number}.mp4", 1, seed=number)
    batch_id = submitted(world)
    third = hold_start(world, skip=2)
    world.worker(lines_ahead="4")
    eventually(lambda: world.cloud.held(third), "the third line is about to be started")
    ran(world, "pause", batch_id)
    world.cloud.release(third)
    eventually(lambda: state(world, batch_id) == "Paused", "the batch is Paused")
    eventually(lambda: world.waiting_messages() == 0, "messages of a paused batch are dropped")
    eventually(lambda: world.open_jobs() == 0, "what was started has ended")
    started = len(world.cloud.jobs())
    assert 3 <= started == world.ended() < LINES
    first_again = hold_start(world)
    ran(world, "resume", batch_id)
    eventually(lambda: world.cloud.held(first_again), "the batch goes on")
    ran(world, "cancel", batch_id, "--yes")
    world.cloud.release(first_again)
    eventually(lambda: state(world, batch_id) == "Cancelled", "the batch is Cancelled")
    counts = world.counts()
    assert started < counts["succeeded"] < LINES
    assert counts["succeeded"] + counts["skipped"] == LINES
    # Nothing has to be left over any more.
    world.cloud.knobs(job_seconds=0.1)
    ran(world, "retry", batch_id, "--reason", "cancelled", "--yes")
    watch = world.reelsift("status", batch_id, "--watch")
    assert watch.returncode == 0, watch.stderr
    world.settle(lines=LINES)
    world.check_promises(lines=LINES, billed=LINES, peak=1)
    assert Counter(row["status"] for row in world.outcomes()) == {"SUCCEEDED": LINES}


def test_lines_that_failed_are_done_again_once_their_cause_is_gone(worlds: Callable[..., World]) -> None:
    world = worlds(quota=4)
    lines = 6
    for number in range(lines // 2):
        world.put_video(f"{number}.mp4", 1, seed=number)
    batch_id = submitted(world, lines)
    world.worker()
    assert world.reelsift("status", batch_id, "--watch").returncode == 3
    for number in range(lines // 2, lines):
        world.put_video(f"{number}.mp4", 1, seed=number)
    done = ran(world, "retry", batch_id, "--reason", "object_missing", "--yes")
    assert done["sent_back"] == lines // 2
    assert world.reelsift("status", batch_id, "--watch").returncode == 0
    world.settle(lines=lines)
    world.check_promises(lines=lines, billed=lines)
    assert state(world, batch_id) == "Complete"


def _events(worker: WorkerProcess) -> set[str]:
    """What a worker has logged so far."""
    return {json.loads(line)["event"] for line in worker.log.read_text(encoding="utf-8").splitlines()}


def test_while_starts_are_held_lines_wait_and_a_start_of_which_nobody_knows_is_not_sent_again(
    worlds: Callable[..., World], forks: Forks
) -> None:
    world = worlds(quota=1, job_seconds=1)
    lines = 5
    for number in range(lines):
        world.put_video(f"{number}.mp4", 1, seed=number)
    batch_id = submitted(world, lines)
    third = hold_start(world, skip=2)
    # What is held is looked at again after five seconds, not after a minute.
    launch = short_worker(forks.popen, slack_s=2)
    workers = [world.worker(launch), world.worker(launch)]
    eventually(lambda: world.cloud.held(third), "the third line is about to be started")
    ran(world, "hold", "--starts", "--note", "a look at the bill")
    for worker in workers:
        eventually(partial(lambda worker: "held" in _events(worker), worker), "each worker knows")
    # Whoever waits for its answer gets none.
    world.cloud.release(third)
    eventually(lambda: any("overdue" in _events(worker) for worker in workers), "somebody looks at it")
    eventually(lambda: world.ended() == 2, "what was started has ended")
    assert len(world.cloud.jobs()) <= 3
    told = ran(world, "status", batch_id)
    assert (told["state"], told["starts_held"]["note"]) == ("Active", "a look at the bill")
    ran(world, "release")
    eventually(lambda: world.ended() == lines, "all lines have ended")
    assert len(world.cloud.jobs()) == lines, "each was paid once"
    assert not [row for row in world.outcomes() if row["status"] != "SUCCEEDED"]
