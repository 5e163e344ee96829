"""One line meets the jobs of its video: it starts them, joins them, or takes the result they have."""

from dataclasses import dataclass, replace

import structlog

from reelsift.aws.deployment import Deployment
from reelsift.aws.objects import ObjectUnusable
from reelsift.aws.slots import Slot
from reelsift.aws.table import ConditionFailed, TransactionRefused
from reelsift.domain.analysis import Analysis
from reelsift.domain.job import Admission, Job, JobKey, JobState, admission
from reelsift.domain.line import Line
from reelsift.domain.outcome import failed
from reelsift.domain.video import Video
from reelsift.manifests.messages import AttemptMessage
from reelsift.worker.clock import now_ms
from reelsift.worker.closer import Closer
from reelsift.worker.slot_pool import SlotPool
from reelsift.worker.starter import Starter, send_attempt

_log = structlog.get_logger(__name__)


class LineMustWait(Exception):
    """The line cannot be admitted at this moment; its message is to be sent anew."""


class LineSupersededError(Exception):
    """A later round of the line is under way: this is an old copy of its message."""


@dataclass(slots=True)
class SlotHold:
    """The slot a message was received under. Whoever binds it takes it; what is left goes back to the pool."""

    slot: Slot | None

    def take(self) -> Slot | None:
        slot, self.slot = self.slot, None
        return slot


class Admissions:
    """Admits lines and due attempts. A line that is delivered twice changes nothing the second time."""

    def __init__(self, deployment: Deployment, starter: Starter, closer: Closer, pool: SlotPool, owner: str) -> None:
        self._deployment = deployment
        self._settings = deployment.settings
        self._starter = starter
        self._closer = closer
        self._pool = pool
        self._owner = owner

    async def admit(self, line: Line, hold: SlotHold) -> None:
        """Do for a line what is to be done, up to the end of its Start. Raises LineMustWait."""
        try:
            video = await self._deployment.videos.head(line.ref)
        except ObjectUnusable as refusal:
            failure = refusal.failure
            _log.info("line_failed", reason=failure.reason, message=failure.message)
            outcome = failed(line.id, line.ref, failure.reason, failure.message, now_ms=now_ms())
            await self._deployment.outcomes.record([outcome])
            return
        line = replace(line, analyses=line.analyses or self._settings.analyses)
        try:
            met = [await self._meet(line, video, analysis, hold) for analysis in line.analyses]
        except LineSupersededError:
            return
        jobs = [job for job in met if job is not None]
        if len(jobs) == len(met):
            # Every result is there already: the line ends here.
            await self._closer.resolve([line], jobs[0])

    async def attempt(self, due: AttemptMessage, hold: SlotHold) -> None:
        """Start a job's due attempt, unless that has happened or the job is elsewhere by now."""
        job = await self._deployment.jobs.get(JobKey(due.video_id, due.analysis))
        if job is None or job.state is not JobState.WAITING or job.attempt != due.attempt:
            return
        slot = hold.take() or await self._another_slot()
        if slot is None:
            raise LineMustWait
        await self._bind(job, was=job, slot=slot, line=None)

    async def _meet(self, line: Line, video: Video, analysis: Analysis, hold: SlotHold) -> Job | None:
        """The job whose result answers the line already, or None: then its end will end the line."""
        key = JobKey(video.video_id, analysis)
        while True:
            job = await self._deployment.jobs.get(key)
            match admission(job, line, self._deployment.start_settings.model_settings):
                case Admission.TAKE_RESULT:
                    return job
                case Admission.WAIT:
                    raise LineMustWait
                case Admission.JOIN:
                    return await self._join(line, key)
                case Admission.START:
                    if await self._start(line, video, analysis, job, hold):
                        return None

    async def _join(self, line: Line, key: JobKey) -> Job | None:
        """Wait for a job, and only then read it: a result that came in between might have missed this waiter."""
        try:
            await self._deployment.outcomes.wait(key, line)
        except ConditionFailed:
            raise LineSupersededError from None
        job = await self._deployment.jobs.get(key)
        if job is None:
            raise LineMustWait
        if job.has_result:
            # This worker ends the line itself. Should it die first, the message comes again.
            await self._deployment.outcomes.stop_waiting(key, [line])
            return job
        if job.state is JobState.WAITING and job.admitted_by == line.id:
            # A redelivery: whoever wrote WAITING may have died before it sent the attempt's message.
            await send_attempt(self._deployment, job)
        return None

    async def _start(self, line: Line, video: Video, analysis: Analysis, was: Job | None, hold: SlotHold) -> bool:
        """Start the next attempt for this line. False where another worker was first."""
        now = now_ms()
        job = Job(
            video=video,
            analysis=analysis,
            attempt=was.attempt + 1 if was else 1,
            state=JobState.WAITING,
            admitted_by=line.id,
            model_settings=self._deployment.start_settings.model_settings,
            created_ms=was.created_ms if was else now,
            asked_ms=line.submitted_ms,
            priority=line.priority,
            look_at_ms=now + int(self._settings.look_waiting_s * 1000),
        )
        slot = hold.take() or await self._another_slot()
        if slot is not None:
            return await self._bind(job, was=was, slot=slot, line=line)
        return await self._wait_for_slot(job, was=was, line=line)

    async def _bind(self, job: Job, *, was: Job | None, slot: Slot, line: Line | None) -> bool:
        """In one transaction: the slot names the attempt, the job is STARTING in the slot, the line waits for it."""
        # The turn comes before STARTING is written: a Start that waits for its turn would look like one gone astray.
        await self._starter.turn()
        starting = self._starter.starting(job, slot)
        jobs, slots, outcomes = self._deployment.jobs, self._deployment.slots, self._deployment.outcomes
        items = [
            slots.bind(slot.number, self._owner, starting.current, now_ms=now_ms()),
            jobs.put_next(starting, was) if was else jobs.put_new(starting),
        ]
        if line is not None:
            items.append(outcomes.wait_item(job.key, line))
        try:
            await jobs.table.transact(items)
        except TransactionRefused as refusal:
            if refusal.refused(0):
                raise LineMustWait from None
            self._pool.give_back(slot)
            if not refusal.refused(1):
                raise LineSupersededError from None
            return False
        with structlog.contextvars.bound_contextvars(job=str(job.key), video_id=job.key.video_id, attempt=job.attempt):
            await self._starter.start(starting, slot)
        return True

    async def _wait_for_slot(self, job: Job, *, was: Job | None, line: Line) -> bool:
        """A line with several analyses received one slot: the others become attempts that wait in the queue."""
        jobs = self._deployment.jobs
        items = [
            jobs.put_next(job, was) if was else jobs.put_new(job),
            self._deployment.outcomes.wait_item(job.key, line),
        ]
        try:
            await jobs.table.transact(items)
        except TransactionRefused as refusal:
            if not refusal.refused(0):
                raise LineSupersededError from None
            return False
        await send_attempt(self._deployment, job)
        return True

    async def _another_slot(self) -> Slot | None:
        slots = await self._pool.take_now(1)
        return slots[0] if slots else None
