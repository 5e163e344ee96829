"""Jobs of one video that settle, fail and are repeated in any order, closed by workers that sleep and die anywhere."""

import asyncio
import json
from collections.abc import Callable, Iterator
from itertools import groupby, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reelsift.domain import transitions
from reelsift.domain.alert import Alert
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Job, JobKey, JobState, Result
from reelsift.domain.line import LineId
from reelsift.domain.policy import Judgement, Policy
from reelsift.domain.result import encode_result
from reelsift.domain.segments import Segment
from reelsift.domain.status import Status, VideoStatus, status_of_verdict
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import VideoVerdict, alerted_label
from reelsift.worker.composition import compose_jobs
from support.interleaving import Interleaving
from support.json_schema import problems
from support.live import SetPolicies
from support.memory_stores import BUCKET
from support.memory_worker import MemoryWorker
from support.thoroughness import examples

VIDEO = Video(BUCKET, "a.mp4", "etag", size=1_000_000)
MODERATION, LABELS = Analysis.CONTENT_MODERATION, Analysis.LABELS
BOTH = (MODERATION, LABELS)
POLICY = Policy.parse("labels: {Gun: {review: 50, reject: 90, alert: 95}}")
LABEL = {MODERATION: "Explicit", LABELS: "Gun"}
UNSUPPORTED = Failure(Reason.UNSUPPORTED_CODEC, "Unsupported codec/format.")


@pytest.fixture(autouse=True, scope="module")
def no_threads() -> Iterator[None]:
    """What is done in a thread is done at once: when it ends would be chance."""

    async def at_once(work: Callable[..., Any], *arguments: Any) -> Any:
        return work(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "to_thread", at_once)
        yield


