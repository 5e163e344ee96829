"""Bad input gets a clear answer, and never costs its neighbours anything."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from support.world import BUCKET, World, eventually

pytestmark = pytest.mark.process

EVENTS = Path(__file__).parent.parent / "events"


def test_poison_goes_to_the_dead_letters_with_its_reason_and_its_neighbours_are_done(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=3)
    for number in range(3):
        world.put_video(f"{number}.mp4", 1)
    poison = ['{"bucket": "reelsift-videos"', '{"bucket": 7, "key": "x"}', "[]", '{"hello": "world"}']
    world.send(f"{BUCKET},0.mp4", *poison, f"{BUCKET},1.mp4", f"{BUCKET},2.mp4")
    world.worker()
    world.settle(lines=7)

    world.check_promises(lines=7, billed=3)
    letters = world.dead_letters()
    assert {letter["Body"] for letter in letters} == set(poison)
    for letter in letters:
        reason = letter["MessageAttributes"]["reelsift-reason"]["StringValue"]
        assert reason.startswith(("bad_message: ", "bad_line: "))
        assert len(reason) > 25


def test_several_lines_in_one_message_go_their_own_ways(worlds: Callable[..., World]) -> None:
    world = worlds(quota=3)
    for number in range(12):
        world.put_video(f"v {number}+ä.mp4", 1)
    rows = "\n".join(f"{BUCKET},v%20{number}%2B%C3%A4.mp4" for number in range(12))
    (message_id,) = world.send(f"{rows}\nthis is no line\n{BUCKET},missing.mp4\n")
    world.worker()
    world.settle(lines=14)
    world.check_promises(lines=14, billed=12)
    by_line = {row["line"]: row for row in world.outcomes()}
    assert by_line[f"{message_id}:13"]["reason"] == "bad_line"
    assert by_line[f"{message_id}:14"]["reason"] == "object_missing"
    assert by_line[f"{message_id}:1"]["key"] == "v 0+ä.mp4"


def test_s3_events_start_work_in_every_wrapping_and_test_events_are_ignored(worlds: Callable[..., World]) -> None:
    world = worlds(quota=3)
    for name in ("raw a+b.mp4", "wrapped.mp4", "bridge.mp4"):
        world.put_video(name, 1)

    def record(key: str) -> dict[str, object]:
        return {
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": BUCKET}, "object": {"key": key, "size": 1000}},
        }

    envelope = {
        "Type": "Notification",
        "MessageId": "1",
        "TopicArn": "arn:aws:sns:us-east-1:123456789012:t",
        "Message": json.dumps({"Records": [record("wrapped.mp4")]}),
    }
    bridge = {
        "detail-type": "Object Created",
        "source": "aws.s3",
        "detail": {"bucket": {"name": BUCKET}, "object": {"key": "bridge.mp4", "size": 5}},
    }
    test_event = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": BUCKET}
    removed = record("raw a+b.mp4") | {"eventName": "ObjectRemoved:Delete"}
    world.send(
        json.dumps(test_event),
        json.dumps({"Records": [removed]}),
        json.dumps({"Records": [record("raw+a%2Bb.mp4")]}),
        json.dumps(envelope),
        json.dumps(bridge),
    )
    world.worker()
    world.settle(lines=3)
    world.check_promises(lines=3, billed=3)
    assert {row["key"] for row in world.outcomes()} == {"raw a+b.mp4", "wrapped.mp4", "bridge.mp4"}
    assert world.dead_letters() == []


def test_what_the_queue_itself_gave_up_is_recorded_too(worlds: Callable[..., World]) -> None:
    world = worlds(quota=1)
    (message_id,) = world.send(f"{BUCKET},a.mp4")
    queue, dead = world.queue_url("intake"), world.queue_url("intake-dead")
    sqs = world.client("sqs")
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": policy})
    assert sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0)["Messages"]
    eventually(lambda: not sqs.receive_message(QueueUrl=queue).get("Messages"), "moved by the queue's own redrive")
    world.worker()
    eventually(world.outcomes, "the outcome of the dead letter")
    outcome = world.outcomes()[0]
    assert (outcome["line"], outcome["status"], outcome["reason"]) == (message_id, "FAILED", "gave_up")
    assert world.counts()["failed"] == 1
    eventually(
        lambda: all("reelsift-reason" in letter.get("MessageAttributes", {}) for letter in world.dead_letters()),
        "a reason on the dead letter",
    )
