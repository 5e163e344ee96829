"""What a subscriber hears of a video, whatever dies and does not answer."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from support.json_schema import problems
from support.listening import Listening
from support.world import ALERTING, BUCKET, CLEAN, World, eventually

BUS = "reelsift"


def listening(worlds: Callable[..., World]) -> tuple[World, Listening]:
    world = worlds(quota=2)
    return world, Listening(world, BUS)


def nothing_left(world: World) -> bool:
    """Whether the table says that everything was told."""
    return not any(name.startswith(("event_", "untold")) for row in world.videos() for name in row)


@pytest.mark.process
@pytest.mark.parametrize(
    ("rule", "at_least"),
    [
        pytest.param({"service": "events", "operation": "PutEvents", "when": "before"}, 1, id="written, not published"),
        pytest.param({"service": "events", "operation": "PutEvents", "when": "after"}, 2, id="published, not noted"),
        pytest.param(
            {"service": "dynamodb", "operation": "UpdateItem", "body_contains": "REMOVE #event_1", "when": "after"},
            1,
            id="noted, not closed",
        ),
    ],
)
def test_a_revision_is_told_wherever_its_worker_is_killed(
    rule: dict[str, Any], at_least: int, worlds: Callable[..., World]
) -> None:
    world, bus = listening(worlds)
    world.put_video("a b+ü.mp4", answer=ALERTING)
    hold = world.cloud.add_fault("hold", times=1, **rule)
    world.send_video("a b+ü.mp4", context={"owner": "o-1"})
    first = world.worker()
    eventually(lambda: world.cloud.held(hold), "the request is held")
    first.kill()
    world.cloud.release(hold)
    world.worker()
    world.settle(lines=1)
    (detail,) = bus.until("in_review")
    eventually(lambda: nothing_left(world), "nothing is unpublished")
    assert problems(detail, "event.schema.json") == []
    assert (detail["video"]["bucket"], detail["video"]["key"]) == (BUCKET, "a b+ü.mp4")
    assert (detail["context"], detail["reasons"][0]["label"]) == ({"owner": "o-1"}, "Explicit Nudity")
    heard = bus.heard()
    assert len(heard) >= at_least
    assert {event["detail"]["id"] for event in heard} == {detail["id"]}
    assert {(event["source"], event["detail-type"]) for event in heard} == {("reelsift", "Video Status Changed")}


def test_an_outage_of_the_bus_holds_up_no_line_and_each_revision_arrives_afterwards(
    worlds: Callable[..., World],
) -> None:
    world, bus = listening(worlds)
    world.cloud.add_fault("error", service="events", operation="PutEvents")
    world.put_video("a.mp4", answer=CLEAN)
    world.worker()
    world.send_video("a.mp4")
    world.settle(lines=1)
    body = json.dumps(ALERTING)
    world.client("s3").put_object(Bucket=BUCKET, Key="a.mp4.content_moderation.json", Body=body)
    world.send_video("a.mp4", again=True)
    world.settle(lines=2)
    (row,) = world.videos()
    assert (row["revision"], {"event_1", "event_2", "untold"} <= row.keys()) == (2, True)
    assert bus.heard() == []
    world.cloud.clear_faults()
    bus.until("approved", "in_review")
    eventually(lambda: nothing_left(world), "nothing is unpublished")


def test_who_begins_to_listen_hears_the_status_of_everything_again(worlds: Callable[..., World]) -> None:
    world, bus = listening(worlds)
    world.worker()
    for number in range(3):
        world.put_video(f"{number}.mp4", seed=number, answer=CLEAN)
        world.send_video(f"{number}.mp4")
    world.settle(lines=3)
    eventually(lambda: len(bus.heard()) == 3, "all are heard")
    before = {event["detail"]["id"]: event["detail"] for event in bus.events}
    bus.events.clear()
    done = world.reelsift("events", "resend", "--prefix", f"s3://{BUCKET}/", "--yes")
    assert (done.returncode, done.stderr) == (0, "3 events sent\n")
    eventually(lambda: len(bus.heard()) == 3, "all are heard again")
    assert {event["detail"]["id"]: event["detail"] for event in bus.events} == before
    (batch,) = {row["batch"].rpartition("#")[0] for row in world.outcomes()}
    done = world.reelsift("events", "resend", "--batch", batch, "--yes")
    assert (done.returncode, done.stderr) == (0, "3 events sent\n")
