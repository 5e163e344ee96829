"""RUNNING to SETTLED: ask what became of a job, free its slot, read its answer and judge it."""

import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict, replace
from typing import Any

import structlog

from reelsift.aws.deployment import Deployment
from reelsift.aws.objects import ObjectUnusable
from reelsift.aws.rekognition import PageTokenExpired, ResultExpired
from reelsift.aws.table import ConditionFailed
from reelsift.domain.alert import Alert, alert
from reelsift.domain.analysis import OPERATIONS, Analysis
from reelsift.domain.answer import Answer, MismatchedPagesError
from reelsift.domain.detections import MalformedAnswerError
from reelsift.domain.failure import Failure, Reason, failed_job
from reelsift.domain.job import Job, JobState, job_tag
from reelsift.domain.labels import LabelSummary, summarise
from reelsift.domain.policy import Judgement, Policy
from reelsift.domain.result import peak_members, segment_members
from reelsift.domain.segments import Segment
from reelsift.domain.video import ObjectRef
from reelsift.manifests.notification import Completion
from reelsift.worker.clock import now_ms
from reelsift.worker.closer import Closer
from reelsift.worker.pace import Pace
from reelsift.worker.starter import send_attempt

PAGING_TRIES = 3
"""Page tokens live 24 h: an answer whose token expires is read again from its beginning, so often in a row."""

EARLY_LOOK_MS = 10_000
"""A completion that came before the job's end will not come again: look after this."""

LONGEST_RETRY_S = 900
"""SQS delays a message 15 minutes at most."""

_log = structlog.get_logger(__name__)


