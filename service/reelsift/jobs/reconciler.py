"""The reconciler: repeats the step of every job that is overdue. Any worker may, all at once."""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice

import structlog

from reelsift.aws.errors import is_outage
from reelsift.aws.jobs import Jobs
from reelsift.aws.metrics import Metrics
from reelsift.aws.slots import Slot, Slots
from reelsift.aws.table import ConditionFailed
from reelsift.domain import transitions
from reelsift.domain.job import Attempt, Job, JobState
from reelsift.jobs.attempts import Attempts
from reelsift.jobs.closer import Closer
from reelsift.jobs.collector import Collector
from reelsift.jobs.giving_up import GivingUp
from reelsift.jobs.sharing import Sharing
from reelsift.jobs.slot_pool import SlotPool
from reelsift.jobs.starter import Starter
from reelsift.jobs.status_poller import StatusPoller
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.faults import Faults
from reelsift.runtime.tasks import Tasks
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings

DUE_AT_ONCE = 50
"""Overdue jobs read at a time; there are more only after an outage."""

STORING_FAILS = 20
"""So many answers overdue at a time are no accident of single workers."""

SUSPECT = 2
"""A job over which so many workers seem to have died is handled alone: others are not to die with it, and are not to be
blamed for it.
"""

_HEAVY = frozenset({JobState.COLLECTING, JobState.SETTLED})
"""States whose step reads or makes a whole answer: the memory of a worker may not be enough for it."""

ORPHANS_ASKED = 100
"""Jobs asked for in one sweep, in one request: not one for each job that is rightly open for minutes."""

_log = structlog.get_logger(__name__)


class Reconciler:
    """Claims overdue jobs by moving their due time, and does what their state asks for."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        slots: Slots,
        attempts: Attempts,
        starter: Starter,
        status_poller: StatusPoller,
        collector: Collector,
        closer: Closer,
        sharing: Sharing,
        giving_up: GivingUp,
        pool: SlotPool,
        metrics: Metrics,
        faults: Faults,
        settings: Settings,
        stop: asyncio.Event,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._slots = slots
        self._attempts = attempts
        self._starter = starter
        self._status_poller = status_poller
        self._collector = collector
        self._closer = closer
        self._sharing = sharing
        self._giving_up = giving_up
        self._pool = pool
        self._metrics = metrics
        self._faults = faults
        self._settings = settings
        self._stop = stop
        self._timings = timings
        self._clock = clock
        self._tasks = Tasks(faults, timings, clock)
        self._at_suspect = False

    async def step(self) -> None:
        """Take up every job whose time has come and that no other worker has claimed, until this one is to stop."""
        due = await self._jobs.due(self._clock.now_ms(), DUE_AT_ONCE)
        if sum(job.state is JobState.COLLECTING for job in due) >= STORING_FAILS:
            # What was paid for cannot be stored: to start more would only pay for more that cannot.
            _log.error("results_not_stored", jobs=len(due), mend="check the work bucket, its key, and the labels table")
            self._pool.pause(self._settings.reconcile_s * 2)
        for job in due:
            suspect = job.taken_up >= SUSPECT
            room = await self._tasks.room(1 if suspect or self._at_suspect else self._settings.collectors)
            if not room or self._stop.is_set():
                return
            self._at_suspect = suspect
            self._tasks.spawn(self._repeat(job))

    async def drain(self) -> None:
        await self._tasks.join()

    async def leave_off(self) -> None:
        """End what has not ended in time. Whoever takes it up next is not to count this worker among those that have
        died over it.
        """
        await self._tasks.leave_off()

    async def free_orphans(self) -> None:
        """Free slots whose holder's row was deleted or edited by hand: nobody else would ever come for them.

        Of many slots it asks for the jobs of those held the longest: an orphan is one of them sooner or later.
        """
        old_ms = self._clock.now_ms() - as_ms(self._timings.orphan_slot_s)
        held = [slot for slot in await self._slots.all() if slot.holder is not None]
        old = sorted((slot for slot in held if slot.held_since_ms <= old_ms), key=lambda slot: slot.held_since_ms)
        holders = dict(islice(_readable_holders(old), ORPHANS_ASKED))
        if not holders:
            return
        jobs, unreadable = await self._jobs.get_readable(list({attempt.key for attempt in holders.values()}))
        for slot, attempt in holders.items():
            job = jobs.get(attempt.key)
            if attempt.key in unreadable:
                # Of that nobody here can say whether it knows its slot.
                continue
            if job is not None and job.attempt == attempt.number and job.start.slot == slot.number:
                continue
            if await self._attempts.free_orphan(slot, attempt):
                _log.warning("orphan_slot_freed", slot=slot.number, holder=slot.holder)

    async def _repeat(self, job: Job) -> None:
        with structlog.contextvars.bound_contextvars(
            job=str(job.key),
            video_id=job.key.video_id,
            attempt=job.attempt,
            batch=job.asked.by.batch_id,
            line=job.asked.by.line,
        ):
            try:
                await self._claimed(job)
            except Exception as error:  # noqa: BLE001 - one job's failure must not become the loop's
                self._faults.pass_over("job_failed", error, then="checked again")
                if not is_outage(error):
                    await self._giving_up.program_failed(job.current, error)

    async def _claimed(self, job: Job) -> None:
        heavy = job.state in _HEAVY
        due_at_ms = self._clock.now_ms() + self._pause_ms(job.state)
        try:
            job = await (self._jobs.take_up if heavy else self._jobs.postpone)(job, due_at_ms)
        except ConditionFailed:
            return
        # Who has taken it up before had died: this one does not count until it has too.
        if heavy and await self._giving_up.workers_died(transitions.put_down(job)):
            return
        _log.info("overdue", state=job.state)
        self._metrics.count("Overdue", State=job.state)
        try:
            await self._do(job)
        except (Exception, asyncio.CancelledError):
            if heavy:
                await self._jobs.put_down(job)
            raise
        if heavy:
            await self._jobs.put_down(job)

    async def _do(self, job: Job) -> None:
        match job.state:
            case JobState.WAITING if job.content.duplicate_of_id is not None:
                await self._share(job)
            case JobState.WAITING:
                await self._attempts.send(job)
            case JobState.STARTING:
                await self._starter.replay(job)
            case JobState.RUNNING:
                await self._status_poller.check(job)
            case JobState.COLLECTING:
                await self._collector.collect(job)
            case JobState.SETTLED:
                await self._closer.close(job)

    async def _share(self, job: Job) -> None:
        try:
            collecting = await self._sharing.check(job)
        except ConditionFailed:
            return
        if collecting is not None:
            await self._collector.collect(collecting)

    def _pause_ms(self, state: JobState) -> int:
        """When the job is checked again if this worker dies over it."""
        seconds = {
            JobState.WAITING: self._settings.recheck_waiting_s,
            JobState.STARTING: self._settings.recheck_starting_s,
            JobState.RUNNING: self._settings.recheck_running_s,
            JobState.COLLECTING: self._settings.recheck_collecting_s,
            JobState.SETTLED: self._settings.recheck_settled_s,
        }
        return as_ms(seconds[state])


def _readable_holders(held: Iterable[Slot]) -> Iterator[tuple[Slot, Attempt]]:
    """The attempts that hold slots, but for those of an analysis that this version does not know."""
    for slot in held:
        try:
            attempt = Attempt.parse(slot.holder or "")
        except ValueError:
            continue
        yield slot, attempt