class Story:
    """One video, its jobs, and the workers that close them."""

    def __init__(self) -> None:
        self.workers = Interleaving()
        self.memory = MemoryWorker()
        self.deployment = self.memory.deployment
        self.jobs: dict[Analysis, Job] = {}
        self.found: dict[tuple[Analysis, int], list[Segment]] = {}
        self.verdicts: list[VideoVerdict] = []
        """Each that was written, in order."""
        for name in ("jobs", "reviews", "outcomes"):
            table = self.memory.tables[name]
            self.workers.hold(name, table, "get", "get_many", "put", "update", "transact", "delete")
            self.workers.hold_query(name, table)
        self.workers.hold("work", self.memory.work, "put", "get")
        self.workers.hold("alerts", self.memory.alerts, "publish")
        write = self.deployment.reviews.write

        async def noted(row: VideoStatus, was: VideoStatus | None, **parts: Any) -> VideoStatus:
            written = await write(row, was, **parts)
            before = None if was is None else was.verdict
            if row.verdict is not None and (before is None or before.basis != row.verdict.basis):
                self.verdicts.append(row.verdict)
            return written

        self.deployment.reviews.write = noted  # type: ignore[method-assign]

    async def open(self, analysis: Analysis) -> None:
        """A line asks for the next attempt of an analysis that is not open."""
        was = await self._now(analysis)
        if was is not None and was.state is not JobState.CLOSED:
            return
        line = self.memory.line(id=LineId("batch", f"{analysis}", 0))
        job = transitions.admitted(was, line, VIDEO, analysis, model_settings="", now_ms=1, due_at_ms=1)
        await self.deployment.jobs.table.transact({"job": self.deployment.jobs.put_item(job, was)})

    async def settle(self, analysis: Analysis, confidence: float | None) -> int | None:
        """An open analysis ends, with its label at a confidence if there is one, and its worker begins to close it.
        Returns the worker.
        """
        job = await self._now(analysis)
        if job is None or job.has_result:
            return None
        segments = [_segment(analysis, confidence)] if confidence is not None else []
        key = f"results/{job.current}.json"
        head = {"duration_ms": 2000, "attempt": job.attempt, "job_id": "j", "model_version": "7"}
        await self.memory.work.put(key, encode_result(head, segments), "application/json")
        self.found[analysis, job.attempt] = segments
        return await self._close(job, transitions.settled(job, Result(result_key=key), now_ms=2, due_at_ms=2))

    async def fail(self, analysis: Analysis) -> None:
        job = await self._now(analysis)
        if job is not None and not job.has_result:
            await self._close(job, transitions.failed(job, UNSUPPORTED, now_ms=2, due_at_ms=2))

    async def reconcile(self) -> None:
        """Whatever is SETTLED is closed by one more worker."""
        for analysis in BOTH:
            job = await self._now(analysis)
            if job is not None and job.state is JobState.SETTLED:
                await self.workers.begin(self._closer().close(job))

    async def end(self) -> None:
        """Every analysis ends, and all is closed."""
        for analysis in BOTH:
            await self.settle(analysis, None)
        while True:
            await self.workers.finish()
            jobs = [await self._now(analysis) for analysis in BOTH]
            if all(job is None or job.state is JobState.CLOSED for job in jobs):
                return
            await self.reconcile()

    async def check(self) -> Judgement | None:
        """The laws of every end. Returns the judgement of the newest answers."""
        jobs = [job for analysis in BOTH if (job := await self._now(analysis)) is not None]
        newest = {job.analysis: job.newest_answer.attempt for job in jobs if job.newest_answer is not None}
        row = await self.deployment.reviews.get(VIDEO.video_id)
        if not newest:
            assert row is None or (row.verdict, row.status) == (None, Status.FAILED)
            return None
        segments = [segment for answer in newest.items() for segment in self.found[answer]]
        judgement = POLICY.judge(segments, newest)
        assert row is not None
        verdict = row.verdict
        assert verdict is not None
        assert (verdict.verdict, verdict.missing, verdict.basis.attempts) == (
            judgement.verdict,
            judgement.missing,
            newest,
        )
        assert row.status is status_of_verdict(verdict.verdict)
        assert [revision.number for revision in row.history] == list(range(1, row.revision + 1))
        assert [reason.label for reason in verdict.reasons] == [reason.label for reason in judgement.reasons]
        dataset = json.loads(self.memory.work.objects[verdict.dataset_key])
        assert problems(dataset, "video-dataset.schema.json") == []
        assert {(segment["analysis"], segment["max_confidence"]) for segment in dataset["segments"]} == {
            (segment.analysis, segment.max_confidence) for segment in segments
        }
        assert not verdict.unsent
        sent: dict[str, Alert] = {}
        for alert in self.memory.alerts.sent:
            assert sent.setdefault(alert.alert_id, alert) == alert, "a repetition says the same"
        listed = [label for alert in sent.values() for label in _labels(alert)]
        assert len(listed) == len(set(listed)), "no label is alerted twice"
        assert {alerted_label(peak) for peak in judgement.alerts} <= set(verdict.alerted)
        assert {label for _, label in verdict.alerted} == set(listed)
        for before, after in pairwise(self.verdicts):
            assert after.basis.succeeds(before.basis), "a verdict never rests on something older"
        counted = sum(number for name, number in self.memory.metrics.counted.items() if name[0] == "Verdicts")
        assert counted <= len(list(groupby(verdict.verdict for verdict in self.verdicts)))
        return judgement

    async def _now(self, analysis: Analysis) -> Job | None:
        return await self.deployment.jobs.get(JobKey(VIDEO.video_id, analysis))

    async def _close(self, job: Job, ended: Job) -> int:
        return await self.workers.begin(self._closer().close(await self.deployment.jobs.change(job, ended)))

    def _closer(self) -> Any:
        memory = self.memory
        clock = memory.clock
        parts = compose_jobs(memory.deployment, SetPolicies(POLICY), "me", memory.stop, memory.timings, clock)
        return parts.closer


def _labels(alert: Alert) -> list[str]:
    """The labels that an alert lists."""
    return [label for label in LABEL.values() if f"\n  {label}\n" in alert.text]


def _segment(analysis: Analysis, confidence: float) -> Segment:
    return Segment(
        analysis=analysis,
        label=LABEL[analysis],
        parents=(),
        start_ms=0,
        end_ms=500,
        samples=1,
        max_confidence=confidence,
        mean_confidence=confidence,
        peak_ms=0,
    )


ANALYSES = st.sampled_from(BOTH)
CONFIDENCES = st.sampled_from([None, 40.0, 70.0, 92.0, 98.0])
ORDERS = settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.too_slow])