class Collector:
    """Looks at running jobs and reads the answers of those that have ended."""

    def __init__(self, deployment: Deployment, closer: Closer, policy: Policy, pace: Pace) -> None:
        self._deployment = deployment
        self._settings = deployment.settings
        self._closer = closer
        self._policy = policy
        self._pace = pace

    async def look(self, job: Job, told: Completion | None = None) -> None:
        """Ask Rekognition what became of a job, and do what follows.

        The JobId that a completion `told` serves where the worker that started the job has not recorded it yet, or
        never will; its time, as the job's end.
        """
        job_id = job.job_id or (told.job_id if told else None)
        if job_id is None:
            return
        try:
            page = await self._page(job.analysis, job_id)
        except ResultExpired:
            if job.state is JobState.RUNNING:
                await self._expired(job)
            return
        if job.state is JobState.STARTING:
            adopted = await self._adopt(job, job_id, page)
            if adopted is None:
                return
            job = adopted
        match page.get("JobStatus"):
            case "SUCCEEDED":
                await self._succeeded(job, page, told)
            case "FAILED":
                await self._failed(job, str(page.get("StatusMessage") or ""))
            case _:
                await self._look_later(job, early=told is not None)

    async def collect(self, job: Job, first: dict[str, Any] | None = None) -> None:
        """COLLECTING: read the answer, keep it, make segments and verdict of it, settle."""
        for _ in range(PAGING_TRIES):
            try:
                answer = await self._read(job, first)
            except PageTokenExpired:
                first = None
                continue
            except ResultExpired:
                await self._settle_failed(job, _EXPIRED)
                return
            except (MalformedAnswerError, MismatchedPagesError) as error:
                await self._settle_failed(job, Failure(Reason.INTERNAL_ERROR, f"Rekognition's answer: {error}"))
                return
            except ConditionFailed:
                return
            await self._settle(job, answer)
            return
        _log.warning("page_token_expired", tries=PAGING_TRIES, then="read again later")

    async def _read(self, job: Job, first: dict[str, Any] | None) -> Answer:
        """The whole answer, its raw pages kept in the work bucket. Memory is bounded by pages and columns."""
        answer = Answer(job.analysis)
        lease_end = time.monotonic() + self._settings.look_collecting_s / 2
        async with (
            self._deployment.work.answer_writer(_raw_key(job)) as raw,
            aclosing(self._pages(job, first)) as pages,
        ):
            async for page in pages:
                answer.add(page)
                await raw.write(page)
                if time.monotonic() > lease_end:
                    job = await self._deployment.jobs.look_again(
                        job, now_ms() + int(self._settings.look_collecting_s * 1000)
                    )
                    lease_end = time.monotonic() + self._settings.look_collecting_s / 2
        return answer

    async def _pages(self, job: Job, first: dict[str, Any] | None) -> AsyncGenerator[dict[str, Any], None]:
        assert job.job_id is not None  # noqa: S101 - COLLECTING has one
        page = first if first is not None else await self._page(job.analysis, job.job_id)
        yield page
        while page.get("NextToken"):
            page = await self._page(job.analysis, job.job_id, page["NextToken"])
            yield page

    async def _page(self, analysis: Analysis, job_id: str, token: str | None = None) -> dict[str, Any]:
        await self._pace.turn()
        return await self._deployment.rekognition.page(analysis, job_id, token)

    async def _adopt(self, job: Job, job_id: str, page: dict[str, Any]) -> Job | None:
        """Record the JobId a completion told. Only Rekognition's own answer proves that the job is this one."""
        if page.get("JobTag") != job_tag(self._settings.deployment, job.current):
            _log.warning("foreign_completion", job_id=job_id)
            return None
        now = now_ms()
        try:
            return await self._deployment.jobs.change(
                job, state=JobState.RUNNING, job_id=job_id, running_ms=now, look_at_ms=now + EARLY_LOOK_MS
            )
        except ConditionFailed:
            # The starter was quicker after all. The completion is used up, so the row has to be read again here.
            current = await self._deployment.jobs.get(job.key)
            return current if current and current.state is JobState.RUNNING and current.job_id == job_id else None

    async def _succeeded(self, job: Job, page: dict[str, Any], told: Completion | None) -> None:
        now = now_ms()
        ended = told.at_ms if told and told.at_ms and (job.running_ms or 0) <= told.at_ms <= now else now
        duration_ms = _duration_ms(job.analysis, page)
        collecting, item = self._deployment.jobs.change_item(
            job,
            state=JobState.COLLECTING,
            slot=None,
            ended_ms=ended,
            duration_ms=duration_ms,
            billed_ms=duration_ms or 0,
            look_at_ms=now + int(self._settings.look_collecting_s * 1000),
        )
        if await self._closer.end_attempt(job, item):
            await self.collect(collecting, page)

    async def _failed(self, job: Job, status_message: str) -> None:
        failure = failed_job(status_message)
        failures = job.failures + 1
        if not failure.retryable or failures >= self._settings.max_failures:
            await self._closer.fail(job, failure)
            return
        delay_s = min(LONGEST_RETRY_S, self._settings.retry_delay_s * 2**job.failures)
        now = now_ms()
        waiting, item = self._deployment.jobs.change_item(
            job,
            state=JobState.WAITING,
            attempt=job.attempt + 1,
            failures=failures,
            slot=None,
            job_id=None,
            start_input=None,
            sends=0,
            starting_ms=None,
            running_ms=None,
            look_at_ms=now + int((delay_s + self._settings.look_waiting_s) * 1000),
        )
        if await self._closer.end_attempt(job, item):
            _log.warning("attempt_failed", message=status_message, failures=failures, again_in_s=delay_s)
            self._deployment.metrics.count("AttemptsFailed", Analysis=job.analysis)
            await send_attempt(self._deployment, waiting, delay_s=delay_s)

    async def _look_later(self, job: Job, *, early: bool) -> None:
        wait_ms = EARLY_LOOK_MS if early else int(self._settings.look_running_s * 1000)
        try:
            await self._deployment.jobs.look_again(job, now_ms() + wait_ms)
        except ConditionFailed:
            return

    async def _expired(self, job: Job) -> None:
        _log.warning("result_expired", job_id=job.job_id)
        await self._closer.fail(job, _EXPIRED)

    async def _settle(self, job: Job, answer: Answer) -> None:
        failure = await self._changed(job)
        if failure is not None:
            await self._settle_failed(job, failure)
            return
        segments = answer.segments()
        summaries = summarise(segments)
        judgement = self._policy.judge(segments) if job.analysis is Analysis.CONTENT_MODERATION else None
        digest = self._digest(job, judgement, answer.duration_ms)
        await self._store(job, answer, segments, judgement, digest)
        now = now_ms()
        await self._deployment.labels.put(replace(job, model_version=answer.model_version), summaries, now_ms=now)
        peak = _peak(summaries)
        try:
            settled = await self._deployment.jobs.change(
                job,
                state=JobState.SETTLED,
                settled_ms=now,
                look_at_ms=self._closer.look_at(now),
                verdict=str(judgement.verdict) if judgement else None,
                alerts=len(judgement.alerts) if judgement else 0,
                peak_label=peak.label if peak else None,
                peak_confidence=peak.max_confidence if peak else None,
                model_version=answer.model_version,
                raw_key=_raw_key(job),
                result_key=_result_key(job),
            )
        except ConditionFailed:
            return
        self._report(settled, summaries)
        await self._closer.close(settled, digest)

    async def _settle_failed(self, job: Job, failure: Failure) -> None:
        """Settle a COLLECTING job, which has no slot any more, without a result."""
        now = now_ms()
        try:
            settled = await self._deployment.jobs.change(
                job,
                state=JobState.SETTLED,
                failure=failure,
                settled_ms=now,
                look_at_ms=self._closer.look_at(now),
            )
        except ConditionFailed:
            return
        await self._closer.close(settled)

    async def _changed(self, job: Job) -> Failure | None:
        """Why the result cannot be said to be the video's: the key holds other content now. A version cannot change."""
        if job.video.pinned:
            return None
        try:
            if await self._deployment.videos.etag_now(job.video) == job.video.etag:
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
            region=self._deployment.clients.s3.meta.region_name,
        )

    async def _store(
        self, job: Job, answer: Answer, segments: list[Segment], judgement: Judgement | None, digest: Alert | None
    ) -> None:
        """The result as one object: all that `show` prints, and the alert as it is to be sent."""
        document = {
            "video": job.video.uri,
            "video_id": job.key.video_id,
            "analysis": str(job.analysis),
            "attempt": job.attempt,
            "job_id": job.job_id,
            "model_version": answer.model_version,
            "duration_ms": answer.duration_ms,
            "policy": self._policy.digest if judgement else None,
            "verdict": str(judgement.verdict) if judgement else None,
            "alerts": [peak_members(peak) for peak in judgement.alerts] if judgement else [],
            "alert": asdict(digest) if digest else None,
            "segments": [segment_members(segment) for segment in segments],
        }
        body = json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
        await self._deployment.work.put(_result_key(job), body, "application/json")

    def _report(self, job: Job, summaries: list[LabelSummary]) -> None:
        metrics = self._deployment.metrics
        if job.analysis is Analysis.CONTENT_MODERATION:
            for category in {summary.category for summary in summaries}:
                metrics.count("Labels", Category=category)
        _log.info(
            "analysed",
            video=job.video.uri,
            verdict=job.verdict,
            minutes=round(job.billed_ms / 60_000, 3),
            labels={summary.label: [summary.samples, round(summary.max_confidence, 1)] for summary in summaries[:50]},
        )


_EXPIRED = Failure(
    Reason.RESULT_EXPIRED,
    "Rekognition no longer has the result (it keeps results for 7 days); the analysis was paid, and a retry pays again",
)


def _raw_key(job: Job) -> str:
    return f"raw/{job.current}.json.gz"


def _result_key(job: Job) -> str:
    return f"results/{job.current}.json"


def _duration_ms(analysis: Analysis, page: dict[str, Any]) -> int | None:
    """The duration on an answer's first page, without keeping its detections."""
    return Answer.of(analysis, [page | {OPERATIONS[analysis].detections_key: [], "NextToken": None}]).duration_ms


def _peak(summaries: list[LabelSummary]) -> LabelSummary | None:
    """The most confident label; of equals the most specific."""
    return max(summaries, key=lambda summary: (summary.max_confidence, len(summary.parents)), default=None)
