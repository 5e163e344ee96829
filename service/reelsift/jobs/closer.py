"""SETTLED to CLOSED: all that follows a result is done, and only then is the job closed."""

from collections.abc import Sequence

from reelsift.aws.errors import is_outage
from reelsift.aws.jobs import Jobs
from reelsift.aws.objects import WorkBucket
from reelsift.aws.table import ConditionFailed
from reelsift.domain import transitions
from reelsift.domain.alert import Alert
from reelsift.domain.failure import Failure
from reelsift.domain.job import Job
from reelsift.domain.result import read_head
from reelsift.jobs.attempts import Attempts
from reelsift.jobs.sinks import ClosedSink, ResultSink
from reelsift.jobs.waiting_lines import WaitingLines
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.faults import Faults
from reelsift.runtime.tasks import finish_all
from reelsift.settings import Settings


class Closer:
    """Ends jobs. A close may be repeated, by any worker, until it is recorded."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        work: WorkBucket,
        attempts: Attempts,
        lines: WaitingLines,
        sinks: Sequence[ResultSink],
        closed_sinks: Sequence[ClosedSink],
        faults: Faults,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._work = work
        self._attempts = attempts
        self._lines = lines
        self._sinks = tuple(sinks)
        self._closed_sinks = tuple(closed_sinks)
        self._faults = faults
        self._settings = settings
        self._clock = clock

    async def fail(self, job: Job, failure: Failure, *, spent_micros: int = 0) -> None:
        """End a job without an answer, and close it. Of what its attempt has reserved `spent_micros` are spent.

        Does nothing where another worker has made a transition of it meanwhile, or has replayed its Start.
        """
        now = self._clock.now_ms()
        failed = await self._attempts.fail(
            job, transitions.failed(job, failure, now_ms=now, due_at_ms=self.due_at(now)), spent_micros=spent_micros
        )
        if failed is not None:
            await self.close(failed)

    async def close(self, job: Job, alert: Alert | None = None) -> None:
        """From SETTLED to CLOSED. `alert` is given by whoever has just settled the job; else it is read again.

        Where something that follows the result fails, all else is done and the job stays SETTLED: the next check
        repeats it. What failed is raised, as of `finish_all`.
        """
        # Side by side: an alert is not to wait for a million lines, nor a line for a topic that does not answer.
        await finish_all(self._lines.deliver(job), self._call_sinks(job, alert))
        await self._closed(job)

    async def give_up(self, job: Job, why: str) -> None:
        """From SETTLED to CLOSED, although something that follows the result fails again and again, for `why`.

        Each waiting line ends all the same, with the result if that can be, else as `gave_up`. A sink that fails once
        more is left out, and the row says so. An outage is no reason: it is raised, and the next check repeats all.
        """
        await self._lines.give_up(job, why)
        undelivered = None
        try:
            await self._call_sinks(job, None)
        except Exception as error:
            if is_outage(error):
                raise
            self._faults.swallow("sinks_given_up", error, video=job.video.uri, alerts=job.result.alerts)
            undelivered = why
        await self._closed(job, undelivered=undelivered)

    async def _closed(self, job: Job, *, undelivered: str | None = None) -> None:
        now = self._clock.now_ms()
        try:
            closed = await self._jobs.change(job, transitions.closed(job, now_ms=now, undelivered=undelivered))
        except ConditionFailed:
            # Another worker was quicker, and perhaps the next attempt is under way.
            return
        for sink in self._closed_sinks:
            sink.closed(closed)

    def due_at(self, now_ms: int) -> int:
        """When a SETTLED job whose worker has died is checked."""
        return now_ms + as_ms(self._settings.recheck_settled_s)

    async def _call_sinks(self, job: Job, alert: Alert | None) -> None:
        if alert is None and job.result.alerts:
            alert = await self._stored_alert(job)
        await finish_all(*(sink.settled(job, alert) for sink in self._sinks))

    async def _stored_alert(self, job: Job) -> Alert:
        """The alert as it was written when the verdict was made: a policy changed since does not change it."""
        assert job.result.result_key is not None  # noqa: S101 - a job with alerts has its result stored
        head = read_head(await self._work.get(job.result.result_key))
        return Alert(**head["alert"])
