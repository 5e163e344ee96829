"""Each revision is told at least once: whatever the bus takes or refuses, and wherever a worker dies."""

import asyncio
import json
from dataclasses import replace

import pytest

from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.review_rows import EVENT_PART
from reelsift.aws.reviews import MOST_EVENTS
from reelsift.domain.analysis import Analysis
from reelsift.domain.hold import Kind
from reelsift.domain.job import JobState
from reelsift.domain.policy import Verdict
from reelsift.domain.status import AppealDecided, By, Status, VideoStatus
from reelsift.domain.status_changes import decided, judged, withdrawn
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import Basis, VideoVerdict
from reelsift.errors import VideoBusy
from reelsift.jobs.forgetting import forget
from reelsift.queries.demand import Demand, count_untold, measure, oldest_untold_s
from reelsift.runtime.timings import Timings
from reelsift.worker.gauges import Gauges
from support.json_schema import problems
from support.memory_worker import NO_WAITS, MemoryWorker, RecordedBus, succeeded

VIDEO = Video("videos", "a.mp4", "etag", size=1_000_000)
ANN = By(person="ann")
UNDO_MS = 10_000


class Told:
    """A worker with a bus, and one video's row."""

    def __init__(self, timings: Timings = NO_WAITS) -> None:
        self.bus = RecordedBus()
        self.worker = MemoryWorker(bus=self.bus, timings=timings)
        self.reviews, self.teller = self.worker.deployment.reviews, self.worker.jobs.teller
        self.attempt = 0

    async def judge(self, verdict: Verdict, video: Video = VIDEO) -> VideoStatus:
        self.attempt += 1
        was = await self.reviews.get(video.video_id)
        basis = Basis({Analysis.CONTENT_MODERATION: self.attempt}, "policy")
        made = VideoVerdict(video, verdict, (), basis, (), judged_ms=self.worker.clock.now_ms())
        return await self.reviews.write(judged(was or VideoStatus.new(video), made), was)

    async def decide(self, status: Status, *, waits: bool = True) -> VideoStatus:
        was = await self.row()
        now = self.worker.clock.now_ms()
        number = was.last_decision + 1
        tell_at = now + UNDO_MS if waits else None
        row = decided(was, status, number=number, by=ANN, at_ms=now, tell_at_ms=tell_at)
        return await self.reviews.write(row, was)

    async def row(self) -> VideoStatus:
        row = await self.reviews.get(VIDEO.video_id)
        assert row is not None
        return row

    async def oldest_s(self) -> float:
        return await oldest_untold_s(self.worker.deployment, self.worker.clock.now_ms())

    async def look(self, after_s: float = 0) -> None:
        """What any worker does about what is left, so much later."""
        self.worker.clock.move(after_s)
        await self.teller.step()


async def test_a_video_that_is_analysed_is_told_once_and_nothing_is_left() -> None:
    told = Told()
    worker = told.worker
    await worker.admit()
    worker.rekognition.pages.append(succeeded(98))
    worker.complete(await worker.job())
    await worker.receive_completions()
    (detail,) = told.bus.details()
    assert problems(detail, "event.schema.json") == []
    video_id = (await worker.job()).key.video_id
    assert (detail["id"], detail["status"], detail["batch"]) == (f"{video_id}:1", "in_review", "batch")
    assert detail["reasons"][0]["label"] == "Explicit"
    assert json.loads(worker.work.objects[detail["links"]["dataset"].removeprefix("s3://work/")])["verdict"] == "reject"
    assert (await count_untold(worker.deployment), (await worker.job()).state) == (0, JobState.CLOSED)
    row = await told.reviews.get(video_id)
    assert row is not None
    assert (row.unpublished, row.tell_at_ms) == ((), None)


