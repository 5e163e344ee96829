"""Jobs that nothing else would end: this program fails over them again and again, or AWS over one of them alone."""

import structlog

from reelsift.aws.jobs import Jobs
from reelsift.aws.table import ConditionFailed
from reelsift.domain import transitions
from reelsift.domain.failure import Reason
from reelsift.domain.giving_up import given_up
from reelsift.domain.job import Attempt, Job, JobKey, JobState
from reelsift.jobs.closer import Closer
from reelsift.manifests.messages import AttemptMessage
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings

_log = structlog.get_logger(__name__)


class GivingUp:
    """Counts what fails, and gives jobs up. The recorded end frees the slot; nothing is started again by it."""

    def __init__(self, *, jobs: Jobs, closer: Closer, settings: Settings, timings: Timings, clock: Clock) -> None:
        self._jobs = jobs
        self._closer = closer
        self._settings = settings
        self._timings = timings
        self._clock = clock

    async def program_failed(self, attempt: Attempt, error: BaseException) -> None:
        """Note that this program has failed over an attempt, in whatever state it is now; give it up where that has
        happened `max_program_failures` times in one state.
        """
        job = await self._jobs.get(attempt.key)
        if job is None or job.attempt != attempt.number or job.state is JobState.CLOSED:
            return
        due_at_ms = min(job.due_at_ms or 0, self._clock.now_ms() + as_ms(self._timings.failed_job_retry_s))
        failed = transitions.program_failed(job, due_at_ms=due_at_ms)
        if failed.program_failures < self._settings.max_program_failures:
            try:
                await self._jobs.change(job, failed)
            except ConditionFailed:
                return
            return
        times = failed.program_failures
        await self.give_up(
            job, Reason.GAVE_UP, f"reelsift failed over it {times} times while it was {job.state}: {_words(error)}"
        )

    async def workers_died(self, job: Job) -> bool:
        """Give a job up over which `max_program_failures` workers in a row have died in one state; whether it is so."""
        if job.taken_up < self._settings.max_program_failures:
            return False
        await self.give_up(
            job,
            Reason.GAVE_UP,
            f"{job.taken_up} workers have died while they were at it and it was {job.state}: it may need more memory"
            " than they have",
        )
        return True

    async def message_failed(self, due: AttemptMessage, why: str) -> None:
        """Give up a WAITING job whose due attempt cannot even be begun: its message has failed too often."""
        job = await self._jobs.get(JobKey(due.video_id, due.analysis))
        if job is None or job.attempt != due.attempt or job.state is not JobState.WAITING:
            return
        if job.content.duplicate_of_id is None:
            await self.give_up(job, Reason.GAVE_UP, why)

    async def give_up(self, job: Job, reason: Reason, why: str) -> None:
        """End a job that is not CLOSED, without a result unless it has one. Does nothing where another worker has made
        a transition of it meanwhile. `reason` and `why` say what is to stand in outcomes.
        """
        _log.error("job_given_up", state=job.state, reason=reason, why=why)
        if job.state is JobState.SETTLED:
            await self._closer.give_up(job, why)
        else:
            # What the attempt may cost is known to nobody: what it has reserved counts as spent.
            await self._closer.fail(job, given_up(job, reason, why), spent_micros=job.reserved.micros)


def _words(error: BaseException) -> str:
    """An error in a line; of several the first."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"
