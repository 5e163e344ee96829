"""A manifest becomes a batch: expanded by the fleet, counted by chunk, complete when every line has ended."""

import json
from collections.abc import Callable

import pytest

from support.world import ALERTING, BUCKET, CLEAN, World, eventually

pytestmark = pytest.mark.process


def submit(world: World, manifest: str) -> str:
    path = world.folder / "m.csv"
    path.write_text(manifest, encoding="utf-8")
    submitted = world.reelsift("submit", str(path), "--yes")
    assert submitted.returncode == 0, submitted.stderr
    return submitted.stdout.strip()


def complete(world: World, batch_id: str, seconds: float = 60) -> None:
    def finished() -> bool:
        (meta,) = [row for row in world.rows("batches") if row["batch_id"] == batch_id and row["part"] == "meta"]
        return bool(meta["state"] == "Complete")

    eventually(finished, f"batch {batch_id} complete", seconds)


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
    batch_id = submit(world, "".join(f"{BUCKET},{number % 3}.mp4\n" for number in range(200)))
    hold = world.cloud.add_fault("hold", service="sqs", operation="SendMessageBatch", skip=9, times=1, when="after")
    first = world.worker(expand_lease_s="2")
    eventually(lambda: world.cloud.held(hold), "the expander in the middle of its chunk")
    first.kill()
    world.cloud.release(hold)
    world.worker(expand_lease_s="2")
    complete(world, batch_id, seconds=120)
    world.settle(lines=200)
    world.check_promises(lines=200, billed=3, peak=20)


def test_lines_lost_from_the_queue_are_sent_again(worlds: Callable[..., World]) -> None:
    world = worlds(quota=4)
    for number in range(3):
        world.put_video(f"{number}.mp4", 1)
    batch_id = submit(world, "".join(f"{BUCKET},{number}.mp4\n" for number in range(3)))
    world.cloud.add_fault("hold", service="rekognition", operation="StartContentModeration", when="before")
    first = world.worker(stall_s="2", quota="1", visibility_s="10", heartbeat_s="4")
    eventually(lambda: world.waiting_messages() == 3, "three messages, sent")
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
        TableName="reelsift-batches", Key={"batch_id": {"S": batch_id}, "part": {"S": "chunk#000000"}}
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