async def test_while_the_bus_is_down_no_line_is_held_up_and_all_is_told_afterwards() -> None:
    told = Told()
    worker = told.worker
    told.bus.down = True
    await worker.admit()
    worker.complete(await worker.job())
    await worker.receive_completions()
    assert ((await worker.job()).state, await worker.outcome() is not None) == (JobState.CLOSED, True)
    assert (await count_untold(worker.deployment), told.bus.taken) == (1, [])
    assert (await measure(worker.deployment)).backlog == 1, "no fleet goes to sleep on it"
    await told.look(after_s=5)
    await told.look(after_s=1)
    assert await told.oldest_s() > 0
    told.bus.down = False
    await told.look(after_s=400)
    assert [status for _, status in told.bus.heard()] == ["approved"]
    assert (await count_untold(worker.deployment), await told.oldest_s()) == (0, 0)


async def test_revisions_that_came_while_the_bus_was_down_are_all_told() -> None:
    told = Told()
    told.bus.down = True
    for verdict in (Verdict.APPROVE, Verdict.REVIEW, Verdict.APPROVE):
        await told.teller.tell(await told.judge(verdict))
    told.bus.down = False
    await told.look(after_s=5)
    assert told.bus.heard() == [(1, "approved"), (2, "in_review"), (3, "approved")]
    assert (await told.row()).unpublished == ()


async def test_an_event_that_is_refused_alone_is_told_later_and_its_neighbours_at_once() -> None:
    told = Told()
    videos = [replace(VIDEO, key=f"{number}.mp4") for number in range(30)]
    told.bus.down = True
    for video in videos:
        await told.teller.tell(await told.judge(Verdict.APPROVE, video))
    told.bus.down = False
    first = f"{videos[0].video_id}:1"
    told.bus.refused = lambda event: "InternalFailure" if first in event.detail else None
    await told.look(after_s=5)
    assert {detail["id"] for detail in told.bus.details()} == {f"{video.video_id}:1" for video in videos[1:]}
    assert await count_untold(told.worker.deployment) == 1
    told.bus.refused = lambda _: None
    await told.look(after_s=400)
    assert len(told.bus.heard()) == 30
    assert await count_untold(told.worker.deployment) == 0


