"""RUNNING: ask what became of a job, and free its slot as soon as it has ended."""

from dataclasses import replace
from typing import Any

import structlog

from reelsift.aws.errors import Unanswered
from reelsift.aws.jobs import Jobs
from reelsift.aws.metrics import Metrics
from reelsift.aws.queue import LONGEST_DELAY_S
from reelsift.aws.rekognition import ResultExpired
from reelsift.aws.table import ConditionFailed
from reelsift.domain import transitions
from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer
from reelsift.domain.cost import billed_ms, cost_micros
from reelsift.domain.detections import MalformedAnswerError
from reelsift.domain.failure import failed_job
from reelsift.domain.job import Job, JobState, job_tag
from reelsift.jobs.attempts import Attempts
from reelsift.jobs.closer import Closer
from reelsift.jobs.collector import RESULT_EXPIRED, Collector
from reelsift.jobs.reservations import Reservations
from reelsift.jobs.troubles import Troubles
from reelsift.manifests.notification import Completion
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings

_log = structlog.get_logger(__name__)


class StatusPoller:
    """Checks jobs whose completion has come, or whose check is due."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        collector: Collector,
        attempts: Attempts,
        closer: Closer,
        reservations: Reservations,
        troubles: Troubles,
        metrics: Metrics,
        settings: Settings,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._collector = collector
        self._attempts = attempts
        self._closer = closer
        self._reservations = reservations
        self._troubles = troubles
        self._metrics = metrics
        self._settings = settings
        self._timings = timings
        self._clock = clock

    async def check(self, job: Job, completion: Completion | None = None) -> None:
        """Ask Rekognition what became of a job, and do what follows.

        Raises Unanswered where Rekognition fails over the request; that is noted.

        `completion` is what Rekognition has sent about it, if that is why it is checked. Its JobId serves where the
        worker that has started the job has not recorded it yet, or never will; its time, as the end of the job.
        """
        job_id = job.start.job_id or (completion.job_id if completion else None)
        if job_id is None:
            return
        try:
            page = await self._collector.page(job.analysis, job_id)
        except ResultExpired:
            if job.state is JobState.RUNNING:
                await self._expired(job)
            return
        except Unanswered as error:
            if job.state is JobState.RUNNING:
                recheck_s = min(self._settings.recheck_running_s, self._timings.trouble_check_s)
                await self._troubles.with_rekognition(job, str(error), recheck_s=recheck_s)
            raise
        if job.state is JobState.STARTING:
            adopted = await self._adopt(job, job_id, page)
            if adopted is None:
                return
            job = adopted
        match page.get("JobStatus"):
            case "SUCCEEDED":
                await self._succeeded(job, page, completion)
            case "FAILED":
                await self._failed(job, str(page.get("StatusMessage") or ""))
            case _:
                await self._check_later(job, early=completion is not None)

    async def _adopt(self, job: Job, job_id: str, page: dict[str, Any]) -> Job | None:
        """Record the JobId that a completion names. Only Rekognition's own answer proves that the job is this one."""
        if page.get("JobTag") != job_tag(self._settings.deployment, job.current):
            _log.warning("foreign_completion", job_id=job_id)
            return None
        now = self._clock.now_ms()
        try:
            return await self._jobs.change(
                job,
                transitions.running(job, job_id, now_ms=now, due_at_ms=now + as_ms(self._timings.early_completion_s)),
            )
        except ConditionFailed:
            # The starter was quicker after all. The completion is used up, so the row has to be read again here.
            current = await self._jobs.get(job.key)
            return current if current and current.state is JobState.RUNNING and current.start.job_id == job_id else None

    async def _succeeded(self, job: Job, page: dict[str, Any], completion: Completion | None) -> None:
        now = self._clock.now_ms()
        ended = completion.at_ms if completion else None
        if ended is None or not (job.times.running_ms or 0) <= ended <= now:
            ended = now
        duration_ms = _duration_ms(job.analysis, page)
        billed = None if duration_ms is None else billed_ms(duration_ms, self._settings.least_billed_ms)
        price = self._settings.price_per_minute(job.analysis)
        collecting = await self._attempts.end(
            job,
            transitions.collecting(
                job,
                ended_ms=ended,
                completion_received_ms=now if completion else job.times.completion_received_ms,
                duration_ms=duration_ms,
                billed_ms=billed or 0,
                due_at_ms=now + as_ms(self._settings.recheck_collecting_s),
            ),
            spent_micros=job.reserved.micros if billed is None else cost_micros(billed, price),
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
        waiting = await self._attempts.end(job, transitions.failed_for_now(job, due_at_ms=due_at_ms))
        if waiting is not None:
            _log.warning("attempt_failed", message=status_message, failures=failures, again_in_s=delay_s)
            self._metrics.count("AttemptsFailed", Analysis=job.analysis)
            await self._attempts.send(waiting, delay_s=delay_s)

    async def _check_later(self, job: Job, *, early: bool) -> None:
        now = self._clock.now_ms()
        due_at_ms = now + as_ms(self._timings.early_completion_s if early else self._settings.recheck_running_s)
        later = (
            transitions.completion_early(job, now_ms=now, due_at_ms=due_at_ms)
            if early
            else transitions.status_asked(job, due_at_ms=due_at_ms)
        )
        try:
            await self._jobs.change(job, later, unchanged=("due_at",))
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
