"""A manifest becomes a batch: expanded by the fleet, counted by chunk, complete when every line has ended."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import BatchState
from reelsift.domain.failure import Reason
from reelsift.domain.video import ObjectRef
from reelsift.manifests.manifest_row import GoodRow
from reelsift.runtime.clock import now_ms
from reelsift.settings import load_settings
from rekognition_cloud import clips
from support.submitted import batch_of, submitted
from support.world import ALERTING, BUCKET, CLEAN, World, eventually

pytestmark = pytest.mark.process


def submit(world: World, manifest: str) -> str:
    path = world.folder / "m.csv"
    path.write_text(manifest, encoding="utf-8")
    submitted = world.reelsift("submit", str(path), "--yes")
    assert submitted.returncode == 0, submitted.stderr
    return submitted.stdout.strip()


def complete(world: World, batch_id: str) -> None:
    def finished() -> bool:
        (meta,) = [row for row in world.rows("batches") if row["batch_id"] == batch_id and row["part"] == "meta"]
        return bool(meta["state"] == "Complete")

    eventually(finished, f"batch {batch_id} complete")


def test_every_line_of_a_manifest_is_reported_good_bad_missing_and_twice(worlds: Callable[..., World]) -> None:
    world = worlds(quota=4)
    world.put_video("a b+ü.mp4", answer=ALERTING)
    world.put_video("clean.mp4", 1, answer=CLEAN)
    manifest = (
        f"{BUCKET},a%20b%2B%C3%BC.mp4\n{BUCKET},clean.mp4\nonly-a-bucket\n{BUCKET},missing.mp4\n{BUCKET},clean.mp4\n"
    )
    batch_id = submit(world, manifest)
    world.worker()
    complete(world, batch_id)
    world.settle(lines=5)
    world.check_promises(lines=5, billed=2, peak=4)
    outcomes = {row["line"]: row for row in world.outcomes()}
    assert {name: row["status"] for name, row in outcomes.items()} == {
        "m.csv:1": "SUCCEEDED",
        "m.csv:2": "SUCCEEDED",
        "m.csv:3": "FAILED",
        "m.csv:4": "FAILED",
        "m.csv:5": "SUCCEEDED",
    }
    assert outcomes["m.csv:3"]["reason"] == "bad_line"
    assert "only-a-bucket" in outcomes["m.csv:3"]["message"]
    assert world.counts()["billed_ms"] == 3000
    open_rows = [row for row in world.rows("batches") if "open" in row]
    assert open_rows == []

    report = world.reelsift("report", batch_id)
    assert report.returncode == 3
    header, *rows = report.stdout.splitlines()
    assert header.startswith("Bucket,Key,VersionId,TaskStatus,")
    assert len(rows) == 5
    status = world.reelsift("status", batch_id, "--json")
    assert status.returncode == 0
    assert json.loads(status.stdout)["state"] == "Complete"


def test_a_killed_expander_neither_loses_nor_repeats_a_line(worlds: Callable[..., World]) -> None:
    world = worlds(quota=20, job_seconds=0.2)
    for number in range(3):
        world.put_video(f"{number}.mp4", 1)
    batch_id = submit(world, "".join(f"{BUCKET},{number % 3}.mp4\n" for number in range(50)))
    hold = world.cloud.add_fault("hold", service="sqs", operation="SendMessageBatch", skip=2, times=1, when="after")
    first = world.worker(expand_lease_s="2")
    eventually(lambda: world.cloud.held(hold), "the expander in the middle of its chunk")
    first.kill()
    world.cloud.release(hold)
    world.worker(expand_lease_s="2")
    complete(world, batch_id)
    world.settle(lines=50)
    world.check_promises(lines=50, billed=3, peak=20)


def test_lines_lost_from_the_queue_are_sent_again(worlds: Callable[..., World]) -> None:
    world = worlds(quota=4)
    for number in range(3):
        world.put_video(f"{number}.mp4", 1)
    batch_id = submit(world, "".join(f"{BUCKET},{number}.mp4\n" for number in range(3)))
    world.cloud.add_fault("hold", service="rekognition", operation="StartContentModeration", when="before")
    first = world.worker(stall_s="2", quota="1", visibility_s="10", heartbeat_s="4")
    # Whoever looks late finds them sent again already.
    eventually(lambda: world.waiting_messages() >= 3, "three messages, sent")
    first.kill()
    world.client("sqs").purge_queue(QueueUrl=world.queue_url("intake"))
    world.cloud.clear_faults()
    world.worker(stall_s="2")
    complete(world, batch_id)
    world.settle(lines=3)
    world.check_promises(lines=3, billed=3)


def test_a_batch_whose_submitter_died_before_it_wrote_the_chunk_rows_is_worked_off(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=4)
    world.put_video("a.mp4", 1)
    batch_id = submit(world, f"{BUCKET},a.mp4\n")
    world.client("dynamodb").delete_item(
        TableName="reelsift-batches", Key={"batch_id": {"S": batch_id}, "part": {"S": "chunk#000000000"}}
    )
    world.worker()
    complete(world, batch_id)
    world.check_promises(lines=1, billed=1)


def test_two_batches_with_the_same_videos_are_paid_once_and_the_later_one_is_skipped(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=4)
    for number in range(4):
        world.put_video(f"{number}.mp4", 1)
    manifest = "".join(f"{BUCKET},{number}.mp4\n" for number in range(4))
    world.worker()
    complete(world, submit(world, manifest))
    complete(world, submit(world, manifest))
    world.settle(lines=8)
    world.check_promises(lines=8, billed=4)
    assert world.counts()["skipped"] == 4


def do(world: World, monkeypatch: pytest.MonkeyPatch, work: Callable[[Deployment], Awaitable[object]]) -> None:
    """What a command would do to the deployment, without its process."""
    for name, value in world.env.items():
        monkeypatch.setenv(name, value)

    async def session() -> None:
        async with open_deployment(load_settings()) as deployment:
            await work(deployment)

    asyncio.run(session())


def put_videos(world: World, prefix: str, count: int) -> list[GoodRow]:
    """Videos of a second each, and the rows of a manifest that lists them."""
    body = clips.clip(1)
    rows = [GoodRow(row, ObjectRef(BUCKET, f"{prefix}{row}.mp4")) for row in range(1, count + 1)]
    for row in rows:
        world.client("s3").put_object(Bucket=BUCKET, Key=row.ref.key, Body=body)
    return rows


def ended(world: World) -> Counter[str]:
    return Counter(row["batch"].partition("#")[0] for row in world.outcomes())


def test_a_small_batch_and_an_urgent_one_end_long_before_the_bulk_they_were_submitted_behind(
    worlds: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = worlds(quota=2, job_seconds=0.3)
    bulk, small, urgent = (put_videos(world, *batch) for batch in (("bulk", 120), ("small", 4), ("urgent", 4)))
    do(world, monkeypatch, lambda deployment: submitted(deployment, "bulk", bulk))
    world.worker(lines_ahead="12")
    eventually(lambda: ended(world)["bulk"] >= 2, "the bulk under way")
    do(world, monkeypatch, lambda deployment: submitted(deployment, "small", small))
    do(world, monkeypatch, lambda deployment: submitted(deployment, "urgent", urgent, priority=5))
    eventually(lambda: ended(world)["urgent"] == 4, "the urgent batch at its end")
    before = ended(world)
    eventually(lambda: ended(world)["small"] == 4, "the small batch at its end")
    after = ended(world)
    assert before["bulk"] < 60
    assert after["bulk"] < 90
    # The urgent lines overtook those that were on the queue before them.
    in_order = sorted(world.outcomes(), key=lambda row: int(row["finished_ms"]))
    order = [row["batch"].partition("#")[0] for row in in_order]
    first = order.index("urgent")
    assert Counter(order[first : first + 8])["urgent"] >= 3, order


def test_a_batch_paused_resumed_and_cancelled_counts_right_to_the_line(
    worlds: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Jobs last until they are told to end, so that the batch is never through before it is paused or cancelled.
    world = worlds(quota=4, job_seconds=600)
    rows = put_videos(world, "v", 60)
    do(world, monkeypatch, lambda deployment: submitted(deployment, "b", rows, chunk_lines=40))
    world.worker(lines_ahead="16")
    eventually(lambda: world.cloud.summary()["open"] == 4, "the batch under way")
    world.cloud.finish_jobs()
    eventually(lambda: world.ended() == 4, "its first lines ended")

    async def pause(deployment: Deployment) -> None:
        await change(deployment, state=BatchState.PAUSING)

    async def resume(deployment: Deployment) -> None:
        await change(deployment, state=BatchState.ACTIVE)

    async def cancel(deployment: Deployment) -> None:
        await change(deployment, state=BatchState.CANCELLING, stopped=Reason.CANCELLED)

    do(world, monkeypatch, pause)
    world.cloud.knobs(job_seconds=0.2)
    world.cloud.finish_jobs()
    eventually(lambda: state(world) == "Paused" and world.waiting_messages() == 0, "Paused, and nothing on the queue")
    # Two seconds long a worker may go by what it remembers of the batch, and start a line after it is Paused.
    eventually(lambda: world.open_jobs() == 0, "what was started has ended")
    paused_at = world.ended()
    assert paused_at < 60
    world.cloud.knobs(job_seconds=600)
    do(world, monkeypatch, resume)
    eventually(lambda: world.cloud.summary()["open"] == 4, "the batch going on")
    world.cloud.finish_jobs()
    eventually(lambda: world.ended() == paused_at + 4, "its next lines ended")
    do(world, monkeypatch, cancel)
    world.cloud.knobs(job_seconds=0.2)
    world.cloud.finish_jobs()
    eventually(lambda: state(world) == "Cancelled", "Cancelled")
    world.settle(lines=60)
    counts = world.counts()
    assert (counts["succeeded"] + counts["skipped"], counts["failed"]) == (60, 0)
    by_status = Counter(row["status"] for row in world.outcomes())
    assert counts["succeeded"] == by_status["SUCCEEDED"] == len(world.cloud.jobs())
    cut = sum(int(row["total"]) - int(row["skip_from"]) for row in world.rows("batches") if "skip_from" in row)
    assert counts["skipped"] == by_status["SKIPPED"] + cut
    assert world.held_slots() == []


async def change(deployment: Deployment, **changes: object) -> None:
    """What a command does to batch `b`, however often the workers look at it meanwhile."""
    while True:
        try:
            await deployment.batches.change(await batch_of(deployment, "b"), due_at_ms=now_ms(), **changes)
        except ConditionFailed:
            continue
        return


def state(world: World) -> str:
    (meta,) = [row for row in world.rows("batches") if row["batch_id"] == "b" and row["part"] == "meta"]
    return str(meta["state"])