async def test_what_was_told_and_not_noted_is_told_again_under_the_same_id(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told()
    worker = told.worker
    await worker.admit()
    worker.complete(await worker.job())

    async def dies(*_: object) -> None:
        raise AwsUnavailable("the table does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(worker.deployment.untold, "told", dies)
        await worker.receive_completions()
    assert ((await worker.job()).state, len(told.bus.taken)) == (JobState.SETTLED, 1)
    await worker.reconcile(after_s=60)
    assert (await worker.job()).state is JobState.CLOSED
    assert told.bus.taken[0] == told.bus.taken[1]
    assert len(told.bus.taken) == 2


async def test_what_was_written_and_not_told_is_told_by_whoever_closes_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told()
    worker = told.worker
    await worker.admit()
    worker.complete(await worker.job())

    async def dies(*_: object) -> None:
        raise AwsUnavailable("the worker is gone")

    with monkeypatch.context() as patch:
        patch.setattr(worker.jobs.teller, "tell", dies)
        await worker.receive_completions()
    assert ((await worker.job()).state, told.bus.taken) == (JobState.SETTLED, [])
    await worker.reconcile(after_s=60)
    assert ((await worker.job()).state, len(told.bus.taken)) == (JobState.CLOSED, 1)


async def test_a_decision_waits_to_be_withdrawn_and_is_then_told() -> None:
    told = Told()
    await told.teller.tell(await told.judge(Verdict.REVIEW))
    row = await told.decide(Status.APPROVED)
    await told.teller.tell(row)
    await told.look(after_s=9)
    assert told.bus.heard() == [(1, "in_review")]
    assert (await count_untold(told.worker.deployment), await told.oldest_s()) == (1, 0)
    await told.look(after_s=2)
    assert told.bus.heard() == [(1, "in_review"), (2, "approved")]
    row = await told.row()
    assert (row.unpublished, row.tell_at_ms) == ((), None)


async def test_a_decision_that_is_withdrawn_in_time_is_told_neither_way() -> None:
    told = Told()
    await told.teller.tell(await told.judge(Verdict.REVIEW))
    was = await told.decide(Status.APPROVED)
    made = withdrawn(was, number=2, withdraws=1, by=ANN, at_ms=told.worker.clock.now_ms())
    await told.reviews.write(made, was)
    await told.look(after_s=60)
    assert told.bus.heard() == [(1, "in_review")]
    row = await told.row()
    assert (row.status, row.revision, row.unpublished, row.tell_at_ms) == (Status.IN_REVIEW, 3, (), None)


async def test_what_somebody_is_about_to_tell_is_not_taken_back() -> None:
    told = Told()
    await told.teller.tell(await told.judge(Verdict.REVIEW))
    read = await told.decide(Status.APPROVED)
    told.bus.down = True
    await told.look(after_s=11)
    made = withdrawn(read, number=2, withdraws=1, by=ANN, at_ms=told.worker.clock.now_ms())
    with pytest.raises(Exception, match="reviews"):
        await told.reviews.write(made, read)
    read = await told.row()
    made = withdrawn(read, number=2, withdraws=1, by=ANN, at_ms=told.worker.clock.now_ms())
    await told.reviews.write(made, read)
    told.bus.down = False
    await told.look(after_s=600)
    assert sorted(told.bus.heard()) == [(1, "in_review"), (2, "approved"), (3, "in_review")]


async def test_a_verdict_that_comes_while_a_decision_waits_takes_nothing_from_it() -> None:
    told = Told()
    await told.teller.tell(await told.judge(Verdict.REVIEW))
    await told.decide(Status.REJECTED)
    await told.teller.tell(await told.judge(Verdict.APPROVE))
    await told.look(after_s=11)
    assert told.bus.heard() == [(1, "in_review"), (2, "rejected")]


async def test_of_many_that_tell_one_row_each_finds_what_is_left() -> None:
    told = Told()
    told.bus.down = True
    await told.teller.tell(await told.judge(Verdict.APPROVE))
    told.bus.down = False
    others = [told.worker.another(f"w{number}").jobs.teller for number in range(3)]
    told.worker.clock.move(5)
    for teller in (told.teller, *others):
        await teller.step()
    assert told.bus.heard() == [(1, "approved")]


async def test_events_that_do_not_fit_into_the_row_are_told_too() -> None:
    told = Told()
    told.bus.down = True
    made = MOST_EVENTS + 15
    await told.teller.tell(await told.judge(Verdict.REVIEW))
    for number in range(1, made):
        status = Status.APPROVED if number % 2 else Status.REJECTED
        await told.teller.tell(await told.decide(status, waits=False))
    told.bus.down = False
    for _ in range(5):
        await told.look(after_s=400)
    assert {revision for revision, _ in told.bus.heard()} == set(range(1, made + 1))
    row = await told.row()
    assert (row.unpublished, row.more_events, row.tell_at_ms) == ((), False, None)
    rows = told.worker.tables["reviews"].rows
    assert not any("event" in row for (_, part), row in rows.items() if part.startswith(EVENT_PART))
    assert await count_untold(told.worker.deployment) == 0


async def test_an_event_that_is_made_while_the_row_is_settled_is_told_too() -> None:
    told = Told()
    told.bus.down = True
    await told.teller.tell(await told.judge(Verdict.REVIEW))
    told.bus.down = False
    told.worker.clock.move(5)
    read = await told.row()
    await told.look()
    assert await count_untold(told.worker.deployment) == 0
    # Not refused: what was told has made no edition of the row.
    now = told.worker.clock.now_ms()
    await told.reviews.write(decided(read, Status.REJECTED, number=1, by=ANN, at_ms=now, tell_at_ms=now), read)
    await told.look(after_s=5)
    assert told.bus.heard() == [(1, "in_review"), (2, "rejected")]
    assert ((await told.row()).tell_at_ms, await count_untold(told.worker.deployment)) == (None, 0)


async def test_a_verdict_that_is_made_while_the_row_is_settled_is_told_though_the_bus_is_down_then() -> None:
    told = Told()
    told.bus.down = True
    await told.teller.tell(await told.judge(Verdict.REVIEW))
    told.bus.down = False
    told.worker.clock.move(5)
    read = await told.row()
    await told.look()
    told.bus.down = True
    made = VideoVerdict(VIDEO, Verdict.APPROVE, (), Basis({}, "policy"), (), judged_ms=told.worker.clock.now_ms())
    await told.teller.tell(await told.reviews.write(judged(read, made), read))
    told.bus.down = False
    await told.look(after_s=60)
    assert told.bus.heard() == [(1, "in_review"), (2, "approved")]


async def test_a_row_that_is_written_as_it_was_before_further_events_were_told_is_looked_at_once_more() -> None:
    told = Told()
    told.bus.down = True
    await told.teller.tell(await told.judge(Verdict.REVIEW))
    for number in range(1, MOST_EVENTS + 5):
        status = Status.APPROVED if number % 2 else Status.REJECTED
        await told.teller.tell(await told.decide(status, waits=False))
    told.bus.down = False
    read = await told.row()
    for _ in range(3):
        await told.look(after_s=400)
    assert (read.more_events, (await told.row()).more_events) == (True, False)
    await told.reviews.write(replace(read, duration_ms=1_000), read)
    await told.look(after_s=400)
    row = await told.row()
    assert (row.more_events, row.tell_at_ms, row.duration_ms) == (False, None, 1_000)


async def test_rows_of_a_later_version_keep_no_other_from_being_told(capsys: pytest.CaptureFixture[str]) -> None:
    told = Told()
    told.bus.down = True
    videos = [replace(VIDEO, key=f"{number}.mp4") for number in range(200)]
    for video in videos:
        await told.teller.tell(await told.judge(Verdict.APPROVE, video))
    told.bus.down = False
    rows = told.worker.tables["reviews"].rows
    later = [rows[video.video_id, "status"] for video in videos[:120]]
    for number, row in enumerate(later):
        if number % 2:
            row["history"] = []
        else:
            row["history"] = [{**row["history"][0], "cause": "unknown_as_yet"}]
    await told.look(after_s=5)
    await told.look(after_s=5)
    await told.look(after_s=5)
    assert {detail["id"] for detail in told.bus.details()} == {f"{video.video_id}:1" for video in videos[120:]}
    assert (await measure(told.worker.deployment)).untold == 120
    assert capsys.readouterr().out.count("row_unreadable") == 120


async def test_a_bus_that_takes_nothing_is_left_alone_for_longer_and_longer() -> None:
    told = Told()
    told.bus.down = True
    for number in range(200):
        await told.teller.tell(await told.judge(Verdict.APPROVE, replace(VIDEO, key=f"{number}.mp4")))
    tried = told.worker.metrics.counted
    before = tried["EventsFailed",]
    for _ in range(100):
        await told.look(after_s=1)
    asked = tried["EventsFailed",] - before
    assert 40 <= asked <= 40 * 10
    told.bus.down = False
    for _ in range(100):
        await told.look(after_s=10)
    assert len({detail["id"] for detail in told.bus.details()}) == 200


async def test_what_is_held_is_told_once_it_is_released_and_sealed_videos_are_told_at_once() -> None:
    told = Told()
    switch, sealed = told.worker.deployment.hold_switch, replace(VIDEO, key="sealed.mp4")
    await switch.hold([Kind.EVENTS], by="ann", note="", now_ms=1)
    await told.teller.tell(await told.judge(Verdict.APPROVE))
    was = await told.judge(Verdict.REVIEW, sealed)
    row = decided(was, Status.REJECTED, number=1, by=ANN, at_ms=2, tell_at_ms=3, seal=True)
    await told.reviews.write(row, was)
    await told.look(after_s=60)
    assert {detail["id"].partition(":")[0] for detail in told.bus.details()} == {sealed.video_id}
    assert await count_untold(told.worker.deployment) == 1
    await switch.release([Kind.EVENTS], by="ann", note="", now_ms=1)
    await told.look(after_s=60)
    assert (VIDEO.video_id + ":1") in {detail["id"] for detail in told.bus.details()}
    assert await count_untold(told.worker.deployment) == 0


async def test_a_loop_that_has_much_to_tell_shows_that_it_is_alive_and_goes_on_at_once() -> None:
    told = Told(replace(NO_WAITS, events_step_s=0, events_poll_s=0))
    told.bus.down = True
    for number in range(200):
        await told.teller.tell(await told.judge(Verdict.APPROVE, replace(VIDEO, key=f"{number}.mp4")))
    told.bus.down = False
    while (before := len(told.bus.heard())) < 200:
        await told.look(after_s=5)
        assert 0 < len(told.bus.heard()) - before <= 40
        await told.teller.pause()
    told.worker.stop.set()
    await told.teller.step()
    await told.teller.pause()


class TestNoFleetGrows:
    """Of what no worker can do anything about, one counts."""

    @pytest.mark.parametrize("kind", [Kind.EVENTS, Kind.TAGS])
    async def test_over_what_is_held(self, kind: Kind) -> None:
        worker = MemoryWorker(bus=RecordedBus())
        demand = Demand(
            quota=1, held=0, blocked=0, free=1, messages=3, open_jobs={}, unexpanded=2, untold=7, untagged=9
        )

        async def measured() -> Demand:
            return demand

        gauges = Gauges(measured, worker.jobs.holds, worker.jobs.teller.bus_rests, worker.metrics)
        await worker.deployment.hold_switch.hold([kind], by="ann", note="", now_ms=1)
        await gauges.step()
        assert worker.metrics.counted["Backlog",] == (5 + 1 + 9 if kind is Kind.EVENTS else 5 + 7 + 1)
        await worker.deployment.hold_switch.release([kind], by="ann", note="", now_ms=1)
        worker.clock.move(60)
        await gauges.step()
        assert worker.metrics.counted["Backlog",] == demand.backlog == 21

    async def test_over_a_bus_that_takes_nothing_as_long_as_that_is_known(self) -> None:
        told = Told()

        async def backlog() -> float:
            await told.worker.parts.gauges.step()
            return told.worker.metrics.counted["Backlog",]

        told.bus.down = True
        for number in range(60):
            await told.teller.tell(await told.judge(Verdict.APPROVE, replace(VIDEO, key=f"{number}.mp4")))
        assert await backlog() == 60
        await told.look(after_s=5)
        assert await backlog() == 1
        told.worker.clock.move(600)
        assert await backlog() == 60, "others may have found it well meanwhile"
        await told.look()
        assert await backlog() == 1
        told.bus.down = False
        await told.teller.tell(await told.judge(Verdict.REVIEW, replace(VIDEO, key="next.mp4")))
        assert await backlog() == 60


async def much_untold() -> Told:
    """A video of which more is untold than its row has room for, and the outcome of an appeal."""
    told = Told()
    told.bus.down = True
    await told.teller.tell(await told.judge(Verdict.REVIEW))
    for number in range(1, MOST_EVENTS + 5):
        was = await told.decide(Status.APPROVED if number % 2 else Status.REJECTED)
    appeal = AppealDecided("A1", overturned=False, decision=1, at_ms=1, by=ANN, status=None, revision=1)
    await told.reviews.write(replace(was, appeals=(appeal,)), was)
    return told


async def test_once_the_bus_is_gone_workers_take_away_what_it_was_to_take() -> None:
    told = await much_untold()
    told.worker.deployment = deployment = replace(told.worker.deployment, event_bus=None)
    without = told.worker.another().jobs.teller
    told.worker.clock.move(UNDO_MS)
    await without.step()
    row = await told.row()
    assert (row.unpublished, row.appeals, row.more_events, row.tell_at_ms) == ((), (), False, None)
    assert (await deployment.untold.count(10), told.bus.taken) == (0, [])
    await told.decide(Status.RESTRICTED)
    await without.step()
    assert len((await told.row()).unpublished) == 1, "it may be taken back"
    told.worker.clock.move(600)
    await without.step()
    assert (await told.row()).unpublished == ()


async def test_once_the_bus_is_gone_nothing_that_it_was_to_take_keeps_a_video_from_being_forgotten() -> None:
    told = await much_untold()
    deployment = told.worker.deployment
    with pytest.raises(VideoBusy):
        await forget(deployment, VIDEO.video_id, told.worker.clock)
    await forget(replace(deployment, event_bus=None), VIDEO.video_id, told.worker.clock)
    row = await told.row()
    assert (row.unpublished, row.appeals, row.more_events, row.tell_at_ms) == ((), (), False, None)
    assert await deployment.untold.count(10) == 0
    assert not any(part.startswith(EVENT_PART) for _, part in told.worker.tables["reviews"].rows)


class TestMuchThatHasGathered:
    @staticmethod
    async def gathered(timings: Timings) -> Told:
        told = Told(timings)
        await TestMuchThatHasGathered.gather(told, range(400))
        return told

    @staticmethod
    async def gather(told: Told, numbers: range) -> None:
        told.bus.down = True
        for number in numbers:
            await told.teller.tell(await told.judge(Verdict.APPROVE, replace(VIDEO, key=f"{number}.mp4")))
        told.bus.down = False

    async def test_keeps_no_decision_waiting(self) -> None:
        told = await self.gathered(replace(NO_WAITS, events_step_s=0))
        await told.teller.tell(await told.judge(Verdict.REVIEW))
        await told.decide(Status.REJECTED)
        await told.look(after_s=11)
        assert f"{VIDEO.video_id}:2" in {detail["id"] for detail in told.bus.details()}
        assert await count_untold(told.worker.deployment) > 300

    async def test_keeps_no_sealed_video_waiting_while_events_are_held(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Not one in the middle of all that is held either, far from both ends of what a look reads."""
        monkeypatch.setattr("reelsift.events.teller.READ_A_SHARD", 2)
        told = Told(replace(NO_WAITS, events_step_s=0))
        await self.gather(told, range(100))
        told.worker.clock.move(1)
        await told.worker.deployment.hold_switch.hold([Kind.EVENTS], by="ann", note="", now_ms=1)
        was = await told.judge(Verdict.REVIEW)
        at_ms = told.worker.clock.now_ms()
        made = decided(was, Status.REJECTED, number=1, by=ANN, at_ms=at_ms, tell_at_ms=at_ms + UNDO_MS, seal=True)
        await told.reviews.write(made, was)
        told.worker.clock.move(UNDO_MS // 1000 + 1)
        await self.gather(told, range(100, 200))
        await told.look(after_s=60)
        assert {detail["id"].partition(":")[0] for detail in told.bus.details()} == {VIDEO.video_id}

    async def test_is_told_faster_by_more_workers(self) -> None:
        told = await self.gathered(replace(NO_WAITS, events_step_s=0))
        tellers = [told.worker.another(f"w{number}").jobs.teller for number in range(4)]
        told.worker.clock.move(5)
        await asyncio.gather(*(each.step() for each in tellers))
        # Each takes forty: three of fifty at random and the newest two, in each of eight shards.
        assert 60 < len(told.bus.heard()) <= 160

    async def test_is_looked_at_again_soon_where_others_were_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        told = Told(replace(NO_WAITS, events_poll_s=3600, events_outrun_s=0))
        told.bus.down = True
        await told.teller.tell(await told.judge(Verdict.APPROVE))

        async def outrun(*_: object, **__: object) -> None:
            pass

        monkeypatch.setattr(told.worker.deployment.untold, "claim", outrun)
        await told.look(after_s=5)
        soon = asyncio.create_task(told.teller.pause())
        await asyncio.sleep(0)
        assert soon.done()


async def test_without_a_bus_nothing_is_kept_and_nothing_counted() -> None:
    worker = MemoryWorker()
    await worker.admit()
    worker.complete(await worker.job())
    await worker.receive_completions()
    row = await worker.deployment.reviews.get((await worker.job()).key.video_id)
    assert row is not None
    assert (row.status, row.revision, row.unpublished) == (Status.APPROVED, 1, ())
    await worker.jobs.teller.step()
    assert (await count_untold(worker.deployment), await oldest_untold_s(worker.deployment, 0)) == (0, 0)
