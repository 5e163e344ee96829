"""What a person decides of a video, from the command line to whoever listens."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from support.listening import Listening
from support.world import ALERTING, BUCKET, CLEAN, World, eventually

pytestmark = pytest.mark.process

BUS = "reelsift"


def decided(world: World, *arguments: str, undo_s: float = 0) -> dict[str, Any]:
    """Decide on the command line, to be told after so long."""
    world.env["REELSIFT_UNDO_S"] = f"{undo_s:g}"
    done = world.reelsift("decide", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def status(world: World, key: str) -> dict[str, Any]:
    """The row of the only content of a key."""
    (row,) = [row for row in world.videos() if row["key"] == key]
    return row


def test_a_decision_stands_and_is_told_unless_it_was_taken_back_in_time(worlds: Callable[..., World]) -> None:
    world = worlds()
    world.env["REELSIFT_EVENT_BUS"] = BUS
    bus = Listening(world, BUS)
    world.worker()
    world.put_video("a.mp4", answer=ALERTING)
    video = f"s3://{BUCKET}/a.mp4"
    world.send_video("a.mp4", context={"owner": "o-1"})
    bus.until("in_review")
    decided(world, video, "reject", "--reason", "nudity", undo_s=3600)
    decided(world, video, "withdraw", "--decision", "1", undo_s=3600)
    last = decided(world, video, "restrict", "--reason", "adults_only", "--age", "16")
    # Neither revision 2 nor its withdrawal was ever told.
    heard = bus.until("in_review", "restricted")
    assert [detail["revision"] for detail in heard] == [1, last["revision"]] == [1, 4]
    assert heard[1]["restriction"] == {"age": 16}
    assert heard[1]["by"] == {"kind": "person", "pseudonym": last["by"]}
    assert (heard[1]["reasons"], heard[1]["context"]) == ([{"code": "adults_only"}], {"owner": "o-1"})
    # What is found later changes nothing that a person decided, and nobody is asked any more.
    world.client("s3").put_object(Bucket=BUCKET, Key="a.mp4.content_moderation.json", Body=json.dumps(CLEAN))
    world.send_video("a.mp4", again=True)
    eventually(lambda: status(world, "a.mp4")["verdict"] == "approve", "it is analysed again")
    row = status(world, "a.mp4")
    assert (row["status"], row["revision"]) == ("restricted", 4)
    items = [row for row in world.rows("reviews") if row["part"].startswith("item#")]
    assert [item for item in items if "closed_ms" not in item] == []


def test_what_a_matcher_decides_before_anything_is_analysed_stands_above_the_verdict(
    worlds: Callable[..., World],
) -> None:
    world = worlds()
    world.env["REELSIFT_EVENT_BUS"] = BUS
    bus = Listening(world, BUS)
    world.put_video("known.mp4", answer=CLEAN)
    decided(world, f"s3://{BUCKET}/known.mp4", "reject", "--reason", "terrorism", "--as", "matcher")
    # A fleet that sleeps is woken: nothing else has sent a message.
    (tick,) = world.client("sqs").receive_message(QueueUrl=world.queue_url("completion"))["Messages"]
    assert json.loads(tick["Body"]) == {"reelsift": "tick"}
    world.worker()
    bus.until("rejected")
    world.send_video("known.mp4")
    world.settle(lines=1)
    assert (status(world, "known.mp4")["status"], status(world, "known.mp4")["verdict"]) == ("rejected", "approve")
    bus.until("rejected")
