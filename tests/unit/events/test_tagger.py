"""Objects say the status of their video in a tag, whatever writers, decisions and overwritten objects do."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reelsift.aws.event_bus import Event, EventBus
from reelsift.aws.object_tags import ObjectTags
from reelsift.aws.review_rows import key_of
from reelsift.aws.reviews import Reviews
from reelsift.aws.sealed_rows import SealedRow, SealedRows
from reelsift.aws.seals import Seals
from reelsift.aws.untagged import Due, Untagged
from reelsift.domain.action_failed import ACTION_FAILED
from reelsift.domain.event import Origin
from reelsift.domain.hold import Kind
from reelsift.domain.object_tags import MOST_TRIES, STATUS_TAG, TagFault
from reelsift.domain.status import By, Status, VideoStatus
from reelsift.domain.status_changes import decided
from reelsift.domain.video import Video
from reelsift.events import tagger
from reelsift.events.tag_notes import KEPT_S, TagNotes
from reelsift.events.tagger import Tagger
from reelsift.runtime.faults import Faults
from reelsift.runtime.timings import Timings
from support.clocks import SetClock
from support.json_schema import problems
from support.memory_s3 import MemoryS3, s3_error
from support.memory_stores import MemoryMetrics
from support.memory_table import MemoryTable
from support.patience import PATIENCE_S
from support.thoroughness import examples

BUCKET, KEY = "videos", "a.mp4"
VIDEO = Video(BUCKET, KEY, "e1")
TIMINGS = Timings()
ORIGIN = Origin("reelsift", "eu-west-1", "work")
TEN = {f"team-{number}": "x" for number in range(10)}


class Killed(Exception):
    """The worker dies here."""


class RecordedBus(EventBus):
    """Takes what is put on it, unless it is down."""

    def __init__(self) -> None:
        self.taken: list[Event] = []
        self.down = False
        self.deadly = False

    async def put(self, events: Sequence[Event]) -> list[tuple[Event, str]]:
        if self.deadly:
            raise Killed
        if self.down:
            return [(event, "InternalFailure") for event in events]
        self.taken += events
        return []

    @property
    def details(self) -> list[dict[str, Any]]:
        assert {event.detail_type for event in self.taken} <= {ACTION_FAILED}
        details = [json.loads(event.detail) for event in self.taken]
        assert [problems(detail, "action-failed.schema.json") for detail in details] == [[]] * len(details)
        return details


class DeathsOnly(Faults):
    """A worker fails over nothing but its death."""

    def pass_over(self, event: str, error: BaseException, **facts: object) -> None:
        assert isinstance(error, Killed), (event, error, facts)


class Desk:
    """A bucket, the rows of its videos, and workers that tag them."""

    def __init__(self) -> None:
        self.table = MemoryTable("reviews")
        self.s3 = MemoryS3()
        self.clock = SetClock()
        self.bus = RecordedBus()
        self.metrics = MemoryMetrics()
        self.reviews = Reviews(self.table, with_events=False, with_tags=True)
        self.sealed_rows = SealedRows(MemoryTable("sealed"))
        self.untagged = Untagged(self.table, self.sealed_rows)
        self.held: set[Kind] = set()

    def worker(self, timings: Timings = TIMINGS) -> Tagger:
        async def held(kind: Kind) -> bool:
            return kind in self.held

        return Tagger(
            untagged=self.untagged,
            origin=ORIGIN,
            object_tags=ObjectTags(cast("Any", self.s3)),
            bus=self.bus,
            holds=cast("Any", SimpleNamespace(held=held)),
            metrics=self.metrics,
            faults=DeathsOnly(self.metrics),
            stop=asyncio.Event(),
            timings=timings,
            clock=self.clock,
        )

    async def work(self) -> None:
        """One worker takes up what is due."""
        worker = self.worker()
        await worker.step()
        await worker.drain()

    async def decide(self, status: Status, video: Video = VIDEO, *, seal: bool = False) -> VideoStatus:
        was = await self.reviews.get(video.video_id)
        row = was or VideoStatus.new(video)
        number = row.last_decision + 1
        return await self.reviews.write(decided(row, status, number=number, by=By(person="p"), at_ms=1, seal=seal), was)

    async def open(self) -> int:
        """Rows that are to be tagged, now or later."""
        return await self.untagged.count_due(self.clock.now_ms() + 10**12, 100)

    async def failure(self, video: Video = VIDEO) -> dict[str, Any]:
        row = await self.table.get({"video_id": video.video_id, "part": "status"})
        assert row is not None
        failure: dict[str, Any] = row.get("tag_failure", {})
        return failure


def statuses(desk: Desk, key: str = KEY) -> list[str | None]:
    """What the versions of an object say, the oldest first."""
    return [stored.tags.get(STATUS_TAG) for stored in desk.s3.objects[BUCKET, key]]


class TestEveryVersion:
    async def test_that_a_line_has_named_is_tagged_and_keeps_its_other_tags(self) -> None:
        desk = Desk()
        for version, etag in (("v1", "e1"), ("v2", "other"), ("v3", "e1"), ("v4", "e1")):
            desk.s3.put(BUCKET, KEY, etag, version, team="news")
        for version in ("v1", "v3"):
            await desk.untagged.named(Video(BUCKET, KEY, "e1", version))
        await desk.decide(Status.REJECTED)
        await desk.work()
        # The newest is tagged too: it is what the key holds, and is the video.
        assert statuses(desk) == ["rejected", None, "rejected", "rejected"]
        assert all(stored.tags["team"] == "news" for stored in desk.s3.objects[BUCKET, KEY])
        assert await desk.open() == 0
        await desk.decide(Status.APPROVED)
        await desk.work()
        assert statuses(desk) == ["approved", None, "approved", "approved"]

    async def test_that_is_named_after_the_status_was_made_is_tagged_then(self) -> None:
        desk = Desk()
        desk.s3.put(BUCKET, KEY, "e1", "v1")
        desk.s3.put(BUCKET, KEY, "e1", "v2")
        desk.s3.put(BUCKET, KEY, "other", "v3")
        await desk.decide(Status.REJECTED, Video(BUCKET, KEY, "e1", "v1"))
        await desk.untagged.named(Video(BUCKET, KEY, "e1", "v1"))
        await desk.work()
        await desk.untagged.named(Video(BUCKET, KEY, "e1", "v2"))
        await desk.work()
        assert statuses(desk)[1:] == ["rejected", None]

    async def test_that_is_gone_is_no_failure_as_long_as_one_is_left(self) -> None:
        desk = Desk()
        desk.s3.put(BUCKET, KEY, "e1", "v2")
        for version in ("v1", "v2"):
            await desk.untagged.named(Video(BUCKET, KEY, "e1", version))
        await desk.decide(Status.REJECTED)
        await desk.work()
        assert (statuses(desk), desk.bus.taken, await desk.open()) == (["rejected"], [], 0)


class TestABucketWithoutVersions:
    async def test_has_the_object_tagged_while_it_is_the_video(self) -> None:
        desk = Desk()
        desk.s3.put(BUCKET, KEY, "e1", team="news")
        await desk.decide(Status.IN_REVIEW)
        await desk.work()
        assert desk.s3.objects[BUCKET, KEY][0].tags == {"team": "news", STATUS_TAG: "in_review"}

    async def test_has_other_content_left_alone_and_that_is_no_failure(self) -> None:
        desk = Desk()
        desk.s3.put(BUCKET, KEY, "e2")
        await desk.decide(Status.REJECTED)
        await desk.work()
        assert (statuses(desk), await desk.open(), desk.bus.taken) == ([None], 0, [])

    async def test_has_equal_bytes_that_were_put_once_more_tagged_again(self) -> None:
        desk = Desk()
        desk.s3.put(BUCKET, KEY, "e1")
        await desk.decide(Status.REJECTED)
        await desk.work()
        desk.s3.put(BUCKET, KEY, "e1")
        await desk.untagged.named(VIDEO)
        await desk.work()
        assert statuses(desk) == ["rejected"]

    @pytest.mark.parametrize("known", [True, False])
    async def test_does_not_give_the_tag_of_one_content_to_the_next(self, *, known: bool) -> None:
        desk = Desk()
        desk.s3.put(BUCKET, KEY, "e1")
        await desk.decide(Status.APPROVED)
        if known:
            await desk.decide(Status.REJECTED, Video(BUCKET, KEY, "e2"))

        async def overwrite(operation: str) -> None:
            if operation == "PutObjectTagging":
                desk.s3.before = None
                desk.s3.put(BUCKET, KEY, "e2", team="news")

        desk.s3.before = overwrite
        await desk.work()
        await desk.work()
        assert statuses(desk) == ["rejected" if known else None]


async def test_where_all_is_as_it_is_to_be_nothing_is_written() -> None:
    desk = Desk()
    desk.s3.put(BUCKET, KEY, "e1", **{STATUS_TAG: "rejected"})
    await desk.decide(Status.REJECTED)
    await desk.work()
    assert desk.s3.requests["PutObjectTagging"] == 0
    assert await desk.open() == 0


@pytest.mark.parametrize(("version", "requests"), [("v1", 5), (None, 8)])
async def test_a_status_that_changes_once_takes_few_requests(version: str | None, requests: int) -> None:
    desk = Desk()
    desk.s3.put(BUCKET, KEY, "e1", version)
    await desk.decide(Status.REJECTED, Video(BUCKET, KEY, "e1", version))
    await desk.work()
    assert (desk.s3.requests["PutObjectTagging"], desk.s3.requests.total()) == (1, requests)


async def test_a_status_that_changes_while_its_tag_is_written_is_written_too() -> None:
    desk = Desk()
    desk.s3.put(BUCKET, KEY, "e1")
    await desk.decide(Status.REJECTED)

    async def appeal(operation: str) -> None:
        if operation == "PutObjectTagging":
            desk.s3.after = None
            await desk.decide(Status.APPROVED)

    desk.s3.after = appeal
    await desk.work()
    assert (statuses(desk), await desk.open()) == (["approved"], 0)


async def test_a_writer_that_died_after_the_tag_and_before_its_note_leaves_it_to_the_next() -> None:
    desk = Desk()
    desk.s3.put(BUCKET, KEY, "e1")
    await desk.decide(Status.REJECTED)

    async def die(operation: str) -> None:
        if operation == "PutObjectTagging":
            desk.s3.after = None
            raise Killed

    desk.s3.after = die
    await desk.work()
    await desk.work()
    assert (statuses(desk), await desk.open()) == (["rejected"], 1)
    desk.clock.move(TIMINGS.tag_lease_s)
    await desk.work()
    # It may not have died: the row is looked at once more when no request of it can be under way.
    assert (desk.s3.requests["PutObjectTagging"], await desk.open()) == (1, 1)
    desk.clock.move(TIMINGS.late_tagger_s)
    await desk.work()
    assert await desk.open() == 0


async def test_what_a_late_writer_has_written_over_is_mended() -> None:
    desk = Desk()
    desk.s3.put(BUCKET, KEY, "e1")
    await desk.decide(Status.APPROVED)

    async def sleep(operation: str) -> None:
        if operation == "PutObjectTagging":
            desk.s3.before = None
            desk.clock.move(TIMINGS.tag_lease_s)
            await desk.decide(Status.REJECTED)
            await desk.work()
            assert statuses(desk) == ["rejected"]
            # The request of the one that slept arrives now, and then that one dies.
            desk.s3.after = die

    async def die(operation: str) -> None:
        desk.s3.after = None
        raise Killed(operation)

    desk.s3.before = sleep
    await desk.work()
    assert statuses(desk) == ["approved"]
    desk.clock.move(TIMINGS.late_tagger_s)
    await desk.work()
    assert (statuses(desk), await desk.open()) == (["rejected"], 0)


async def test_a_writer_that_wakes_without_its_lease_notes_nothing() -> None:
    desk = Desk()
    desk.s3.put(BUCKET, KEY, "e1")
    await desk.decide(Status.APPROVED)

    async def sleep(operation: str) -> None:
        if operation == "GetObjectTagging":
            desk.s3.before = None
            desk.clock.move(TIMINGS.tag_lease_s)
            await desk.work()

    desk.s3.before = sleep
    await desk.work()
    assert statuses(desk) == ["approved"]
    # The second look is still due, whatever the one that slept has seen.
    assert await desk.open() == 1


class TestATagThatCannotBeWritten:
    @pytest.mark.parametrize(
        ("status", "code", "fault"),
        [
            (403, "AccessDenied", TagFault.ACCESS_DENIED),
            (503, "SlowDown", TagFault.S3_FAILED),
            (400, "InvalidTag", TagFault.REFUSED),
        ],
    )
    async def test_is_told_counted_and_tried_again_after_growing_pauses_until_it_is_given_up(
        self, status: int, code: str, fault: TagFault
    ) -> None:
        desk = Desk()
        desk.s3.put(BUCKET, KEY, "e1", "v1")
        desk.s3.refusals["PutObjectTagging"] = s3_error("PutObjectTagging", status, code)
        row = await desk.decide(Status.REJECTED, Video(BUCKET, KEY, "e1", "v1"))
        pauses = []
        for _ in range(MOST_TRIES):
            await desk.work()
            failure = await desk.failure()
            if "again_at_ms" in failure:
                pauses.append((failure["again_at_ms"] - desk.clock.now_ms()) // 60_000)
                await desk.work()
                desk.clock.move(failure["again_at_ms"] / 1000 - desk.clock.now_ms() / 1000)
        assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256]
        assert desk.metrics.counted["ActionsFailed",] == MOST_TRIES
        first, last = desk.bus.details
        assert first["video"] | first == first | {
            "video_id": VIDEO.video_id,
            "bucket": BUCKET,
            "key": KEY,
            "version_id": "v1",
            "etag": "e1",
        }
        assert (first["id"], first["action"], first["status"], first["revision"]) == (
            f"{VIDEO.video_id}:action:1",
            "tag",
            "rejected",
            row.revision,
        )
        assert (first["reason"], first["given_up"], first["tries"]) == (str(fault), False, 1)
        assert code in first["message"]
        assert (last["id"], last["given_up"], last["tries"]) == (f"{VIDEO.video_id}:action:10", True, MOST_TRIES)
        assert await desk.open() == 0

    async def test_is_written_once_there_is_room_for_it(self) -> None:
        desk = Desk()
        stored = desk.s3.put(BUCKET, KEY, "e1", **TEN)
        await desk.decide(Status.REJECTED)
        await desk.work()
        assert [detail["reason"] for detail in desk.bus.details] == ["too_many_tags"]
        assert stored.tags == TEN
        del stored.tags["team-3"]
        desk.clock.move(60)
        await desk.work()
        assert stored.tags[STATUS_TAG] == "rejected"
        assert (await desk.failure(), await desk.open()) == ({}, 0)

    async def test_of_one_version_holds_up_no_other(self) -> None:
        desk = Desk()
        desk.s3.put(BUCKET, KEY, "e1", "v1", **TEN)
        desk.s3.put(BUCKET, KEY, "e1", "v2")
        for version in ("v1", "v2"):
            await desk.untagged.named(Video(BUCKET, KEY, "e1", version))
        await desk.decide(Status.REJECTED)
        await desk.work()
        assert statuses(desk) == [None, "rejected"]
        assert [detail["video"]["version_id"] for detail in desk.bus.details] == ["v1"]

    async def test_because_the_object_is_gone_is_told_once_and_not_tried_again(self) -> None:
        desk = Desk()
        await desk.decide(Status.REJECTED)
        await desk.work()
        (detail,) = desk.bus.details
        assert (detail["reason"], detail["given_up"]) == ("object_missing", True)
        assert await desk.open() == 0

    async def test_begins_anew_with_the_next_revision(self) -> None:
        desk = Desk()
        await desk.decide(Status.REJECTED)
        await desk.work()
        desk.s3.put(BUCKET, KEY, "e1", **TEN)
        await desk.decide(Status.APPROVED)
        await desk.work()
        assert [(detail["reason"], detail["tries"]) for detail in desk.bus.details] == [
            ("object_missing", 1),
            ("too_many_tags", 1),
        ]
        assert [detail["id"].rpartition(":")[2] for detail in desk.bus.details] == ["1", "2"]

    async def test_is_told_once_the_bus_takes_it(self) -> None:
        desk = Desk()
        desk.bus.down = True
        await desk.decide(Status.REJECTED)
        await desk.work()
        assert await desk.open() == 1
        desk.bus.down = False
        desk.clock.move(TIMINGS.tag_lease_s)
        await desk.work()
        assert [detail["reason"] for detail in desk.bus.details] == ["object_missing"]
        assert await desk.open() == 0
        assert desk.metrics.counted["ActionsFailed",] == 1

    async def test_is_told_by_another_worker_where_the_one_that_met_it_died(self) -> None:
        desk = Desk()
        desk.s3.put(BUCKET, KEY, "e1", **TEN)
        await desk.decide(Status.REJECTED)
        desk.bus.deadly = True
        await desk.work()
        desk.bus.deadly = False
        desk.clock.move(TIMINGS.tag_lease_s)
        await desk.work()
        assert [detail["id"].rpartition(":")[2] for detail in desk.bus.details] == ["1"]

    async def test_is_tried_again_and_told_in_the_end_though_the_bus_is_down(self) -> None:
        desk = Desk()
        stored = desk.s3.put(BUCKET, KEY, "e1", **TEN)
        desk.bus.down = True
        await desk.decide(Status.REJECTED)
        for _ in range(4):
            await desk.work()
            desk.clock.move(600)
        assert (await desk.failure())["tries"] == 4
        desk.bus.down = False
        await desk.work()
        assert [detail["tries"] for detail in desk.bus.details] == [4]
        desk.bus.down = True
        del stored.tags["team-3"]
        desk.clock.move(600)
        await desk.work()
        assert (stored.tags[STATUS_TAG], await desk.open()) == ("rejected", 0)

    async def test_and_that_nobody_was_told_of_does_not_hold_up_the_next_revision(self) -> None:
        desk = Desk()
        desk.bus.down = True
        await desk.decide(Status.REJECTED)
        await desk.work()
        desk.s3.put(BUCKET, KEY, "e1")
        await desk.decide(Status.APPROVED)
        await desk.work()
        assert (statuses(desk), await desk.open(), await desk.failure()) == (["approved"], 0, {})

    @pytest.mark.parametrize("sealed", [True, False])
    async def test_is_told_while_events_are_held_only_if_the_video_is_sealed(self, *, sealed: bool) -> None:
        desk = Desk()
        desk.held = {Kind.EVENTS}
        await desk.decide(Status.REJECTED, seal=sealed)
        await desk.work()
        assert len(desk.bus.taken) == sealed
        desk.held = set()
        desk.clock.move(TIMINGS.tag_lease_s)
        await desk.work()
        assert (len(desk.bus.taken), await desk.open()) == (1, 0)

    async def test_is_looked_at_at_once_where_the_row_was_written_meanwhile(self) -> None:
        desk = Desk()
        desk.s3.put(BUCKET, KEY, "e1", **TEN)
        row = await desk.decide(Status.REJECTED)

        async def write(operation: str) -> None:
            if operation == "GetObjectTagging":
                desk.s3.before = None
                await desk.reviews.write(row, row)

        desk.s3.before = write
        await desk.work()
        assert await desk.untagged.count_due(desk.clock.now_ms(), 1) == 1

    async def test_of_a_sealed_video_is_told_without_its_object(self) -> None:
        desk = Desk()
        desk.s3.put(BUCKET, KEY, "e1", **TEN)
        await desk.decide(Status.REJECTED, seal=True)
        await desk.work()
        ((event, detail),) = zip(desk.bus.taken, desk.bus.details, strict=True)
        assert (event.resources, detail["video"]) == ((), {"video_id": VIDEO.video_id})
        assert KEY not in event.detail

    async def test_is_forgotten_with_its_video(self) -> None:
        desk = Desk()
        desk.s3.put(BUCKET, KEY, "e1", **TEN)
        row = await desk.decide(Status.REJECTED)
        await desk.work()
        assert KEY in (await desk.failure())["message"]
        await desk.reviews.entomb(row)
        await desk.work()
        assert KEY not in str(await desk.table.get({"video_id": VIDEO.video_id, "part": "status"}))
        assert await desk.open() == 0

    async def test_and_was_given_up_is_written_once_a_line_names_the_object_again(self) -> None:
        desk, versioned = Desk(), replace(VIDEO, version_id="v1")
        stored = desk.s3.put(BUCKET, KEY, "e1", "v1", **TEN)
        row = await desk.decide(Status.REJECTED, versioned)
        await desk.reviews.write(replace(row, versions=("v1",)), row)
        for _ in range(MOST_TRIES):
            await desk.work()
            desk.clock.move(24 * 3600)
        assert await desk.open() == 0
        del stored.tags["team-3"]
        await desk.untagged.named(versioned)
        await desk.work()
        assert (stored.tags[STATUS_TAG], await desk.open()) == ("rejected", 0)
        # From then on a line that names it asks for nothing.
        await desk.untagged.named(versioned)
        assert await desk.open() == 0

    async def test_and_was_given_up_unheard_is_written_once_a_line_names_the_object_again(self) -> None:
        desk = Desk()
        desk.bus.down = True
        await desk.decide(Status.REJECTED)
        await desk.work()
        assert (await desk.failure())["fault"] == "object_missing"
        desk.bus.down = False
        desk.s3.put(BUCKET, KEY, "e1")
        await desk.untagged.named(VIDEO)
        await desk.work()
        assert (statuses(desk), await desk.open(), await desk.failure()) == (["rejected"], 0, {})

    async def test_is_only_counted_where_there_is_no_bus(self) -> None:
        desk = Desk()
        worker = desk.worker()
        worker._bus = None
        await desk.decide(Status.REJECTED)
        await worker.step()
        await worker.drain()
        assert (desk.metrics.counted["ActionsFailed",], await desk.open()) == (1, 0)


@pytest.mark.parametrize("by_worker", [True, False])
async def test_what_was_restored_without_its_object_is_tagged_once_it_is_found_again(*, by_worker: bool) -> None:
    """A worker that meets it finds no object to tag, and the status does not change when it is named."""
    desk = Desk()
    desk.s3.put(BUCKET, KEY, "e1")
    restored = await desk.reviews.write(
        VideoStatus(VIDEO.video_id, None, status=Status.REJECTED, revision=1, last_decision=1, standing=1), None
    )
    await desk.untagged.named(VIDEO)
    await desk.work()
    assert (statuses(desk), await desk.open()) == ([None], 0)
    reviews = Reviews(desk.table, with_events=False, with_tags=by_worker)
    await reviews.write(replace(restored, video=VIDEO), restored)
    await desk.work()
    assert (statuses(desk), await desk.open()) == (["rejected"], 0)


async def test_where_nothing_is_tagged_the_notes_of_people_are_taken_away_after_an_hour() -> None:
    """Not sooner: other workers of the fleet may tag by then, or still do."""
    desk = Desk()
    people = Reviews(desk.table, with_events=False)
    for number in range(20):
        video = replace(VIDEO, key=f"{number}.mp4")
        made = decided(VideoStatus.new(video), Status.REJECTED, number=1, by=By(person="p"), at_ms=desk.clock.now_ms())
        await people.write(made, None)
    notes = TagNotes(desk.untagged, desk.clock)
    await notes.step()
    assert await desk.open() == 20
    desk.clock.move(KEPT_S + 1)
    await notes.step()
    assert await desk.open() == 0


async def test_while_tags_are_held_none_is_written() -> None:
    desk = Desk()
    desk.s3.put(BUCKET, KEY, "e1")
    await desk.decide(Status.REJECTED)
    desk.held = {Kind.TAGS}
    await desk.work()
    assert (statuses(desk), await desk.open()) == ([None], 1)
    desk.held = set()
    await desk.work()
    assert statuses(desk) == ["rejected"]


async def test_one_worker_gets_through_more_than_it_reads_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagger, "DUE_A_SHARD", 2)
    desk = Desk()
    keys = [f"{number}.mp4" for number in range(40)]
    for key in keys:
        desk.s3.put(BUCKET, key, "e")
        await desk.decide(Status.APPROVED, Video(BUCKET, key, "e"))
    await desk.work()
    assert {status for key in keys for status in statuses(desk, key)} == {"approved"}


async def test_what_other_workers_have_stands_in_the_way_of_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagger, "DUE_A_SHARD", 2)
    desk = Desk()
    now = desk.clock.now_ms()
    videos = [Video(BUCKET, f"{number}.mp4", "e") for number in range(80)]
    for number, video in enumerate(videos):
        desk.s3.put(BUCKET, video.key, "e")
        await desk.decide(Status.APPROVED, video)
        if number % 2:
            due = Due(video.video_id, lapsed=False)
            assert await desk.untagged.lease(due, "another", now_ms=now, until_ms=now + 60_000, late_ms=now)
    await desk.work()
    assert [statuses(desk, video.key) for video in videos] == [["approved"], [None]] * 40


async def test_a_loop_that_has_much_to_tag_shows_that_it_is_alive_and_goes_on_at_once() -> None:
    desk = Desk()
    for number in range(4):
        desk.s3.put(BUCKET, f"{number}.mp4", "e")
        await desk.decide(Status.APPROVED, Video(BUCKET, f"{number}.mp4", "e"))
    worker = desk.worker(replace(TIMINGS, tags_step_s=0))
    for left in (3, 2, 1, 0):
        await worker.step()
        await worker.drain()
        assert await desk.open() == left
        await asyncio.wait_for(worker.pause(3600), PATIENCE_S)
    await worker.step()
    pause = asyncio.create_task(worker.pause(3600))
    await asyncio.sleep(0)
    assert not pause.done()
    worker._stop.set()
    await pause


ACTS = ("approve", "reject", "put again", "put other content", "die", "sleep", "another worker")


class Story:
    """At every request of a writer something may happen: a decision, another put, its death, or a sleep in which others
    take its lease over.
    """

    def __init__(self, acts: Sequence[str], *, versioned: bool) -> None:
        self.desk = Desk()
        self._acts = iter(acts)
        self._versioned = versioned
        self._puts = 0

    async def put(self, etag: str) -> None:
        self._puts += 1
        version = f"v{self._puts}" if self._versioned else None
        self.desk.s3.put(BUCKET, KEY, etag, version, team="news")
        if etag == "e1":
            # Whoever puts an object has a line sent.
            await self.desk.untagged.named(Video(BUCKET, KEY, etag, version))

    async def act(self, _: str) -> None:
        match next(self._acts, ""):
            case "approve" | "reject" as decision:
                await self.desk.decide(Status.APPROVED if decision == "approve" else Status.REJECTED)
            case "put again" | "put other content" as put:
                await self.put("e1" if put == "put again" else "e2")
            case "die":
                raise Killed
            case "sleep":
                self.desk.clock.move(TIMINGS.tag_lease_s)
                await self.desk.work()
            case "another worker":
                await self.desk.work()

    async def run(self) -> None:
        await self.put("e1")
        await self.desk.decide(Status.REJECTED)
        self.desk.s3.before = self.desk.s3.after = self.act
        await self.desk.work()
        self.desk.s3.before = self.desk.s3.after = None
        for _ in range(4):
            self.desk.clock.move(TIMINGS.late_tagger_s)
            await self.desk.work()


@settings(max_examples=examples(60), deadline=None)
@example(acts=["", "", "", "sleep", "put other content", "", "approve", "put again", "sleep"], versioned=False)
@example(acts=["", "", "", "", "", "", "put other content", "die"], versioned=False)
@example(acts=["", "", "", "", "", "sleep", "", "", "reject", "", "", "die"], versioned=True)
@given(st.lists(st.sampled_from(("", "", "", *ACTS)), max_size=20), st.booleans())
def test_in_the_end_objects_and_row_are_equal(acts: Sequence[str], versioned: bool) -> None:  # noqa: FBT001 - drawn
    story = Story(acts, versioned=versioned)
    asyncio.run(_ends_well(story))


async def _ends_well(story: Story) -> None:
    await story.run()
    row = await story.desk.reviews.get(VIDEO.video_id)
    assert row is not None
    assert await story.desk.open() == 0
    for stored in story.desk.s3.objects[BUCKET, KEY]:
        assert stored.tags["team"] == "news"
        assert stored.tags.get(STATUS_TAG) == (row.status if stored.etag == "e1" else None)


@pytest.mark.parametrize("refused", [False, True])
async def test_the_objects_of_a_sealed_video_are_tagged_after_it_was_moved_too(*, refused: bool) -> None:
    desk, seals = Desk(), None
    stored = desk.s3.put(VIDEO.bucket, VIDEO.key, VIDEO.etag, VIDEO.version_id)
    await desk.decide(Status.REJECTED, seal=True)
    seals = Seals(desk.table)
    marked = await seals.read(VIDEO.video_id)
    assert marked is not None
    await desk.sealed_rows.keep(VIDEO.video_id, [SealedRow("reviews", key_of(VIDEO.video_id), marked.row)])
    await seals.make_stub(marked)
    if refused:
        desk.s3.refusals["PutObjectTagging"] = s3_error("PutObjectTagging", 403, "AccessDenied")
    await desk.work()
    assert stored.tags == ({} if refused else {"reelsift-status": "rejected"})
    row = await desk.table.get(key_of(VIDEO.video_id))
    assert VIDEO.key not in str(row)
    assert ("tag_failure" in (row or {})) is refused
