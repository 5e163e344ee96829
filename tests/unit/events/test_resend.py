"""The status that videos have now is told again: of whom, how fast, and from where it goes on."""

from typing import Any

import pytest

from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch
from reelsift.domain.hold import Kind
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.policy import Verdict
from reelsift.domain.status import By, Status, VideoStatus
from reelsift.domain.status_changes import decided, judged
from reelsift.domain.video import ObjectRef, Video
from reelsift.domain.video_verdict import Basis, VideoVerdict
from reelsift.errors import EventsHeld, EventsNotTaken, NobodyListens, NoSuchBatch, NothingToResend
from reelsift.events.resend import ROWS_A_PAGE, Chosen, Resent, resend
from support.memory_stores import BUCKET
from support.memory_worker import MemoryWorker, RecordedBus

FAST: dict[str, Any] = {"rate": 1_000_000.0, "first_pause_s": 0.0}


class Archive:
    """A deployment whose videos have all been told once."""

    def __init__(self) -> None:
        self.bus = RecordedBus()
        self.worker = MemoryWorker(bus=self.bus)
        self.deployment = self.worker.deployment

    async def add(self, key: str, verdict: Verdict = Verdict.APPROVE, *, at_ms: int = 1_000) -> VideoStatus:
        video = Video(BUCKET, key, "etag")
        made = VideoVerdict(video, verdict, (), Basis({Analysis.CONTENT_MODERATION: 1}, "p"), (), judged_ms=at_ms)
        row = await self.deployment.reviews.write(judged(VideoStatus.new(video), made), None)
        await self.worker.jobs.teller.tell(row)
        self.bus.taken.clear()
        read = await self.deployment.reviews.get(video.video_id)
        assert read is not None
        return read

    async def resend(self, **chosen: Any) -> list[str]:
        """The keys of what was told again."""
        self.bus.taken.clear()
        await resend(self.deployment, Chosen(**chosen), **FAST)
        return self.keys()

    def keys(self) -> list[str]:
        return [detail["video"]["key"] for detail in self.bus.details()]

    async def batch_of(self, *keys: str) -> None:
        """A batch whose lines have ended with these videos."""
        batch = Batch("b", "b", "list.csv", created_ms=1, chunks=1, total=len(keys), manifest_key="m")
        await self.deployment.batches.create(batch)
        await self.deployment.chunks.add(batch.chunk(0, due_at_ms=1))
        outcomes = [
            Outcome(
                LineId("b", f"list.csv:{number}", 0),
                ObjectRef(BUCKET, key),
                OutcomeStatus.SUCCEEDED,
                1,
                video_id=Video(BUCKET, key, "etag").video_id,
            )
            for number, key in enumerate(keys)
        ]
        await self.deployment.outcomes.record(outcomes)


async def test_a_video_that_this_version_cannot_read_stops_no_other() -> None:
    archive = Archive()
    rows = [await archive.add(f"{name}.mp4") for name in "abc"]
    await archive.batch_of("a.mp4", "b.mp4", "c.mp4")
    key = {"video_id": rows[1].video_id, "part": "status"}
    await archive.deployment.reviews.table.update(key, "SET #failure = :failure", failure={"reason": "of_later"})
    assert set(await archive.resend(bucket=BUCKET)) == {"a.mp4", "c.mp4"}
    assert set(await archive.resend(batch_id="b")) == {"a.mp4", "c.mp4"}
    assert archive.deployment.reviews.unreadable.count == 1


async def test_videos_are_told_again_by_where_they_lie_and_since_when() -> None:
    archive = Archive()
    await archive.add("2026/a.mp4", at_ms=1_000)
    await archive.add("2026/b.mp4", Verdict.REVIEW, at_ms=2_000)
    await archive.add("2025/c.mp4", at_ms=3_000)
    assert sorted(await archive.resend(bucket=BUCKET)) == ["2025/c.mp4", "2026/a.mp4", "2026/b.mp4"]
    assert sorted(await archive.resend(bucket=BUCKET, prefix="2026/")) == ["2026/a.mp4", "2026/b.mp4"]
    assert sorted(await archive.resend(since_ms=2_000)) == ["2025/c.mp4", "2026/b.mp4"]
    assert await archive.resend(bucket=BUCKET, prefix="2026/", since_ms=2_000) == ["2026/b.mp4"]
    assert await archive.resend(bucket="another") == []


