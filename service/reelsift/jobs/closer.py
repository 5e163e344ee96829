"""SETTLED to CLOSED: hand the result to every line that waits for it, send the alert, and only then close."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress

import structlog

from reelsift.aws.deployment import Deployment
from reelsift.aws.jobs import Unchanged
from reelsift.aws.table import ConditionFailed, TransactionRefused
from reelsift.aws.waiters import Waiter
from reelsift.domain import transitions
from reelsift.domain.alert import Alert
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import LET_GO, Job, JobKey, JobState
from reelsift.domain.line import Line, OutcomeStatus
from reelsift.domain.mail_digest import Mention
from reelsift.domain.outcome import Outcome, conclude, followed
from reelsift.domain.video import ObjectRef
from reelsift.jobs.slot_pool import SlotPool
from reelsift.manifests.messages import encode_line
from reelsift.runtime.clock import Clock, as_ms

WAITERS_AT_ONCE = 500
"""Lines of one video resolved together: a video may stand in a manifest a million times."""

MOST_CONTENT_CHANGES = 3
"""A line whose object keeps changing while it is analysed follows it this often."""

_log = structlog.get_logger(__name__)


class Closer:
    """Ends jobs, and lines with them. Everything here may be done twice: outcomes are written once."""

    def __init__(self, deployment: Deployment, pool: SlotPool, owner: str, clock: Clock) -> None:
        self._clock = clock
        self._deployment = deployment
        self._pool = pool
        self._owner = owner

    async def fail(self, job: Job, failure: Failure, *, spent_micros: int = 0) -> None:
        """End a job that holds a slot with a permanent failure, and hand that out. `spent_micros` as of `end_attempt`.

        A Start that somebody else has replayed meanwhile may have been accepted there: then nothing is ended here.
        """
        settled = await self.end_attempt(
            job,
            self._failed(job, failure),
            spent_micros=spent_micros,
            unchanged=("sends",) if job.state is JobState.STARTING else (),
        )
        if settled is not None:
            await self.close(settled)

    async def fail_without_slot(self, job: Job, failure: Failure) -> None:
        """The same for a job that is WAITING or COLLECTING."""
        try:
            settled = await self._deployment.jobs.change(job, self._failed(job, failure))
        except ConditionFailed:
            return
        await self.close(settled)

    def _failed(self, job: Job, failure: Failure) -> Job:
        now = self._clock.now_ms()
        return transitions.failed(job, failure, now_ms=now, due_at_ms=self.due_at(now))

    async def end_attempt(
        self, job: Job, ended: Job, *, spent_micros: int = 0, unchanged: Sequence[Unchanged] = ()
    ) -> Job | None:
        """Write a transition that ends an attempt together with its slot, which this worker takes over, and its
        budgets: of what it had reserved, `spent_micros` (millionths of a dollar) are spent. Returns the job after it.

        None where another worker has made the transition.
        """
        if job.start.slot is None:
            raise ValueError(f"{job.current} ends without a slot")
        job_item = self._deployment.jobs.change_item(job, ended, unchanged=unchanged)
        reserved_until = self._pool.reservation_end_ms()
        slots = self._deployment.slots
        take_over = not self._pool.closed
        slot_item = (
            slots.hand_over(job.start.slot, job.current, self._owner, until_ms=reserved_until)
            if take_over
            else slots.free(job.start.slot, job.current)
        )
        settled = self._deployment.budgets.settle_items(job.reserved, spent_micros)
        try:
            await self._deployment.jobs.table.transact([slot_item, job_item, *settled])
        except TransactionRefused:
            return None
        if take_over:
            self._pool.hand_over(job.start.slot, reserved_until)
        return ended

    async def close(self, job: Job, alert: Alert | None = None) -> None:
        """From SETTLED to CLOSED. `alert` is given by whoever has just settled the job; else it is read again."""
        # Side by side: an alert is not to wait for a million lines, nor a line for a topic that does not answer.
        done = await asyncio.gather(self._hand_out(job), self._alert(job, alert), return_exceptions=True)
        for error in done:
            if isinstance(error, BaseException):
                raise error
        if not done[0]:
            return
        try:
            closed = await self._deployment.jobs.change(job, transitions.closed(job, now_ms=self._clock.now_ms()))
        except ConditionFailed:
            return
        self._report(closed)

    async def _hand_out(self, job: Job) -> bool:
        """End the lines that wait for a job. False where this worker slept through the close: they wait for a later
        attempt then, not for this result.
        """
        more = True
        while more:
            # One read to the end is enough: whoever starts to wait after SETTLED reads the job after that, and ends
            # its line itself.
            waiters = await self._deployment.waiters.of_job(job.key, WAITERS_AT_ONCE)
            if waiters and not await self._is_still(job):
                return False
            await self.resolve([waiter.line for waiter in waiters], job)
            await self._deployment.waiters.remove(waiters)
            more = len(waiters) == WAITERS_AT_ONCE
        return True

    async def resolve(self, lines: Sequence[Line], job: Job) -> None:
        """End lines that met `job`, except those whose other analyses still run: these wait for them."""
        outcomes: list[Outcome] = []
        joined: list[Waiter] = []
        prices = self._deployment.settings.prices
        for line in lines:
            jobs = [job] if line.analyses == (job.analysis,) else await self._jobs_of(line, job, joined)
            outcome = conclude(line, jobs, prices, now_ms=self._clock.now_ms())
            if outcome is None:
                continue
            if outcome.reason is Reason.OBJECT_CHANGED and line.content_changes < MOST_CONTENT_CHANGES:
                # The object's content changed under the line: it is admitted with what the object holds now.
                await self._send_anew(line, followed(line, jobs, prices))
            elif outcome.status is OutcomeStatus.FAILED and outcome.reason in LET_GO:
                # Whoever had asked for the analysis was stopped before it ran: each line is admitted on its own.
                await self._send_anew(line, line)
            else:
                outcomes.append(outcome)
        await self._deployment.outcomes.record(outcomes)
        await self._deployment.waiters.remove(joined)

    async def _send_anew(self, line: Line, anew: Line) -> None:
        """Send a line to be admitted anew, unless it has ended: a worker that died between a line's outcome and the
        removal of its waiter leaves that behind, and what the line started now would be paid for nobody.
        """
        if await self._deployment.outcomes.get(line.id) is None:
            await self._deployment.intake_for(priority=line.priority).send([encode_line(anew)])

    async def _jobs_of(self, line: Line, job: Job, joined: list[Waiter]) -> Sequence[Job]:
        """All jobs of a line with several analyses; none where one is not even written yet.

        What has no result may have been started again since the line met it, and its end would not know the line:
        so the line waits for it, and it is read once more after that. Where it has its result by then, the waiter is
        added to `joined`, to be taken away when the line has ended.
        """
        keys = [JobKey(job.key.video_id, analysis) for analysis in line.analyses]
        jobs = await self._deployment.jobs.get_many(keys)
        waiters: list[Waiter] = []
        for other in jobs:
            if not other.has_result:
                with suppress(ConditionFailed):
                    waiters.append(await self._deployment.waiters.add(other.key, line))
        if waiters:
            jobs = await self._deployment.jobs.get_many(keys)
            if len(jobs) == len(keys) and all(other.has_result for other in jobs):
                joined += waiters
        return jobs if len(jobs) == len(keys) else []

    async def _is_still(self, job: Job) -> bool:
        """Whether the job is SETTLED in the same attempt, by a consistent read."""
        current = await self._deployment.jobs.get(job.key)
        return current is not None and current.state is JobState.SETTLED and current.attempt == job.attempt

    async def _alert(self, job: Job, alert: Alert | None) -> None:
        """Send the alert of a job that has labels at or above the threshold."""
        if not job.result.alerts:
            return
        if alert is None:
            alert = await self._stored_alert(job)
        await self._deployment.alerts.publish(alert)
        if self._deployment.outbox is not None:
            await self._deployment.outbox.note(_mention(job, alert))
        metrics = self._deployment.metrics
        metrics.count("Alerts")
        if job.times.ended_ms is not None:
            metrics.observe("CompletionToAlertSeconds", max(0, self._clock.now_ms() - job.times.ended_ms) / 1000)
        _log.info("alert_sent", alert_id=alert.alert_id, labels=job.result.alerts)

    async def _stored_alert(self, job: Job) -> Alert:
        """The alert as it was written when the verdict was made: a policy changed since does not change it."""
        assert job.result.result_key is not None  # noqa: S101 - a job with alerts has its result stored
        document = json.loads(await self._deployment.work.get(job.result.result_key))
        return Alert(**document["alert"])

    def due_at(self, now: int) -> int:
        """When a SETTLED job whose worker died is looked at."""
        return now + as_ms(self._deployment.settings.recheck_settled_s)

    def _report(self, job: Job) -> None:
        """The one line a finished job has in the log, and its counts."""
        metrics = self._deployment.metrics
        seconds = ((job.times.ended_ms or 0) - (job.times.running_ms or job.times.ended_ms or 0)) / 1000
        if job.result.failure is not None:
            metrics.count("Failed", Analysis=job.analysis, Reason=job.result.failure.reason)
        else:
            metrics.count("Succeeded", Analysis=job.analysis)
            if job.content.result_from_uri is None:
                metrics.observe("JobSeconds", seconds, Analysis=job.analysis)
        if job.result.billed_ms:
            minutes = job.result.billed_ms / 60_000
            metrics.count("BilledMinutes", minutes, Analysis=job.analysis)
            metrics.count("Spend", minutes * float(self._deployment.settings.price_per_minute(job.analysis)))
        if job.result.verdict is not None:
            metrics.count("Verdicts", Verdict=job.result.verdict)
        _log.info(
            "finished",
            video=job.video.uri,
            state=job.state,
            failure=job.result.failure.reason if job.result.failure else None,
            message=job.result.failure.message if job.result.failure else None,
            verdict=job.result.verdict,
            peak=job.result.peak_label,
            peak_confidence=job.result.peak_confidence,
            minutes=round(job.result.billed_ms / 60_000, 3),
            job_seconds=round(seconds, 3),
        )


def _mention(job: Job, alert: Alert) -> Mention:
    categories, confidence = alert.attributes["category"], alert.attributes["max_confidence"]
    assert isinstance(categories, list)  # noqa: S101 - as domain.alert makes them
    assert isinstance(confidence, int | float)  # noqa: S101 - the same
    return Mention(
        alert_id=alert.alert_id,
        ref=ObjectRef(job.video.bucket, job.video.key),
        verdict=job.result.verdict or "",
        categories=tuple(categories),
        label=alert.label,
        confidence=confidence,
        peak_ms=alert.peak_ms,
        settled_ms=job.times.settled_ms or 0,
        subject=alert.subject,
        text=alert.text,
    )
