"""`python -m bench recovery`: how long it takes until the quota is full again after a worker has gone."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from bench.figures import tell
from reelsift.demo.worker_process import WorkerProcess
from support.world import BUCKET, World, eventually

QUOTA = 10
"""As many slots, and so messages, as a worker takes at a time."""

FAST = "50"
"""Starts a second of the worker that stays, so that its own pace is no part of what is measured."""

SLOW = "0.05"
"""The same of one that is to have its lines wait for their turn."""

LONGEST_S = 180.0


def command(
    times: Annotated[int, typer.Option(help="How often each is measured.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Where the figures are appended as JSON.")] = None,
) -> None:
    """Two workers with default settings: the one that has every slot in hand is killed, or told to stop."""
    tell(_figures(times), out)


def _figures(times: int) -> Iterator[dict[str, Any]]:
    for _ in range(times):
        yield {"what": "killed, other lines wait", "full_again_s": _killed(others=True)}
        yield {"what": "killed, its own lines are all there are", "full_again_s": _killed(others=False)}
        yield {"what": "told to stop (SIGTERM), other lines wait", "full_again_s": _stopped(others=True)}
        yield {"what": "told to stop, its own lines are all there are", "full_again_s": _stopped(others=False)}


def _killed(*, others: bool) -> float:
    """The first worker has a slot and a message for each place of the quota, and waits for S3."""

    def in_hand(world: World) -> WorkerProcess:
        hold = world.cloud.add_fault("hold", service="s3", operation="HeadObject", when="before")
        world.send(*_lines(0))
        first = world.worker()
        eventually(lambda: world.cloud.held(hold) == QUOTA, "every line in hand", LONGEST_S)
        return first

    return _measured(in_hand, WorkerProcess.kill, others=others)


def _stopped(*, others: bool) -> float:
    """The first worker has started one line, and the others wait for their turn."""

    def in_hand(world: World) -> WorkerProcess:
        world.send(*_lines(0))
        first = world.worker(start_rate=SLOW)
        eventually(lambda: _bound_or_reserved(world) == QUOTA, "every slot in hand", LONGEST_S)
        eventually(lambda: world.cloud.deliveries("reelsift-intake")["deliveries"] >= QUOTA, "every line", LONGEST_S)
        return first

    return _measured(in_hand, WorkerProcess.terminate, others=others)


def _measured(
    in_hand: Callable[[World], WorkerProcess], end: Callable[[WorkerProcess], None], *, others: bool
) -> float:
    with TemporaryDirectory() as folder:
        world = World(Path(folder), subprocess.Popen, waits={}, quota=QUOTA, job_seconds=36_000)
        try:
            for number in range(2 * QUOTA):
                world.put_video(_key(number), 1)
            first = in_hand(world)
            second = world.worker(start_rate=FAST)
            eventually(second.liveness_file.exists, "the second worker", LONGEST_S)
            if others:
                world.send(*_lines(QUOTA))
            began = time.monotonic()
            end(first)
            world.cloud.clear_faults()
            eventually(lambda: world.cloud.summary()["open"] == QUOTA, "the quota full again", LONGEST_S)
            return round(time.monotonic() - began, 1)
        finally:
            world.close()


def _bound_or_reserved(world: World) -> int:
    return sum("reserved_by" in row or "holder" in row for row in world.rows("slots"))


def _lines(first: int) -> list[str]:
    return [json.dumps({"bucket": BUCKET, "key": _key(number)}) for number in range(first, first + QUOTA)]


def _key(number: int) -> str:
    return f"recovery/{number:03d}.mp4"