async def test_the_same_id_is_told_with_the_status_that_is_now() -> None:
    archive = Archive()
    was = await archive.add("a.mp4", Verdict.REVIEW)
    row = decided(was, Status.REJECTED, number=1, by=By(person="ann"), at_ms=2)
    row = await archive.deployment.reviews.write(row, was)
    await archive.worker.jobs.teller.tell(row)
    (before,) = archive.bus.details()
    await archive.resend(bucket=BUCKET)
    assert archive.bus.details() == [before]


async def test_a_decision_that_may_still_be_withdrawn_is_left_to_itself() -> None:
    archive = Archive()
    was = await archive.add("a.mp4", Verdict.REVIEW)
    now = archive.worker.clock.now_ms()
    row = decided(was, Status.REJECTED, number=1, by=By(person="ann"), at_ms=now, tell_at_ms=now + 10_000)
    await archive.deployment.reviews.write(row, was)
    assert await archive.resend(bucket=BUCKET) == []


async def test_a_batch_is_told_by_its_lines_and_each_video_once() -> None:
    archive = Archive()
    for key in ("a.mp4", "b.mp4", "other.mp4"):
        await archive.add(key)
    await archive.batch_of("a.mp4", "b.mp4", "a.mp4")
    assert sorted(await archive.resend(batch_id="b")) == ["a.mp4", "b.mp4"]
    with pytest.raises(NoSuchBatch):
        await archive.resend(batch_id="nope")


@pytest.mark.parametrize("of_batch", [False, True])
async def test_what_ends_half_way_goes_on_where_it_was(*, of_batch: bool) -> None:
    archive = Archive()
    keys = [f"{number:04}.mp4" for number in range(ROWS_A_PAGE * 2 + 5)]
    for key in keys:
        await archive.add(key)
    if of_batch:
        await archive.batch_of(*keys)
    chosen = Chosen(batch_id="b") if of_batch else Chosen(bucket=BUCKET)
    far: list[Resent] = []

    def on_progress(progress: Resent) -> None:
        far.append(progress)
        if progress.place is not None:
            archive.bus.down = True

    with pytest.raises(EventsNotTaken) as stopped:
        await resend(archive.deployment, chosen, on_progress=on_progress, **FAST)
    place = stopped.value.place
    assert place == far[-1].place is not None
    assert chosen.is_place(place or "")
    first = archive.keys()
    assert len(first) == ROWS_A_PAGE
    archive.bus.down = False
    archive.bus.taken.clear()
    await resend(archive.deployment, chosen, after=stopped.value.place, **FAST)
    assert sorted([*first, *archive.keys()]) == keys


async def test_an_event_that_is_refused_for_a_while_is_sent_all_the_same() -> None:
    archive = Archive()
    for number in range(12):
        await archive.add(f"{number}.mp4")
    refusals = iter(["ThrottlingException"] * 5)
    archive.bus.refused = lambda _: next(refusals, None)
    assert len(await archive.resend(bucket=BUCKET)) == 12


async def test_nothing_is_sent_while_events_are_held() -> None:
    archive = Archive()
    await archive.add("a.mp4")
    await archive.deployment.hold_switch.hold([Kind.EVENTS], by="ann", note="", now_ms=1)
    with pytest.raises(EventsHeld):
        await archive.resend(bucket=BUCKET)
    assert archive.bus.taken == []


async def test_without_a_bus_nobody_listens() -> None:
    with pytest.raises(NobodyListens):
        await resend(MemoryWorker().deployment, Chosen(since_ms=0), **FAST)


@pytest.mark.parametrize(
    ("chosen", "after"),
    [
        (Chosen(since_ms=0), "garbage"),
        (Chosen(since_ms=0), "0:list.csv:7"),
        (Chosen(since_ms=0), "F" * 40),
        (Chosen(batch_id="b"), "f" * 40),
        (Chosen(batch_id="b"), "garbage:list.csv:7"),
        (Chosen(batch_id="b"), "0:"),
        (Chosen(batch_id="b"), "\N{SUPERSCRIPT TWO}:list.csv:7"),
    ],
)
def test_what_no_resend_of_the_same_videos_has_ended_at_is_no_place(chosen: Chosen, after: str) -> None:
    assert not chosen.is_place(after)


def test_it_is_to_be_said_which_videos_are_meant() -> None:
    with pytest.raises(NothingToResend):
        Chosen()
