"""COLLECTING to SETTLED: judge an answer that was read, and keep what is known of the video."""

import asyncio
import uuid
from dataclasses import asdict, dataclass, replace

import structlog

from reelsift.aws.jobs import Jobs
from reelsift.aws.labels import Labels
from reelsift.aws.metrics import Metrics
from reelsift.aws.objects import ObjectUnusable, Videos, WorkBucket
from reelsift.aws.table import ConditionFailed
from reelsift.domain import transitions
from reelsift.domain.alert import Alert, alert
from reelsift.domain.answer import Answer
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Job, Result
from reelsift.domain.labels import LabelSummary, summarise
from reelsift.domain.outcome import TOP_LABELS
from reelsift.domain.policy import Judgement, Policy
from reelsift.domain.result import encode_result, key_of_result, peak_members
from reelsift.domain.video import ObjectRef
from reelsift.jobs.closer import Closer
from reelsift.runtime.clock import Clock
from reelsift.runtime.lease import Lease
from reelsift.runtime.tasks import finish_all
from reelsift.settings import Settings

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What an answer comes to: the job's result but for where it is stored, and `body`, the object that is stored."""

    result: Result
    summaries: list[LabelSummary]
    digest: Alert | None
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
        closer: Closer,
        policy: Policy,
        metrics: Metrics,
        settings: Settings,
        region: str,
        clock: Clock,
    ) -> None:
        """`region` is where the consoles are that an alert links to."""
        self._jobs = jobs
        self._videos = videos
        self._work = work
        self._labels = labels
        self._closer = closer
        self._policy = policy
        self._metrics = metrics
        self._settings = settings
        self._region = region
        self._clock = clock
        self._policy_digest = policy.digest

    async def settle(self, lease: Lease[Job], answer: Answer, raw_key: str) -> None:
        """Judge an answer, store the result, and close the job."""
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
        judged = await asyncio.to_thread(self._judge, job, answer)
        result = replace(judged.result, raw_key=raw_key, result_key=result_key)
        now = self._clock.now_ms()
        await finish_all(
            self._work.put(result_key, judged.body, "application/json"),
            self._labels.put(replace(job, result=result), judged.summaries, now_ms=now),
        )
        try:
            settled = await self._jobs.change(
                job, transitions.settled(job, result, now_ms=now, due_at_ms=self._closer.due_at(now))
            )
        except ConditionFailed:
            return
        self._report(settled, judged.summaries)
        await self._closer.close(settled, judged.digest)

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

    def _digest(self, job: Job, judgement: Judgement | None, duration_ms: int | None) -> Alert | None:
        if judgement is None or not judgement.alerts:
            return None
        return alert(
            judgement,
            deployment=self._settings.deployment,
            ref=ObjectRef(job.video.bucket, job.video.key, job.video.version_id, job.video.etag, job.video.size),
            video_id=job.key.video_id,
            analysis=job.analysis,
            attempt=job.attempt,
            duration_ms=duration_ms,
            region=self._region,
        )

    def _judge(self, job: Job, answer: Answer) -> "_Judged":
        """What an answer comes to, and the object that says so: all that `show` prints, and the alert as it is to be
        sent.
        """
        segments = answer.segments()
        summaries = summarise(segments)
        # This answer is judged by itself: what else the policy needs is not asked for here.
        judgement = self._policy.judge(segments, self._policy.needs) if job.analysis.spec.gives_verdict else None
        digest = self._digest(job, judgement, answer.duration_ms)
        peak = _peak(summaries)
        result = replace(
            job.result,
            verdict=str(judgement.verdict) if judgement else None,
            alerts=len(judgement.alerts) if judgement else 0,
            peak_label=peak.label if peak else None,
            peak_confidence=peak.max_confidence if peak else None,
            top_labels=_strongest(summaries),
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
            "policy": self._policy_digest if judgement else None,
            "verdict": str(judgement.verdict) if judgement else None,
            "alerts": [peak_members(peak) for peak in judgement.alerts] if judgement else [],
            "alert": asdict(digest) if digest else None,
        }
        return _Judged(result, summaries, digest, encode_result(head, segments))

    def _report(self, job: Job, summaries: list[LabelSummary]) -> None:
        metrics = self._metrics
        # Where labels are without number, so are categories, and each would be a metric of its own.
        if job.analysis.spec.vocabulary:
            for category in {summary.category for summary in summaries}:
                metrics.count("Labels", Category=category)
        _log.info(
            "analysed",
            video=job.video.uri,
            verdict=job.result.verdict,
            minutes=round(job.result.billed_ms / 60_000, 3),
            labels={} if job.analysis.spec.personal else _logged(summaries),
        )


def _logged(summaries: list[LabelSummary]) -> dict[str, list[float]]:
    return {summary.label: [summary.samples, round(summary.max_confidence, 1)] for summary in summaries[:50]}


def _result_key(job: Job) -> str:
    """A name of this worker's own: two that settle one attempt must not mix verdict and alert."""
    return key_of_result(job.key.video_id, f"{job.analysis}/{job.attempt}-{uuid.uuid4().hex[:8]}")


def _strongest(summaries: list[LabelSummary]) -> tuple[tuple[str, float], ...]:
    """The most confident labels; of equals the most specific first."""
    ranked = sorted(summaries, key=lambda summary: (-summary.max_confidence, -len(summary.parents), summary.label))
    return tuple((summary.label, summary.max_confidence) for summary in ranked[:TOP_LABELS])


def _peak(summaries: list[LabelSummary]) -> LabelSummary | None:
    """The most confident label; of equals the most specific."""
    return max(summaries, key=lambda summary: (summary.max_confidence, len(summary.parents)), default=None)
