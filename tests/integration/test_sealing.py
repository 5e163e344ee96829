"""Sealed videos with real workers: moved by themselves, whoever is killed, and what comes later lands nowhere."""

from collections.abc import Callable
from typing import Any

import pytest

from support.listening import Listening
from support.world import ALERTING, BUCKET, World, eventually

pytestmark = [pytest.mark.process, pytest.mark.long(60)]

BUS, KEY = "reelsift", "hidden/a.mp4"
SEALED = "reelsift-sealed"


def seal(world: World, video: str) -> None:
    done = world.reelsift("decide", video, "escalate", "--kind", "threat_to_life", "--note", "call them")
    assert done.returncode == 0, done.stderr


def is_stub(world: World) -> bool:
    return [row.get("stub") for row in world.videos()] == [True]


def left(world: World) -> list[dict[str, Any]]:
    """What the tables say of the object where others than specialists can read."""
    tables = ("jobs", "labels", "reviews")
    return [row for table in tables for row in world.rows(table) if KEY in str(row)]


def objects(world: World) -> list[str]:
    answer = world.client("s3").list_object_versions(Bucket="reelsift-work")
    entries = [*answer.get("Versions", []), *answer.get("DeleteMarkers", [])]
    folders = ("raw/", "results/", "videos/", "alerts/")
    return [entry["Key"] for entry in entries if entry["Key"].startswith(folders)]


def test_what_is_known_is_moved_and_given_back_and_each_change_is_told(worlds: Callable[..., World]) -> None:
    world = worlds()
    world.env["REELSIFT_EVENT_BUS"] = BUS
    bus = Listening(world, BUS)
    world.worker()
    world.put_video(KEY, answer=ALERTING)
    world.send_video(KEY)
    bus.until("in_review")
    eventually(lambda: not world.open_jobs(), "the video is analysed")
    kept = set(objects(world))
    seal(world, f"s3://{BUCKET}/{KEY}")
    assert set(bus.until("in_review", "rejected")[1]) == {"schema", "id", "revision", "video", "status"}
    eventually(lambda: is_stub(world), "the video is moved")
    assert not left(world)
    assert objects(world) == []
    video_id = str(world.videos()[0]["video_id"])
    assert any(video_id in entry["Key"] for entry in world.client("s3").list_objects_v2(Bucket=SEALED)["Contents"])
    world.send_video(KEY, again=True)
    eventually(lambda: world.ended() == 2, "a line about it ends")
    (later,) = [row for row in world.outcomes() if row.get("reason") == "sealed"]
    assert (later["status"], "bucket" in later, "video_id" in later) == ("SKIPPED", False, False)
    assert not world.open_jobs()
    assert world.reelsift("decide", video_id, "approve").returncode == 0
    told = bus.until("in_review", "rejected", "approved")
    assert told[2]["video"]["key"] == KEY
    eventually(lambda: not world.client("s3").list_objects_v2(Bucket=SEALED).get("Contents"), "nothing is sealed")
    assert set(objects(world)) == kept
    assert [row["status"] for row in world.videos()] == ["approved"]


def test_of_what_a_matcher_seals_first_nothing_is_paid(worlds: Callable[..., World]) -> None:
    world = worlds()
    world.put_video(KEY, answer=ALERTING)
    seal(world, f"s3://{BUCKET}/{KEY}")
    world.send_video(KEY)
    world.worker()
    eventually(lambda: world.ended() == 1, "the line ends")
    assert [row["reason"] for row in world.outcomes()] == ["sealed"]
    assert not world.jobs()
    assert not world.rows("labels")


def test_a_worker_that_is_killed_while_it_moves_is_followed(worlds: Callable[..., World]) -> None:
    world = worlds()
    first = world.worker()
    world.put_video(KEY, answer=ALERTING)
    world.send_video(KEY)
    world.settle(lines=1)
    hold = world.cloud.add_fault("hold", service="s3", path="/raw/", times=1)
    seal(world, f"s3://{BUCKET}/{KEY}")
    eventually(lambda: world.cloud.held(hold), "the move has begun")
    first.kill()
    world.cloud.release(hold)
    world.worker()
    eventually(lambda: is_stub(world), "another worker goes on")
    assert objects(world) == []
    assert not left(world)
