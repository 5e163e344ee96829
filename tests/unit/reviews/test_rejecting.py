"""No machine rejects unless somebody has switched that on, and then only what was foreseen and within limits."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from reelsift.aws.rejection_hours import RejectionHours
from reelsift.aws.reviews import Reviews
from reelsift.aws.table import ConditionFailed
from reelsift.domain.analysis import Analysis
from reelsift.domain.brake import ALWAYS, HOUR_MS, Brake, hour_of
from reelsift.domain.policy import Policy, Verdict
from reelsift.domain.status import By, Status, VideoStatus
from reelsift.domain.status_changes import decided, judged, withdrawn
from reelsift.domain.video_verdict import Rejecting
from reelsift.reviews.rejecting import RejectionBraked, Rejections
from support.clocks import SetClock
from support.live import live
from support.memory_stores import MemoryMetrics
from support.memory_table import MemoryTable
from support.reviewing import peak, verdict, video
from support.thoroughness import examples

MODERATION = Analysis.CONTENT_MODERATION
POLICY = Policy.parse("content_moderation: {Violence: {reject: 90}}")
ON = live(POLICY, auto_reject=True, known_models={MODERATION: ("7.0",)})
OFF = live(POLICY, known_models={MODERATION: ("7.0",)})
MODELS = {MODERATION: "7.0"}


class Judged:
    """Videos that a policy would reject, judged by workers of one deployment."""

    def __init__(self, hourly_most: int = 100, times_usual: float = 3.0) -> None:
        self.clock = SetClock()
        self.reviews = Reviews(MemoryTable("reviews"), with_events=True)
        self.batches = MemoryTable("batches")
        self.hours = RejectionHours(self.batches)
        self.metrics = MemoryMetrics()
        self.brake = Brake(hourly_most, times_usual)
        self.rejections = self.worker()

    def worker(self) -> Rejections:
        return Rejections(
            reviews=self.reviews,
            rejection_hours=self.hours,
            brake=self.brake,
            metrics=self.metrics,
            clock=self.clock,
        )

    async def judge(
        self, name: str, by: Rejections | None = None, *, policy: object = ON, label: str = "Violence", attempt: int = 1
    ) -> VideoStatus:
        """Judge a video as a worker does, again where it has to."""
        worker = by or self.rejections
        for _ in range(3):
            row = await self.reviews.get(video(name).video_id)
            made = verdict(Verdict.REJECT, peak(label, 95.0), of=video(name), attempt=attempt)
            made = replace(made, judged_ms=self.clock.now_ms())
            made = await worker.weigh(made, MODELS, policy, row)  # type: ignore[arg-type] # a live policy
            try:
                return await worker.write(judged(row or VideoStatus.new(video(name)), made), row)
            except (ConditionFailed, RejectionBraked):
                continue
        raise AssertionError("judged again and again")

    async def statuses(self, count: int) -> list[Status | None]:
        rows = [await self.reviews.get(video(str(number)).video_id) for number in range(count)]
        return [None if row is None else row.status for row in rows]

    async def counted(self) -> int:
        return await self.hours.count(hour_of(self.clock.now_ms()))


def rejecting(row: VideoStatus) -> Rejecting | None:
    assert row.verdict is not None
    return row.verdict.rejecting


async def test_no_machine_rejects_unless_somebody_has_switched_that_on() -> None:
    videos = Judged()
    row = await videos.judge("a", policy=OFF)
    assert (row.status, rejecting(row)) == (Status.IN_REVIEW, None)
    row = await videos.judge("b")
    assert (row.status, rejecting(row)) == (Status.REJECTED, Rejecting.ALONE)
    assert (row.history[-1].by, [event.revision.status for event in row.unpublished]) == (
        By("p" * 16),
        [Status.REJECTED],
    )
    assert await videos.counted() == 1


async def test_once_it_is_switched_off_the_next_verdict_waits_for_a_person_again() -> None:
    videos = Judged()
    await videos.judge("a")
    row = await videos.judge("a", policy=OFF, attempt=2)
    assert (row.status, rejecting(row)) == (Status.IN_REVIEW, None)


async def test_what_nobody_can_have_known_of_rejects_nothing_by_itself() -> None:
    videos = Judged()
    row = await videos.judge("a", label="Holograms")
    assert (row.status, rejecting(row)) == (Status.IN_REVIEW, Rejecting.UNFORESEEN)
    newer = live(POLICY, auto_reject=True, known_models={MODERATION: ("6.1",)})
    row = await videos.judge("b", policy=newer)
    assert (row.status, rejecting(row)) == (Status.IN_REVIEW, Rejecting.UNFORESEEN)
    assert await videos.counted() == 0


async def test_what_is_over_the_limit_of_an_hour_waits_for_a_person_and_the_next_hour_goes_on() -> None:
    videos = Judged(hourly_most=3)
    for number in range(5):
        await videos.judge(str(number))
    assert await videos.statuses(5) == [Status.REJECTED] * 3 + [Status.IN_REVIEW] * 2
    assert videos.metrics.counted["AutoRejectBraked",] == 2
    assert rejecting(await videos.reviews.get(video("4").video_id)) is Rejecting.BRAKED  # type: ignore[arg-type]
    videos.clock.move(HOUR_MS / 1000)
    assert (await videos.judge("5")).status is Status.REJECTED


async def test_workers_at_once_reject_no_more_than_the_limit_and_count_each_once() -> None:
    videos = Judged(hourly_most=4)
    workers = [videos.worker() for _ in range(10)]
    await asyncio.gather(*(videos.judge(str(number), worker) for number, worker in enumerate(workers)))
    statuses = await videos.statuses(10)
    assert statuses.count(Status.REJECTED) == await videos.counted() == 4
    assert statuses.count(Status.IN_REVIEW) == 6


async def test_a_worker_that_is_late_with_what_it_has_weighed_rejects_nothing_beyond_the_limit() -> None:
    videos = Judged(hourly_most=1)
    made = await videos.rejections.weigh(verdict(Verdict.REJECT, peak(), of=video("late")), MODELS, ON, None)
    assert made.rejecting is Rejecting.ALONE
    await videos.judge("other", videos.worker())
    with pytest.raises(RejectionBraked):
        await videos.rejections.write(judged(VideoStatus.new(video("late")), made), None)
    assert await videos.reviews.get(video("late").video_id) is None
    assert (await videos.judge("late")).status is Status.IN_REVIEW


async def test_the_same_video_judged_again_is_counted_once() -> None:
    videos = Judged(hourly_most=1)
    for attempt in (1, 2, 3):
        row = await videos.judge("a", attempt=attempt)
        assert (row.status, row.revision) == (Status.REJECTED, 1)
    assert await videos.counted() == 1


async def test_where_somebody_else_was_first_nothing_is_counted() -> None:
    videos = Judged()
    made = await videos.rejections.weigh(verdict(Verdict.REJECT, peak(), of=video("a")), MODELS, ON, None)
    await videos.judge("a", videos.worker())
    with pytest.raises(ConditionFailed):
        await videos.rejections.write(judged(VideoStatus.new(video("a")), made), None)
    assert await videos.counted() == 1


async def test_a_decision_stands_and_what_comes_after_it_is_not_counted() -> None:
    videos = Judged()
    row = await videos.judge("a", policy=OFF)
    approved = decided(row, Status.APPROVED, number=1, by=By(person="ann"), at_ms=2)
    await videos.reviews.write(approved, row)
    row = await videos.judge("a", attempt=2)
    assert (row.status, rejecting(row), await videos.counted()) == (Status.APPROVED, None, 0)
    back = withdrawn(row, number=2, withdraws=1, by=By(person="ann"), at_ms=3)
    assert back.status is Status.IN_REVIEW, "nobody has let it reject"


async def test_a_decision_that_is_withdrawn_leaves_what_the_machine_had_made() -> None:
    videos = Judged()
    row = await videos.judge("a")
    approved = decided(row, Status.APPROVED, number=1, by=By(person="ann"), at_ms=2)
    back = withdrawn(approved, number=2, withdraws=1, by=By(person="ann"), at_ms=3)
    assert back.status is Status.REJECTED


async def test_more_than_usual_is_braked_below_the_limit_of_an_hour() -> None:
    videos = Judged(hourly_most=1_000)
    for number in range(ALWAYS + 2):
        await videos.judge(str(number))
    assert (await videos.statuses(ALWAYS + 2)).count(Status.REJECTED) == ALWAYS


async def test_hours_of_long_ago_are_deleted() -> None:
    videos = Judged()
    await videos.judge("a")
    videos.clock.move(15 * 24 * 3600)
    await videos.judge("b")
    assert len(videos.batches.rows) == 1


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.sampled_from([0, 0, 0, 1_800])), max_size=30),
    st.integers(0, 4),
)
@hypothesis_settings(max_examples=examples(30), deadline=None)
async def test_however_it_goes_no_hour_has_more_than_its_limit_and_each_rejection_is_counted(
    judgings: list[tuple[int, int, int]], most: int
) -> None:
    videos = Judged(hourly_most=most)
    workers, rejected = [videos.worker() for _ in range(3)], dict[int, int]()
    for attempt, (name, worker, later_s) in enumerate(judgings, 1):
        videos.clock.move(later_s)
        before = await videos.reviews.get(video(str(name)).video_id)
        row = await videos.judge(str(name), workers[worker], attempt=attempt)
        if row.status is Status.REJECTED and (before is None or before.status is not Status.REJECTED):
            hour = hour_of(videos.clock.now_ms())
            rejected[hour] = rejected.get(hour, 0) + 1
    counts = await videos.hours.counts(hour_of(videos.clock.now_ms()))
    assert counts == rejected
    assert all(count <= most for count in counts.values())
