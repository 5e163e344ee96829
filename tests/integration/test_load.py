"""Many completions at once, messages held long, and far more slots than work."""

import json
from collections.abc import Callable

import pytest

from reelsift.aws.items import pack
from reelsift.messages.intake import IN_HAND
from rekognition_cloud import clips
from support.world import BUCKET, World, eventually

pytestmark = pytest.mark.process


def put_videos(world: World, number: int) -> list[str]:
    """One clip under so many keys, which makes so many videos; returns a line for each."""
    body = clips.clip(1)
    for name in range(number):
        world.client("s3").put_object(Bucket=BUCKET, Key=f"{name}.mp4", Body=body)
    return [json.dumps({"bucket": BUCKET, "key": f"{name}.mp4"}) for name in range(number)]


def test_a_burst_of_completions_brings_no_held_message_back(worlds: Callable[..., World]) -> None:
    """Ten messages of each queue are held for longer than they were received for; the rest is the burst around them."""
    videos, slow = 40, {"service": "s3", "times": 10, "seconds": 12}
    world = worlds(quota=videos, job_seconds=600)
    world.send(*put_videos(world, videos))
    world.cloud.add_fault("delay", operation="HeadObject", **slow)
    # Only completions bring answers: whoever else took a job up would do the waiting.
    rechecks = {f"recheck_{state}_s": "600" for state in ("starting", "running", "collecting")}
    world.worker(visibility_s="10", reservation_s="60", collectors="64", **rechecks)
    eventually(lambda: world.cloud.summary()["open"] == videos, "every job open")
    world.cloud.add_fault("delay", operation="PutObject", path="/raw/", **slow)
    world.cloud.finish_jobs()
    world.settle(lines=videos)

    world.check_promises(lines=videos, billed=videos, peak=videos)
    for queue in ("reelsift-intake", "reelsift-completion"):
        deliveries = world.cloud.deliveries(queue)
        assert deliveries["redeliveries"] == 0, deliveries
        assert deliveries["kept"] >= 10, (queue, deliveries)


def test_a_heartbeat_that_gets_no_answer_does_not_keep_the_next(worlds: Callable[..., World]) -> None:
    world = worlds(quota=1)
    world.put_video("a.mp4")
    start = world.cloud.add_fault(
        "hold", service="rekognition", operation="StartContentModeration", drop_on_release=False, times=1
    )
    world.cloud.add_fault("hold", service="sqs", operation="ChangeMessageVisibilityBatch", times=1)
    world.send_video("a.mp4")
    # A beat each second, of which the first is lost: a machine that is held up for some more fails nothing.
    world.worker(recheck_starting_s="600", visibility_s="7")
    eventually(lambda: world.cloud.held(start), "the Start, waiting for its answer")
    # More beats than the message would have stayed hidden for without any.
    eventually(lambda: world.cloud.requests()["sqs"].get("ChangeMessageVisibilityBatch", 0) >= 9, "nine beats")
    world.cloud.release(start)
    world.settle(lines=1)
    assert world.cloud.deliveries("reelsift-intake")["redeliveries"] == 0
    assert world.cloud.deliveries("reelsift-intake")["kept"] == 1


def test_a_worker_takes_no_more_messages_than_it_works_on(worlds: Callable[..., World]) -> None:
    world = worlds(quota=1000, job_seconds=600)
    world.send(*put_videos(world, 100))
    # What came back to the queue would be delivered, and counted, once more.
    worker = world.worker(start_rate="1", visibility_s="60")
    eventually(lambda: world.cloud.deliveries("reelsift-intake")["deliveries"] >= IN_HAND - 10, "its hands full")
    eventually(lambda: world.cloud.summary()["open"] >= 3, "three jobs")
    deliveries = world.cloud.deliveries("reelsift-intake")["deliveries"]
    assert deliveries - world.cloud.summary()["open"] <= IN_HAND
    worker.kill()


def test_an_orphan_among_hundreds_of_slots_is_freed_once_it_is_among_the_oldest(worlds: Callable[..., World]) -> None:
    world = worlds(quota=400)
    world.client("dynamodb").batch_write_item(
        RequestItems={
            "reelsift-slots": [
                {"PutRequest": {"Item": pack({"slot": slot, "holder": f"{'0' * 40}/labels/1", "held_since": 1 + slot})}}
                for slot in range(3)
            ]
        }
    )
    world.worker()
    eventually(lambda: world.held_slots() == [], "the orphans freed")
