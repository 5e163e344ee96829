"""The verdict of a video, made at the close of a job: of which answers, when it is due, and what it costs."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from reelsift.aws.errors import AwsUnavailable
from reelsift.domain import transitions
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Job, JobKey, Result
from reelsift.domain.line import LineId
from reelsift.domain.policy import Policy, Verdict
from reelsift.domain.result import encode_result
from reelsift.domain.segments import Segment
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import VideoVerdict
from reelsift.worker.composition import compose_jobs
from support.live import SetPolicies
from support.memory_stores import BUCKET
from support.memory_worker import MODERATION, MemoryWorker, succeeded
from support.reviews import verdict_of

LABELS = Analysis.LABELS
VIDEO = Video(BUCKET, "a.mp4", "etag of a.mp4", size=1_000_000)
NEEDS_BOTH = Policy.parse("labels: {Gun: {review: 50, reject: 90, alert: 95}}")
ALERTS_ON_LABELS = Policy.parse("labels: {Gun: {alert: 95}}")
NEEDS_NOTHING = Policy.parse("{content_moderation: off, labels: {Gun: {alert: 95}}}")


class Analysed:
    """One video whose analyses a test ends one by one, by results that it writes."""

    def __init__(self, policy: Policy) -> None:
        self.memory = MemoryWorker()
        self.deployment = self.memory.deployment
        memory = self.memory
        parts = compose_jobs(memory.deployment, SetPolicies(policy), "me", memory.stop, memory.timings, memory.clock)
        self.closer = parts.closer

    async def end(self, analysis: Analysis, label: str | None = None, confidence: float = 0) -> Job:
        """An analysis ends, with a label where one is given, and is closed."""
        job = await self._open(analysis)
        segments = [] if label is None else [_segment(analysis, label, confidence)]
        key = f"results/{job.current}.json"
        head = {"duration_ms": 2000, "attempt": job.attempt, "job_id": "j", "model_version": "7"}
        await self.memory.work.put(key, encode_result(head, segments), "application/json")
        return await self._close(job, transitions.settled(job, Result(result_key=key), now_ms=2, due_at_ms=2))

    async def fail(self, analysis: Analysis, reason: Reason = Reason.GAVE_UP) -> Job:
        job = await self._open(analysis)
        return await self._close(job, transitions.failed(job, Failure(reason, "x"), now_ms=2, due_at_ms=2))

    async def verdict(self) -> VideoVerdict | None:
        return await verdict_of(self.deployment.reviews, VIDEO.video_id)

    @property
    def alerts(self) -> list[str]:
        """What was alerted, by the label that each alert names first."""
        return [alert.label for alert in self.memory.alerts.sent]

    async def _open(self, analysis: Analysis) -> Job:
        was = await self.deployment.jobs.get(JobKey(VIDEO.video_id, analysis))
        line = self.memory.line(id=LineId("batch", f"{analysis}", 0))
        job = transitions.admitted(was, line, VIDEO, analysis, model_settings="", now_ms=1, due_at_ms=1)
        await self.deployment.jobs.table.transact({"job": self.deployment.jobs.put_item(job, was)})
        return job

    async def _close(self, job: Job, ended: Job) -> Job:
        settled = await self.deployment.jobs.change(job, ended)
        await self.closer.close(settled)
        return settled


def _segment(analysis: Analysis, label: str, confidence: float) -> Segment:
    return Segment(analysis, label, (), 0, 500, 1, confidence, confidence, 0)


async def test_an_analysis_that_was_never_asked_for_is_missing() -> None:
    video = Analysed(NEEDS_BOTH)
    await video.end(MODERATION)
    verdict = await video.verdict()
    assert verdict is not None
    assert (verdict.verdict, verdict.missing) == (Verdict.INCOMPLETE, (LABELS,))
    await video.end(LABELS, "Gun", 92)
    verdict = await video.verdict()
    assert verdict is not None
    assert (verdict.verdict, verdict.missing) == (Verdict.REJECT, ())
    assert video.memory.metrics.counted["Verdicts", "incomplete"] == 1
    assert video.memory.metrics.counted["Verdicts", "reject"] == 1


@pytest.mark.parametrize("reason", [Reason.GAVE_UP, Reason.CANCELLED, Reason.MAX_COST, Reason.OBJECT_CHANGED])
@pytest.mark.parametrize("failed_first", [True, False])
async def test_what_is_needed_and_ends_without_an_answer_leaves_no_video_without_a_verdict(
    reason: Reason, *, failed_first: bool
) -> None:
    video = Analysed(NEEDS_BOTH)
    if failed_first:
        await video.fail(LABELS, reason)
        assert await video.verdict() is None
    await video.end(MODERATION, "Explicit", 98)
    if not failed_first:
        await video.fail(LABELS, reason)
    verdict = await video.verdict()
    assert verdict is not None
    assert (verdict.verdict, verdict.missing) == (Verdict.REVIEW, (LABELS,))
    assert video.alerts == ["Explicit"]


async def test_a_repeated_analysis_that_fails_takes_no_verdict_away() -> None:
    video = Analysed(Policy.built_in())
    await video.end(MODERATION, "Explicit", 98)
    before = await video.verdict()
    await video.fail(MODERATION)
    assert await video.verdict() == before
    await video.end(MODERATION)
    after = await video.verdict()
    assert after is not None
    assert (after.verdict, after.basis.attempts) == (Verdict.APPROVE, {MODERATION: 3})
    assert video.alerts == ["Explicit"]


async def test_a_second_analysis_that_adds_a_label_alerts_that_one_alone() -> None:
    video = Analysed(ALERTS_ON_LABELS)
    await video.end(MODERATION, "Explicit", 98)
    await video.end(LABELS, "Gun", 99)
    await video.end(MODERATION, "Explicit", 99)
    assert video.alerts == ["Explicit", "Gun"]
    verdict = await video.verdict()
    assert verdict is not None
    assert verdict.basis.attempts == {MODERATION: 2, LABELS: 1}
    assert verdict.alerted == ((MODERATION, "Explicit"), (LABELS, "Gun"))


async def test_a_failure_is_no_verdict_where_nothing_was_answered() -> None:
    video = Analysed(Policy.built_in())
    await video.fail(MODERATION)
    assert await video.verdict() is None


async def test_labels_alone_are_not_judged_by_a_policy_on_moderation() -> None:
    video = Analysed(ALERTS_ON_LABELS)
    await video.end(LABELS, "Gun", 99)
    assert (await video.verdict(), video.alerts) == (None, [])


async def test_a_policy_that_needs_nothing_clears_no_video_and_alerts_all_the_same() -> None:
    video = Analysed(NEEDS_NOTHING)
    await video.end(LABELS, "Gun", 99)
    verdict = await video.verdict()
    assert verdict is not None
    assert (verdict.verdict, video.alerts) == (None, ["Gun"])
    assert video.memory.alerts.sent[0].attributes["verdict"] == "none"


async def test_a_result_that_was_deleted_counts_as_missing_and_holds_nothing_up() -> None:
    video = Analysed(NEEDS_BOTH)
    labels = await video.end(LABELS, "Gun", 70)
    assert labels.result.result_key is not None
    del video.memory.work.objects[labels.result.result_key]
    await video.end(MODERATION)
    verdict = await video.verdict()
    assert verdict is not None
    assert (verdict.verdict, verdict.missing) == (Verdict.INCOMPLETE, (LABELS,))
    assert verdict.basis.attempts == {MODERATION: 1, LABELS: 1}


async def test_an_alert_that_is_unsent_goes_out_though_the_policy_has_changed_meanwhile() -> None:
    video = Analysed(NEEDS_NOTHING)
    video.memory.alerts.failure = AwsUnavailable("the topic does not answer")
    with pytest.raises(AwsUnavailable):
        await video.end(LABELS, "Gun", 99)
    before = await video.verdict()
    assert before is not None
    assert len(before.unsent) == 1
    video.memory.alerts.failure = None
    # What it needs was not asked for: it would judge nothing here.
    memory = video.memory
    parts = compose_jobs(
        memory.deployment, SetPolicies(Policy.built_in()), "me", memory.stop, memory.timings, memory.clock
    )
    await parts.closer.close(await memory.job(analysis=LABELS))
    after = await video.verdict()
    assert after == replace(before, unsent=frozenset())
    assert video.alerts == ["Gun"]


async def test_with_one_analysis_a_verdict_costs_three_reads_two_updates_and_one_object() -> None:
    worker, made = MemoryWorker(), Counter[str]()
    await worker.parts.policies.step()
    for name in ("get", "get_many", "put", "update", "transact", "delete"):
        _count(worker.tables["reviews"], name, made)
    _count(worker.deployment.jobs, "of_video", made)
    await worker.admit()
    worker.rekognition.pages.append(succeeded())
    worker.complete(await worker.job())
    objects = set(worker.work.objects)
    await worker.receive_completions()
    # The status, and the row by which the key names its content. Whether the video is sealed is asked before it is
    # started, and before its answer is read.
    assert made == {"of_video": 1, "update": 2, "get": 2}
    assert sorted(name.partition("/")[0] for name in set(worker.work.objects) - objects) == ["raw", "results", "videos"]


def _count(thing: Any, name: str, made: Counter[str]) -> None:
    method = getattr(thing, name)

    async def counted(*arguments: Any, **members: Any) -> Any:
        made[name] += 1
        return await method(*arguments, **members)

    setattr(thing, name, counted)
