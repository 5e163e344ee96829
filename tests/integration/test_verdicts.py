"""One verdict a video over several analyses: when it is made, by whichever worker, and what is said before."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from support.world import ALERTING, World, eventually

pytestmark = pytest.mark.process

BOTH = ["content_moderation", "labels"]
NEEDS_LABELS = json.dumps({"content_moderation": {"Explicit": {"review": 60}}, "labels": {"Gun": {"reject": 90}}})
GUN = {
    "JobStatus": "SUCCEEDED",
    "VideoMetadata": {"DurationMillis": 3000},
    "LabelModelVersion": "3.0",
    "Labels": [{"Timestamp": 200, "Label": {"Name": "Gun", "Confidence": 99.0, "Parents": [], "Instances": []}}],
}
UNSUPPORTED = {"JobStatus": "FAILED", "StatusMessage": "Unsupported codec/format."}
CHANGE = {"service": "dynamodb", "operation": "UpdateItem"}


def armed(worlds: Callable[..., World], labels: dict[str, Any] = GUN, **knobs: Any) -> World:
    """A world whose one video is to be looked at for labels too; each of its analyses ends when it is told to."""
    world = worlds(quota=4, job_seconds=600, **knobs)
    world.put_video("a.mp4", answer=ALERTING)
    world.client("s3").put_object(Bucket="reelsift-videos", Key="a.mp4.labels.json", Body=json.dumps(labels).encode())
    return world


def end(world: World, analysis: str) -> None:
    """Rekognition ends this analysis."""
    row = next(row for row in world.jobs() if row["analysis"] == analysis)
    world.cloud.finish_jobs(row["job_id"])


def in_state(world: World, state: str, *analyses: str) -> Callable[[], bool]:
    return lambda: {row["analysis"] for row in world.jobs() if row["state"] == state} >= set(analyses)


def test_a_verdict_and_its_alert_wait_for_what_the_policy_needs(worlds: Callable[..., World]) -> None:
    world = armed(worlds)
    world.send_video("a.mp4", analyses=BOTH)
    for _ in range(2):
        world.worker(policy_document=NEEDS_LABELS)
    eventually(in_state(world, "RUNNING", *BOTH), "both run")
    end(world, "content_moderation")
    eventually(in_state(world, "CLOSED", "content_moderation"), "moderation is closed")
    assert (world.videos(), world.alerts(), world.outcomes()) == ([], [], [])
    end(world, "labels")
    world.settle(lines=1)
    (verdict,) = world.videos()
    assert (verdict["verdict"], verdict["missing"]) == ("reject", [])
    assert verdict["attempts"] == {"content_moderation": 1, "labels": 1}
    assert world.outcomes()[0]["verdict"] == "reject"
    assert world.outcomes()[0]["peak_label"] == "Gun"
    (said,) = {alert["Message"] for alert in world.alerts()}
    assert "content_moderation, attempt 1; labels, attempt 1" in said
    assert "Gun" in said
    assert "Explicit Nudity" in said
    world.check_promises(lines=1, billed=2)


def test_a_line_that_ends_before_what_another_has_asked_for_says_that_the_verdict_is_pending(
    worlds: Callable[..., World],
) -> None:
    world = armed(worlds)
    world.send_video("a.mp4", analyses=["labels"], batch="one", line="x:1", chunk=0)
    world.worker(policy_document=NEEDS_LABELS)
    eventually(in_state(world, "RUNNING", "labels"), "labels run")
    world.send_video("a.mp4", analyses=["content_moderation"], batch="two", line="x:1", chunk=0)
    eventually(in_state(world, "RUNNING", *BOTH), "both run")
    end(world, "content_moderation")
    eventually(lambda: world.ended() == 1, "the line of moderation has ended")
    assert [row["verdict"] for row in world.outcomes()] == ["pending"]
    end(world, "labels")
    world.settle(lines=2)
    assert {row["batch"]: row["verdict"] for row in world.outcomes()} == {"one#0": "reject", "two#0": "pending"}
    world.check_promises(lines=2, billed=2)


def test_where_what_the_policy_needs_has_failed_the_verdict_says_what_was_found_and_what_is_missing(
    worlds: Callable[..., World],
) -> None:
    world = armed(worlds, labels=UNSUPPORTED)
    world.send_video("a.mp4", analyses=BOTH)
    world.worker(policy_document=NEEDS_LABELS)
    eventually(in_state(world, "RUNNING", *BOTH), "both run")
    world.cloud.finish_jobs()
    world.settle(lines=1)
    (verdict,) = world.videos()
    assert (verdict["verdict"], verdict["missing"], verdict["attempts"]) == (
        "review",
        ["labels"],
        {"content_moderation": 1},
    )
    (said,) = {alert["Message"] for alert in world.alerts()}
    assert "labels is missing" in said


@pytest.mark.parametrize(
    "step",
    [
        {"body_contains": "SETTLED", "when": "after"},
        {"body_contains": "rests_on", "when": "before"},
        {"body_contains": "rests_on", "when": "after"},
        {"body_contains": "REMOVE #unsent", "when": "after"},
    ],
    ids=["SETTLED", "before the verdict", "verdict written", "alert noted as sent"],
)
def test_a_verdict_over_two_analyses_outlives_the_worker_that_makes_it(
    step: dict[str, Any], worlds: Callable[..., World]
) -> None:
    world = armed(worlds)
    world.send_video("a.mp4", analyses=BOTH)
    first = world.worker(policy_document=NEEDS_LABELS)
    eventually(in_state(world, "RUNNING", *BOTH), "both run")
    end(world, "content_moderation")
    eventually(in_state(world, "CLOSED", "content_moderation"), "moderation is closed")
    hold = world.cloud.add_fault("hold", times=1, **CHANGE, **step)
    end(world, "labels")
    eventually(lambda: world.cloud.held(hold), "the last step of the first worker")
    first.kill()
    world.cloud.release(hold)
    world.worker(policy_document=NEEDS_LABELS)
    world.settle(lines=1)
    eventually(world.alerts, "the alert")
    (verdict,) = world.videos()
    assert verdict["verdict"] == world.outcomes()[0]["verdict"] == "reject"
    assert not [name for name in verdict if name.startswith("unsent")]
    assert len({alert["MessageAttributes"]["alert_id"]["Value"] for alert in world.alerts()}) == 1
    world.check_promises(lines=1, billed=2)
