"""AWS refuses, forgets to answer and breaks down for a while: everything ends all the same, and is paid once."""

from collections.abc import Callable
from typing import Any

import pytest

from support.world import ALERTING, BUCKET, CLEAN, World, eventually

pytestmark = pytest.mark.process

START = {"service": "rekognition", "operation": "StartContentModeration"}


@pytest.mark.parametrize(
    "rule",
    [
        {"action": "throttle", "times": 4, **START},
        {"action": "error", "times": 2, "code": "InternalServerError", **START},
        {"action": "cut", "times": 2, "when": "before", **START},
        {"action": "cut", "times": 2, "when": "after", **START},
        {"action": "throttle", "times": 3, "service": "rekognition", "operation": "GetContentModeration"},
        {"action": "error", "times": 6, "service": "s3", "operation": "HeadObject", "status": 503, "code": "SlowDown"},
        {"action": "error", "times": 6, "service": "s3", "operation": "PutObject", "status": 500},
        {"action": "error", "times": 6, "service": "sns", "operation": "Publish", "status": 500},
        {"action": "error", "times": 8, "service": "dynamodb", "operation": "TransactWriteItems", "status": 500},
        {"action": "cut", "times": 3, "service": "dynamodb", "operation": "TransactWriteItems", "when": "after"},
        {"action": "cut", "times": 3, "service": "dynamodb", "operation": "UpdateItem", "when": "after"},
        {"action": "cut", "times": 2, "service": "sqs", "operation": "ReceiveMessage", "when": "after"},
        {"action": "error", "times": 6, "service": "sqs", "operation": "DeleteMessageBatch", "status": 500},
    ],
    ids=lambda rule: f"{rule['operation']} {rule['action']} {rule.get('when', '')}".strip(),
)
def test_a_video_is_analysed_and_paid_once_in_spite_of(rule: dict[str, Any], worlds: Callable[..., World]) -> None:
    world = worlds(quota=2)
    world.put_video("a.mp4", answer=ALERTING)
    world.put_video("b.mp4", 1)
    fault = world.cloud.add_fault(**rule)
    world.send_video("a.mp4")
    world.send_video("b.mp4")
    world.worker()
    world.settle(lines=2)
    assert world.cloud.fault(fault)["hits"] > 0
    world.check_promises(lines=2, billed=2, peak=2)
    assert {row["status"] for row in world.outcomes()} == {"SUCCEEDED"}
    assert len({alert["MessageAttributes"]["alert_id"]["Value"] for alert in world.alerts()}) == 1
    assert world.dead_letters() == []


def test_a_fleet_gets_through_a_storm_of_errors_and_doubled_messages(worlds: Callable[..., World]) -> None:
    world = worlds(quota=4, notifications_lost=0.1, notifications_doubled=0.2, deliveries_doubled=0.2, seed=7)
    for number in range(30):
        world.put_video(f"{number}.mp4", 1, answer=ALERTING if number % 5 == 0 else CLEAN)
    for service in ("dynamodb", "s3", "sqs", "sns", "rekognition"):
        world.cloud.add_fault("error", service=service, probability=0.02)
        world.cloud.add_fault("cut", service=service, probability=0.02, when="after")
    world.cloud.add_fault("throttle", probability=0.2, **START)
    world.send(*(f"{BUCKET},{number}.mp4" for number in range(30)))
    world.worker()
    world.worker()
    eventually(lambda: world.ended() >= 30, "30 lines counted")
    world.cloud.clear_faults()
    world.settle(lines=30)
    world.check_promises(lines=30, billed=30, peak=4)
    assert {row["status"] for row in world.outcomes()} == {"SUCCEEDED"}
    assert len({alert["MessageAttributes"]["alert_id"]["Value"] for alert in world.alerts()}) == 6


def test_a_start_that_cannot_be_known_is_reported_as_just_that_and_not_started_again(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=2, job_seconds=600)
    world.put_video("a.mp4")
    hold = world.cloud.add_fault("hold", when="after", times=1, **START)
    world.send_video("a.mp4")
    first = world.worker()
    eventually(lambda: world.cloud.held(hold), "the Start, sent and not answered")
    first.kill()
    world.cloud.release(hold)
    job = world.jobs()[0]
    six_days_ms = 6 * 24 * 3600 * 1000
    world.client("dynamodb").update_item(
        TableName="reelsift-jobs",
        Key={"video_id": {"S": job["video_id"]}, "analysis": {"S": job["analysis"]}},
        UpdateExpression="SET starting_ms = starting_ms - :days",
        ExpressionAttributeValues={":days": {"N": str(six_days_ms)}},
    )
    world.worker()
    world.settle(lines=1)
    outcome = world.outcomes()[0]
    assert (outcome["status"], outcome["reason"]) == ("FAILED", "start_unknown")
    assert "may have been billed" in outcome["message"]
    assert len(world.cloud.jobs()) == 1
    assert world.cloud.jobs()[0]["starts"] == 1

    world.send_video("a.mp4")
    world.settle(lines=2)
    assert [row["reason"] for row in world.outcomes()] == ["start_unknown"] * 2
    assert len(world.cloud.jobs()) == 1


def test_the_quota_can_be_left_to_service_quotas_and_is_followed_while_the_worker_runs(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=2, job_seconds=600)
    for number in range(8):
        world.put_video(f"{number}.mp4", 1)
    world.send(*(f"{BUCKET},{number}.mp4" for number in range(8)))
    world.worker(quota="auto", quota_refresh_s="0.5")
    eventually(lambda: world.cloud.summary()["open"] == 2, "both slots in use")
    world.cloud.knobs(quota=5)
    eventually(lambda: world.cloud.summary()["open"] == 5, "five slots in use")
    world.cloud.knobs(quota=3)
    world.cloud.finish_jobs()
    eventually(lambda: world.cloud.summary()["open"] == 3, "the last three, on the slots that are left")
    world.cloud.finish_jobs()
    world.settle(lines=8)
    world.check_promises(lines=8, billed=8, peak=5)
    # At its start a worker asks for a job that nobody has, to see whether Rekognition is there.
    assert world.cloud.summary()["refusals"].keys() <= {"ResourceNotFoundException"}
