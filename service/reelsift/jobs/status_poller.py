"""RUNNING: ask what became of a job, and free its slot as soon as it has ended."""

from dataclasses import replace
from typing import Any

import structlog

from reelsift.aws.deployment import Deployment
from reelsift.aws.queue import LONGEST_DELAY_S
from reelsift.aws.rekognition import ResultExpired
from reelsift.aws.table import ConditionFailed
from reelsift.domain import transitions
from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer
from reelsift.domain.cost import cost_micros
from reelsift.domain.detections import MalformedAnswerError
from reelsift.domain.failure import failed_job
from reelsift.domain.job import Job, JobState, job_tag
from reelsift.jobs.attempts import Attempts
from reelsift.jobs.closer import Closer
from reelsift.jobs.collector import RESULT_EXPIRED, Collector
from reelsift.jobs.reservations import Reservations
from reelsift.manifests.notification import Completion
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.timings import Timings

_log = structlog.get_logger(__name__)


class StatusPoller:
    """Looks at jobs that a completion, or their time to look, has pointed at."""

    def __init__(
        self,
        deployment: Deployment,
        collector: Collector,
        closer: Closer,
        attempts: Attempts,
        reservations: Reservations,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._attempts = attempts
        self._timings = timings
        self._clock = clock
        self._deployment = deployment
        self._settings = deployment.settings
        self._collector = collector
        self._closer = closer
        self._reservations = reservations

    async def look(self, job: Job, told: Completion | None = None) -> None:
        """Ask Rekognition what became of a job, and do what follows.

        The JobId that a completion `told` serves where the worker that started the job has not recorded it yet, or
        never will; its time, as the job's end.
        """
        job_id = job.start.job_id or (told.job_id if told else None)
        if job_id is None:
            return
        try:
            page = await self._collector.page(job.analysis, job_id)
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
                await self._check_later(job, early=told is not None)

    async def _adopt(self, job: Job, job_id: str, page: dict[str, Any]) -> Job | None:
        """Record the JobId a completion told. Only Rekognition's own answer proves that the job is this one."""
        if page.get("JobTag") != job_tag(self._settings.deployment, job.current):
            _log.warning("foreign_completion", job_id=job_id)
            return None
        now = self._clock.now_ms()
        try:
            return await self._deployment.jobs.change(
                job,
                transitions.running(job, job_id, now_ms=now, due_at_ms=now + as_ms(self._timings.early_completion_s)),
            )
        except ConditionFailed:
            # The starter was quicker after all. The completion is used up, so the row has to be read again here.
            current = await self._deployment.jobs.get(job.key)
            return current if current and current.state is JobState.RUNNING and current.start.job_id == job_id else None

    async def _succeeded(self, job: Job, page: dict[str, Any], told: Completion | None) -> None:
        now = self._clock.now_ms()
        ended = told.at_ms if told and told.at_ms and (job.times.running_ms or 0) <= told.at_ms <= now else now
        duration_ms = _duration_ms(job.analysis, page)
        price = self._settings.price_per_minute(job.analysis)
        collecting = await self._closer.end_attempt(
            job,
            transitions.collecting(
                job,
                ended_ms=ended,
                completion_received_ms=now if told else job.times.completion_received_ms,
                duration_ms=duration_ms,
                due_at_ms=now + as_ms(self._settings.recheck_collecting_s),
            ),
            spent_micros=job.reserved.micros if duration_ms is None else cost_micros(duration_ms, price),
        )
        if collecting is not None:
            await self._collector.collect(collecting, page)

    async def _failed(self, job: Job, status_message: str) -> None:
        failure = failed_job(status_message)
        failure = replace(failure, message=f"{job.video.uri}: {failure.message}")
        failures = job.failures + 1
        if not failure.retryable or failures >= self._settings.max_failures:
            await self._closer.fail(job, failure)
            return
        delay_s = min(LONGEST_DELAY_S, self._settings.retry_delay_s * 2**job.failures)
        due_at_ms = self._clock.now_ms() + as_ms(delay_s + self._settings.recheck_waiting_s)
        waiting = await self._closer.end_attempt(job, transitions.failed_for_now(job, due_at_ms=due_at_ms))
        if waiting is not None:
            _log.warning("attempt_failed", message=status_message, failures=failures, again_in_s=delay_s)
            self._deployment.metrics.count("AttemptsFailed", Analysis=job.analysis)
            await self._attempts.send(waiting, delay_s=delay_s)

    async def _check_later(self, job: Job, *, early: bool) -> None:
        now = self._clock.now_ms()
        due_at_ms = now + as_ms(self._timings.early_completion_s if early else self._settings.recheck_running_s)
        later = (
            transitions.completion_early(job, now_ms=now, due_at_ms=due_at_ms)
            if early
            else replace(job, due_at_ms=due_at_ms)
        )
        try:
            await self._deployment.jobs.change(job, later, unchanged=("due_at",))
        except ConditionFailed:
            return

    async def _expired(self, job: Job) -> None:
        estimate = job.reserved.micros or await self._reservations.estimate(job)
        _log.warning("result_expired", job_id=job.start.job_id, estimated_usd=estimate / 1_000_000)
        failure = replace(
            RESULT_EXPIRED,
            message=f"{RESULT_EXPIRED.message}; its minutes are not known: by the size of the video it cost about"
            f" {estimate / 1_000_000:.6f} USD, which no sum contains",
        )
        await self._closer.fail(job, failure, spent_micros=job.reserved.micros)


def _duration_ms(analysis: Analysis, page: dict[str, Any]) -> int | None:
    """The duration on an answer's first page. None where that cannot be read: whoever reads the answer says so."""
    try:
        return Answer.of(analysis, [page | {analysis.spec.rows: [], "NextToken": None}]).duration_ms
    except MalformedAnswerError:
        return None
