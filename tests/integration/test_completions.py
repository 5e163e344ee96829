"""Completions are hints: early, doubled, lost, late and foreign ones do no harm."""

import json
from collections.abc import Callable

import pytest

from support.world import World, eventually

pytestmark = [pytest.mark.process, pytest.mark.long(60)]


@pytest.mark.parametrize(
    "knob",
    [
        "notifications_before_answer",
        "notifications_doubled",
        "notifications_lost",
        "notifications_early",
        "notifications_late",
        "deliveries_doubled",
    ],
)
def test_every_job_ends_once_when_all(knob: str, worlds: Callable[..., World]) -> None:
    world = worlds(quota=3, **{knob: 1})
    for number in range(4):
        world.put_video(f"{number}.mp4", 1)
    world.send(*(f"reelsift-videos,{number}.mp4" for number in range(4)))
    world.worker()
    world.settle(lines=4)
    world.check_promises(lines=4, billed=4, peak=3)


def test_a_slot_does_not_wait_for_the_answers_that_others_are_reading(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2)
    for number in range(6):
        world.put_video(f"{number}.mp4", 1)
    storing = world.cloud.add_fault("hold", service="s3", path="/raw/", drop_on_release=False)
    world.send(*(f"reelsift-videos,{number}.mp4" for number in range(6)))
    world.worker(collectors="1")
    eventually(lambda: len(world.cloud.jobs()) == 6, "every video started behind an answer that cannot be stored")
    eventually(lambda: world.cloud.held(storing) == 1, "the answer, on its way")
    world.cloud.release(storing)
    world.settle(lines=6)
    world.check_promises(lines=6, billed=6, peak=2)


def test_a_completion_of_another_application_or_of_nothing_at_all_changes_nothing(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=2)
    world.put_video("a.mp4")
    message = {"JobId": "f" * 64, "Status": "SUCCEEDED", "API": "StartContentModeration", "JobTag": "someone-elses"}
    world.send(
        json.dumps(message), json.dumps(message | {"JobTag": "reelsift:0:content_moderation:1"}), queue="completion"
    )
    world.send("not even JSON", queue="completion")
    world.send_video("a.mp4")
    world.worker()
    world.settle(lines=1)
    world.check_promises(lines=1, billed=1)
    eventually(lambda: world.waiting_messages("completion") == 0, "every completion judged")
    assert [letter["Body"] for letter in world.dead_letters("completion")] == ["not even JSON"]


def test_a_job_that_fails_retryably_gets_a_further_attempt_and_then_fails_for_good(
    worlds: Callable[..., World],
) -> None:
    world = worlds(quota=2)
    world.put_video("a.mp4", answer={"JobStatus": "FAILED", "StatusMessage": "Internal server error"})
    world.send_video("a.mp4")
    world.worker(max_failures="3")
    world.settle(lines=1)
    world.check_promises(lines=1, billed=0)
    assert len(world.cloud.jobs()) == 3
    assert world.outcomes()[0]["reason"] == "rekognition_failed"
    assert "Internal server error" in world.outcomes()[0]["message"]
    assert int(world.jobs()[0]["attempt"]) == 3


def test_a_result_that_rekognition_has_forgotten_is_reported_as_just_that(worlds: Callable[..., World]) -> None:
    world = worlds(quota=2, notifications_lost=1, results_seconds=0.1)
    world.put_video("a.mp4")
    world.send_video("a.mp4")
    world.worker()
    world.settle(lines=1)
    assert world.outcomes()[0]["status"] == "FAILED"
    assert world.outcomes()[0]["reason"] == "result_expired"
    assert world.held_slots() == []
