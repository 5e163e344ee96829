"""SETTLED to CLOSED: all that follows a result is done, and only then is the job closed."""

from collections.abc import Sequence

from reelsift.aws.errors import is_outage
from reelsift.aws.jobs import Jobs
from reelsift.aws.table import ConditionFailed
from reelsift.domain import transitions
from reelsift.domain.failure import Failure
from reelsift.domain.job import Job
from reelsift.events.teller import StatusTeller
from reelsift.jobs.attempts import Attempts
from reelsift.jobs.sinks import ClosedSink, ResultSink
from reelsift.jobs.verdicts import Concluded, Verdicts
from reelsift.jobs.waiting_lines import WaitingLines
from reelsift.reviews.analysis_result import FreshResult
from reelsift.reviews.items import Items
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
        verdicts: Verdicts,
        teller: StatusTeller,
        attempts: Attempts,
        lines: WaitingLines,
        items: Items,
        sinks: Sequence[ResultSink],
        closed_sinks: Sequence[ClosedSink],
        faults: Faults,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._verdicts = verdicts
        self._teller = teller
        self._attempts = attempts
        self._lines = lines
        self._items = items
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

    async def close(self, job: Job, fresh: FreshResult | None = None) -> None:
        """From SETTLED to CLOSED. `fresh` is given by whoever has just settled the job; else its result is read again.

        The verdict comes first: outcomes, alerts and events tell of it. Whether the bus takes the status or not, the
        job is closed. Where something that follows the verdict fails, all else is done and the job stays SETTLED: the
        next check repeats it. What failed is raised, as of `finish_all`.
        """
        concluded = await self._verdicts.conclude(job, fresh)
        # Side by side: an alert or an event is not to wait for a million lines, nor a line for a topic that does not
        # answer.
        await finish_all(
            self._lines.deliver(job, concluded.said),
            self._call_sinks(job, concluded),
            self._ask_people(concluded),
            self._teller.tell(concluded.row),
        )
        await self._closed(job)

    async def give_up(self, job: Job, why: str) -> None:
        """From SETTLED to CLOSED, although something that follows the result fails again and again, for `why`.

        Each waiting line ends all the same, with the result if that can be, else as `gave_up`. A verdict that cannot be
        made, or a sink that fails once more, is left out, and the row says so. An outage is no reason: it is raised,
        and the next check repeats all.
        """
        concluded, undelivered = Concluded(), None
        try:
            concluded = await self._verdicts.conclude(job)
        except Exception as error:
            if is_outage(error):
                raise
            self._faults.swallow("verdict_given_up", error, video=job.video.uri)
            undelivered = why
        await self._lines.give_up(job, why, concluded.said)
        try:
            await self._call_sinks(job, concluded)
        except Exception as error:
            if is_outage(error):
                raise
            self._faults.swallow("sinks_given_up", error, video=job.video.uri)
            undelivered = why
        try:
            await self._ask_people(concluded)
        except Exception as error:
            if is_outage(error):
                raise
            self._faults.swallow("items_given_up", error, video=job.video.uri)
            undelivered = why
        await self._teller.tell(concluded.row)
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

    async def _ask_people(self, concluded: Concluded) -> None:
        if concluded.row is not None:
            await self._items.settle(concluded.row)

    async def _call_sinks(self, job: Job, concluded: Concluded) -> None:
        alerts = await self._verdicts.unsent_alerts(concluded)
        await finish_all(*(sink.settled(job, alerts) for sink in self._sinks))
        await self._verdicts.alerts_sent(concluded, alerts)
