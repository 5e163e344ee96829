"""A fleet on one quota."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from support.patience import PATIENCE_S
from support.world import World, eventually

pytestmark = pytest.mark.process

REGION_ASKED = {"ResourceNotFoundException"}
"""At its start a worker asks for a job that nobody has, to see whether Rekognition is there."""


@pytest.mark.long(60)
def test_three_workers_analyse_30_videos_with_never_more_than_five_jobs_open(worlds: Callable[..., World]) -> None:
    world = worlds(quota=5, job_seconds=0.2)
    for number in range(30):
        world.put_video(f"videos/{number}.mp4", 1, seed=number % 3)
    world.send(*(f"reelsift-videos,videos/{number}.mp4" for number in range(30)))
    for _ in range(3):
        world.worker()
    world.settle(lines=30)

    world.check_promises(lines=30, billed=30, peak=5)
    assert {row["status"] for row in world.outcomes()} == {"SUCCEEDED"}
    assert world.cloud.summary()["refusals"].keys() <= REGION_ASKED
    assert max(Counter(job["key"] for job in world.cloud.jobs()).values()) == 1
    assert world.dead_letters() == []


def test_a_stopped_worker_gives_back_what_it_has_not_started_and_another_goes_on(worlds: Callable[..., World]) -> None:
    world = worlds(quota=3, job_seconds=1)
    for number in range(12):
        world.put_video(f"{number}.mp4", 1)
    world.send(*(f"reelsift-videos,{number}.mp4" for number in range(12)))
    first = world.worker()
    eventually(lambda: len(world.cloud.jobs()) >= 3, "three jobs started")
    first.terminate()
    assert first.wait(PATIENCE_S) == 0
    reserved = [row for row in world.rows("slots") if "reserved_by" in row and "holder" not in row]
    assert reserved == []
    world.worker()
    world.settle(lines=12)
    world.check_promises(lines=12, billed=12, peak=3)


def test_a_worker_touches_its_liveness_file_and_reports_while_it_works(worlds: Callable[..., World]) -> None:
    world = worlds()
    worker = world.worker()
    eventually(worker.liveness_file.exists, "the liveness file")
    eventually(
        lambda: any(row["part"] == "presence" and "seen_ms" in row for row in world.rows("batches")), "its report"
    )
    worker.terminate()
    assert worker.wait(PATIENCE_S) == 0
    assert not worker.liveness_file.exists()


def test_the_quota_is_shared_with_another_application_and_taken_back(worlds: Callable[..., World]) -> None:
    world = worlds(quota=6, job_seconds=600)
    world.put_video("foreign.mp4")
    rekognition = world.client("rekognition")
    foreign = [
        rekognition.start_content_moderation(
            Video={"S3Object": {"Bucket": "reelsift-videos", "Name": "foreign.mp4"}}, ClientRequestToken=f"foreign-{n}"
        )["JobId"]
        for n in range(4)
    ]
    for number in range(24):
        world.put_video(f"{number}.mp4", 1)
    world.send(*(f"reelsift-videos,{number}.mp4" for number in range(24)))
    world.worker()
    world.worker()
    eventually(lambda: world.cloud.summary()["refusals"].get("LimitExceededException"), "a third job refused")
    world.cloud.knobs(job_seconds=0.5)

    def own() -> list[dict[str, Any]]:
        return [job for job in world.cloud.jobs() if job["job_id"] not in foreign]

    world.cloud.finish_jobs(*(job["job_id"] for job in own()))
    # By Rekognition's books: outcomes come later, and until then a slow fleet might have started all the others.
    eventually(lambda: [job["status"] for job in own()].count("SUCCEEDED") >= 8, "eight on what is left of the quota")
    assert world.cloud.summary()["peak_open"] <= 6

    world.cloud.knobs(job_seconds=600)
    eventually(lambda: world.cloud.summary()["open"] == 6, "two own jobs beside the four foreign")
    world.cloud.finish_jobs(*foreign)
    eventually(lambda: len(world.held_slots()) == 6, "all six slots in use once the others are freed")
    world.cloud.knobs(job_seconds=0.2)
    world.cloud.finish_jobs()
    world.settle(lines=24)

    world.check_promises(lines=24, billed=28, peak=6)
    assert {row["status"] for row in world.outcomes()} == {"SUCCEEDED"}
    assert world.dead_letters() == []


LONG_BLOCK_MS = 55_000
"""A block above a minute is none."""


def block(world: World, slot: int, block_ms: int, **conditions: str) -> None:
    numbers = {"slot": slot, "blocked_until": int(time.time() * 1000) + block_ms, "block_ms": block_ms}
    item = {name: {"N": str(value)} for name, value in numbers.items()}
    world.client("dynamodb").put_item(TableName="reelsift-slots", Item=item, **conditions)


def block_longer(world: World, slot: int) -> None:
    """So that a block does not pass by itself, however slow the machine is; one that was ended stays so."""
    try:
        block(world, slot, LONG_BLOCK_MS, ConditionExpression="attribute_exists(blocked_until)")
    except world.client("dynamodb").exceptions.ConditionalCheckFailedException:
        pass


def test_what_another_application_gives_back_is_taken_long_before_every_block_has_passed(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=5, job_seconds=600)
    for number in range(5):
        world.put_video(f"{number}.mp4", 1)
    for slot in range(5):
        block(world, slot, 1_000 if slot == 0 else LONG_BLOCK_MS)
    world.send(*(f"reelsift-videos,{number}.mp4" for number in range(5)))
    world.worker()

    def all_open() -> bool:
        for slot in range(1, 5):
            block_longer(world, slot)
        return bool(world.cloud.summary()["open"] == 5)

    eventually(all_open, "every place used")
    assert world.cloud.summary()["refusals"].keys() <= REGION_ASKED


def test_a_message_that_is_worked_on_stays_hidden_however_long_that_takes(worlds: Callable[..., World]) -> None:
    world = worlds(quota=1)
    world.put_video("a.mp4")
    hold = world.cloud.add_fault(
        "hold", service="rekognition", operation="StartContentModeration", when="before", drop_on_release=False, times=1
    )
    world.send("reelsift-videos,a.mp4")
    # A heartbeat each second: the worker, or all of the machine, may be held up for some of them.
    visibility_s = 8
    world.worker(recheck_starting_s="600", visibility_s=str(visibility_s))
    eventually(lambda: world.cloud.held(hold), "the Start, waiting for its answer")
    sqs, url = world.client("sqs"), world.queue_url("intake")
    # Longer than the visibility timeout: without heartbeats the message would come back here.
    seen = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=visibility_s + 4, VisibilityTimeout=0)
    assert "Messages" not in seen
    world.cloud.release(hold)
    world.settle(lines=1)
    world.check_promises(lines=1, billed=1)


def test_a_worker_that_cannot_give_its_slot_back_ends_well_all_the_same(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2)
    worker = world.worker()
    eventually(lambda: world.rows("slots"), "a slot reserved")
    world.cloud.add_fault("error", service="dynamodb", operation="UpdateItem", code="InternalServerError")
    assert worker.stop(PATIENCE_S) == 0
    assert "slot_not_released" in worker.log.read_text(encoding="utf-8")
