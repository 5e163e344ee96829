"""A result and the lines that wait for it: each ends with its outcome, waits on, or is admitted anew."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

from reelsift.aws.errors import is_outage
from reelsift.aws.jobs import Jobs
from reelsift.aws.outcomes import Outcomes
from reelsift.aws.queue import Queue, QueueName, line_queue
from reelsift.aws.table import ConditionFailed
from reelsift.aws.waiters import Waiters
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.job import LET_GO, Job, JobKey, JobState
from reelsift.domain.line import Line, OutcomeStatus
from reelsift.domain.outcome import Outcome, conclude, failed, followed, paid_micros, paid_ms
from reelsift.domain.video_verdict import PENDING, Said
from reelsift.jobs.verdicts import Verdicts
from reelsift.manifests.messages import encode_line
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults

WAITERS_AT_ONCE = 500
"""Lines of one video that end together: a video may stand in a manifest a million times."""

MOST_CONTENT_CHANGES = 3
"""A line whose object keeps changing while it is analysed follows it this often."""


class WaitingLines:
    """Ends lines with results. Everything here may be done twice: an outcome is written once."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        outcomes: Outcomes,
        waiters: Waiters,
        verdicts: Verdicts,
        queues: Mapping[QueueName, Queue],
        prices: Mapping[Analysis, Decimal],
        required: Collection[Analysis],
        faults: Faults,
        clock: Clock,
    ) -> None:
        """`prices` are dollars a minute, `required` the analyses without which a line has failed, as for `conclude`."""
        self._jobs = jobs
        self._outcomes = outcomes
        self._waiters = waiters
        self._verdicts = verdicts
        self._queues = queues
        self._prices = prices
        self._required = required
        self._faults = faults
        self._clock = clock

    async def deliver(self, job: Job, said: Said) -> None:
        """End all lines that wait for a SETTLED job; `said` is what their outcomes say of its verdict.

        None of them where this worker has slept through its close: they wait for a later attempt, not for this result.
        Raises WaitersUnreadable once all others have ended, where this version cannot read some.
        """
        more = True
        while more:
            # One read to the end is enough: whoever starts to wait after SETTLED reads the job after that, and ends
            # its line itself.
            waiters, more = await self._waiters.to_end(job.key, WAITERS_AT_ONCE)
            if waiters and not await self._is_still(job):
                return
            await self.end([waiter.line for waiter in waiters], job, said)
            await self._waiters.remove(waiters)

    async def give_up(self, job: Job, why: str, said: Said) -> None:
        """As `deliver`, line by line: one that cannot be ended with the result ends as `gave_up`, for `why`. What fails
        because of an outage is raised.
        """
        while waiters := (await self._waiters.to_end(job.key, WAITERS_AT_ONCE))[0]:
            if not await self._is_still(job):
                return
            for waiter in waiters:
                try:
                    await self.end([waiter.line], job, said)
                except Exception as error:
                    if is_outage(error):
                        raise
                    self._faults.swallow(
                        "line_given_up", error, batch=waiter.line.id.batch_id, line=waiter.line.id.line
                    )
                    await self._outcomes.record([self._given_up(waiter.line, job, why)])
            await self._waiters.remove(waiters)

    async def end(self, lines: Sequence[Line], job: Job, said: Said) -> list[Line]:
        """End lines that have met the result of `job`, with the verdict of its video. Those whose other analyses still
        run wait for these, and are returned.
        """
        outcomes: list[Outcome] = []
        ended: list[Line] = []
        waiting: list[Line] = []
        for line in lines:
            jobs = [job] if line.analyses == (job.analysis,) else await self._jobs_of(line, job)
            now_ms = self._clock.now_ms()
            outcome = conclude(line, jobs, self._prices, self._required, said=said, now_ms=now_ms)
            if outcome is not None and outcome.verdict == PENDING and len(jobs) > 1:
                # One that the policy needs was open when `said` was made, and has ended since.
                said = (await self._verdicts.conclude(job)).said
                outcome = conclude(line, jobs, self._prices, self._required, said=said, now_ms=now_ms)
            if outcome is None:
                waiting.append(line)
                continue
            if outcome.reason is Reason.OBJECT_CHANGED and line.content_changes < MOST_CONTENT_CHANGES:
                # The object's content changed under the line: it is admitted with what the object holds now.
                await self._send_anew(line, followed(line, jobs, self._prices))
            elif outcome.status is OutcomeStatus.FAILED and outcome.reason in LET_GO:
                # Whoever had asked for the analysis was stopped before it ran: each line is admitted on its own.
                await self._send_anew(line, line)
            else:
                outcomes.append(outcome)
                ended.append(line)
        await self._outcomes.record(outcomes)
        await self._clear(ended, job)
        return waiting

    async def _clear(self, lines: Sequence[Line], job: Job) -> None:
        """Take away the rows by which lines that have ended still wait for others of their jobs.

        Only now: as long as a line has not ended, any of these rows may be all there is of it, whatever the jobs say.
        Two workers that each rely on a row which the other takes away would lose it.
        """
        others = [
            (JobKey(job.key.video_id, analysis), line)
            for line in lines
            for analysis in line.analyses
            if analysis != job.analysis
        ]
        await self._waiters.remove(await self._waiters.of_lines(others))

    def _given_up(self, line: Line, job: Job, why: str) -> Outcome:
        """The outcome of a line that no result can end, with what it has paid."""
        now = self._clock.now_ms()
        outcome = failed(line.id, line.ref, Reason.GAVE_UP, why, now_ms=now, context=line.context)
        return replace(
            outcome,
            video_id=job.key.video_id,
            billed_ms=paid_ms(line, [job]),
            cost_micros=paid_micros(line, [job], self._prices),
        )

    async def _send_anew(self, line: Line, anew: Line) -> None:
        """Send a line to be admitted anew, unless it has ended: a worker that died between a line's outcome and the
        removal of its waiter leaves that behind, and what the line started now would be paid for nobody.
        """
        if await self._outcomes.get(line.id) is None:
            await self._queues[line_queue(priority=line.priority)].send([encode_line(anew)])

    async def _jobs_of(self, line: Line, job: Job) -> Sequence[Job]:
        """All jobs of a line with several analyses; none where one is not even written yet.

        What has no result may have been started again since the line met it, and its end would not know the line:
        so the line waits for it, and it is read once more after that.
        """
        keys = [JobKey(job.key.video_id, analysis) for analysis in line.analyses]
        jobs = await self._jobs.get_many(keys)
        waits = False
        for other in jobs:
            if not other.has_result:
                with suppress(ConditionFailed):
                    await self._waiters.add(other.key, line)
                    waits = True
        if waits:
            jobs = await self._jobs.get_many(keys)
        return jobs if len(jobs) == len(keys) else []

    async def _is_still(self, job: Job) -> bool:
        """Whether the job is SETTLED in the same attempt, by a consistent read."""
        current = await self._jobs.get(job.key)
        return current is not None and current.state is JobState.SETTLED and current.attempt == job.attempt