async def _go_on(story: Story, data: st.DataObject) -> None:
    """One step of some worker: a request, or its death."""
    if story.workers.held and data.draw(st.integers(0, 7)):
        await story.workers.let_through(data.draw(st.integers(0, story.workers.held - 1)))
    elif story.workers.workers:
        await story.workers.kill(data.draw(st.sampled_from(story.workers.workers)))


@ORDERS
@given(st.data())
def test_the_last_verdict_is_that_of_the_newest_answers_and_no_label_is_alerted_twice_or_never(
    data: st.DataObject,
) -> None:
    async def run() -> None:
        story = Story()
        for _ in range(data.draw(st.integers(1, 30))):
            match data.draw(st.sampled_from("osfrggggg")):
                case "o":
                    await story.open(data.draw(ANALYSES))
                case "s":
                    await story.settle(data.draw(ANALYSES), data.draw(CONFIDENCES))
                case "f":
                    await story.fail(data.draw(ANALYSES))
                case "r":
                    await story.reconcile()
                case _:
                    await _go_on(story, data)
        await story.end()
        await story.check()

    asyncio.run(run())


@ORDERS
@given(st.data(), CONFIDENCES, CONFIDENCES, st.booleans())
def test_of_analyses_that_are_asked_for_together_there_is_one_verdict_and_its_alerts_are_those_sent(
    data: st.DataObject,
    moderation: float | None,
    labels: float | None,
    fails: bool,  # noqa: FBT001 - drawn
) -> None:
    async def run() -> None:
        story = Story()
        for analysis in BOTH:
            await story.open(analysis)
        await story.settle(MODERATION, moderation)
        for _ in range(data.draw(st.integers(0, 6))):
            await _go_on(story, data)
        assert story.verdicts == [], "the other is open"
        if fails:
            await story.fail(LABELS)
        else:
            await story.settle(LABELS, labels)
        for _ in range(data.draw(st.integers(0, 30))):
            await _go_on(story, data)
        await story.end()
        judgement = await story.check()
        assert judgement is not None
        assert judgement.missing == ((LABELS,) if fails else ())
        (verdict,) = story.verdicts
        sent = {label for alert in story.memory.alerts.sent for label in _labels(alert)}
        assert sent == {peak.label for peak in judgement.alerts}
        assert len(verdict.alerted) == len(judgement.alerts)

    asyncio.run(run())


async def test_a_worker_that_sleeps_over_its_verdict_does_not_write_it_over_a_newer_one() -> None:
    story = Story()
    await story.open(LABELS)
    await story.fail(LABELS)
    await story.open(MODERATION)
    sleeper = await story.settle(MODERATION, 98.0)
    assert sleeper is not None
    await story.workers.until(sleeper, "reviews update")
    await story.reconcile()  # another closes the job
    while (await story.deployment.jobs.get(JobKey(VIDEO.video_id, MODERATION))).state is not JobState.CLOSED:  # type: ignore[union-attr]
        await story.workers.let_through(story.workers.held - 1)
    await story.open(MODERATION)
    other = await story.settle(MODERATION, 40.0)
    assert other is not None
    await story.workers.until(other, "none")
    assert [verdict.verdict for verdict in story.verdicts] == ["review", "incomplete"]
    await story.end()
    await story.check()
    assert len(story.verdicts) == 2


@pytest.mark.parametrize("confidence", [40.0, 98.0])
async def test_wherever_a_worker_dies_over_a_close_another_finishes_it(confidence: float) -> None:
    steps = 0
    while True:
        story = Story()
        for analysis in BOTH:
            await story.open(analysis)
        await story.fail(LABELS)
        await story.workers.finish()
        dying = await story.settle(MODERATION, confidence)
        assert dying is not None
        for _ in range(steps):
            await story.workers.let_through(0)
        if not story.workers.workers:
            break
        await story.workers.kill(dying)
        await story.end()
        judgement = await story.check()
        assert judgement is not None
        assert len(story.verdicts) == 1
        assert bool(story.memory.alerts.sent) == bool(judgement.alerts)
        steps += 1
    assert steps >= 6
