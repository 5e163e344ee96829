"""COLLECTING to SETTLED: keep what an answer says of its video."""

import asyncio
import uuid
from dataclasses import dataclass, replace

import structlog

from reelsift.archive.fresh import FreshAnswers
from reelsift.aws.jobs import Jobs
from reelsift.aws.labels import Labels
from reelsift.aws.metrics import Metrics
from reelsift.aws.model_versions import ModelVersions
from reelsift.aws.objects import ObjectUnusable, Videos, WorkBucket
from reelsift.aws.table import ConditionFailed
from reelsift.domain import transitions
from reelsift.domain.answer import Answer
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Job, Result
from reelsift.domain.labels import LabelSummary, summarise
from reelsift.domain.outcome import TOP_LABELS
from reelsift.domain.result import encode_result, key_of_result
from reelsift.jobs.closer import Closer
from reelsift.reviews.analysis_result import FreshResult
from reelsift.runtime.clock import Clock
from reelsift.runtime.lease import Lease
from reelsift.runtime.tasks import finish_all

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Read:
    """What an answer comes to: the job's result but for where it is stored, and `body`, the object that is stored."""

    result: Result
    summaries: list[LabelSummary]
    fresh: FreshResult
    body: bytes


class Settler:
    """Fixes the result of a job whose analysis has ended."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        videos: Videos,
        work: WorkBucket,
        labels: Labels,
        model_versions: ModelVersions,
        closer: Closer,
        fresh_answers: FreshAnswers,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._videos = videos
        self._work = work
        self._labels = labels
        self._model_versions = model_versions
        self._closer = closer
        self._fresh_answers = fresh_answers
        self._metrics = metrics
        self._clock = clock

    async def settle(self, lease: Lease[Job], answer: Answer, raw_key: str) -> None:
        """Store what an answer says as the result of its job, and close the job."""
        failure = await self._changed(lease.row)
        if failure is not None:
            await self._closer.fail(lease.row, failure)
            return
        try:
            # A worker that slept through its lease must not write over what came after it.
            await lease.keep()
        except ConditionFailed:
            return
        job, result_key = lease.row, _result_key(lease.row)
        # A dense answer takes seconds: time in which every other message of this worker would wait.
        read = await asyncio.to_thread(_read, job, answer)
        result = replace(read.result, raw_key=raw_key, result_key=result_key)
        now = self._clock.now_ms()
        await finish_all(
            self._see_model(job, answer.model_version, now_ms=now),
            self._work.put(result_key, read.body, "application/json"),
            self._labels.put(replace(job, result=result), read.summaries, now_ms=now),
        )
        try:
            settled = await self._jobs.change(
                job, transitions.settled(job, result, now_ms=now, due_at_ms=self._closer.due_at(now))
            )
        except ConditionFailed:
            return
        self._fresh_answers.take(settled, read.fresh.head, read.fresh.segments)
        self._report(settled, read.summaries)
        await self._closer.close(settled, read.fresh)

    async def _see_model(self, job: Job, version: str | None, *, now_ms: int) -> None:
        """Tell people of a model that this deployment has never met: the same video may get other labels from now on.
        What another pipeline was told once, and is imported here, is no news of Rekognition.
        """
        if version is None or job.start.imported_from is not None:
            return
        if await self._model_versions.see(job.analysis, version, now_ms=now_ms):
            self._metrics.count("NewModelVersion", Analysis=job.analysis)
            _log.warning("model_version_new", analysis=str(job.analysis), version=version)

    async def _changed(self, job: Job) -> Failure | None:
        """Why the result cannot be said to be the video's: the key holds other content now. A version cannot change."""
        if job.video.pinned:
            return None
        try:
            if await self._videos.is_unchanged(job.video):
                return None
        except ObjectUnusable as refusal:
            return refusal.failure
        message = f"{job.video.uri} was overwritten or deleted while it was analysed; the result was discarded"
        return Failure(Reason.OBJECT_CHANGED, message)

    def _report(self, job: Job, summaries: list[LabelSummary]) -> None:
        metrics = self._metrics
        # Where labels are without number, so are categories, and each would be a metric of its own.
        if job.analysis.spec.vocabulary:
            for category in {summary.category for summary in summaries}:
                metrics.count("Labels", Category=category)
        _log.info(
            "analysed",
            video=job.video.uri,
            minutes=round(job.result.billed_ms / 60_000, 3),
            labels={} if job.analysis.spec.personal else _logged(summaries),
        )


def _logged(summaries: list[LabelSummary]) -> dict[str, list[float]]:
    return {summary.label: [summary.samples, round(summary.max_confidence, 1)] for summary in summaries[:50]}


def _read(job: Job, answer: Answer) -> _Read:
    """What an answer comes to, and the object that says so."""
    segments = answer.segments()
    summaries = summarise(segments)
    labels = summaries if job.analysis.spec.finds_labels else []
    peak = _peak(labels)
    result = replace(
        job.result,
        peak_label=peak.label if peak else None,
        peak_confidence=peak.max_confidence if peak else None,
        top_labels=_strongest(labels),
        model_version=answer.model_version,
    )
    head = {
        "video": job.video.uri,
        "video_id": job.key.video_id,
        "analysis": str(job.analysis),
        "attempt": job.attempt,
        "job_id": job.start.job_id,
        "model_version": answer.model_version,
        "duration_ms": answer.duration_ms,
        "frame_rate": answer.frame_rate,
        "seen_from": job.analysis.spec.seen_from(job.asked.model_settings),
    }
    return _Read(result, summaries, FreshResult(head, segments), encode_result(head, segments))


def _result_key(job: Job) -> str:
    """A name of this worker's own: of two that settle one attempt, one is named by the job."""
    return key_of_result(job.key.video_id, f"{job.analysis}/{job.attempt}-{uuid.uuid4().hex[:8]}")


def _strongest(summaries: list[LabelSummary]) -> tuple[tuple[str, float], ...]:
    """The most confident labels; of equals the most specific first."""
    ranked = sorted(summaries, key=lambda summary: (-summary.max_confidence, -len(summary.parents), summary.label))
    return tuple((summary.label, summary.max_confidence) for summary in ranked[:TOP_LABELS])


def _peak(summaries: list[LabelSummary]) -> LabelSummary | None:
    """The most confident label; of equals the most specific."""
    return max(summaries, key=lambda summary: (summary.max_confidence, len(summary.parents)), default=None)
