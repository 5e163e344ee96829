"""One line meets the jobs of its video: it starts them, joins them, or takes the result they have."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog

from reelsift.aws.errors import Unanswered
from reelsift.aws.jobs import Jobs
from reelsift.aws.objects import ObjectUnusable, Videos
from reelsift.aws.outcomes import Outcomes
from reelsift.aws.same_contents import SameContents
from reelsift.aws.slots import Slot, Slots
from reelsift.aws.table import ConditionFailed, TransactionRefused
from reelsift.aws.untagged import Untagged
from reelsift.aws.waiters import Waiter, Waiters
from reelsift.domain import transitions
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.hold import Kind
from reelsift.domain.job import LET_GO, Admission, Job, JobKey, JobState, StartSettings, admission
from reelsift.domain.line import Line, OutcomeStatus, with_context_of
from reelsift.domain.outcome import Outcome, conclude, failed, sealed, skipped
from reelsift.domain.status import VideoStatus
from reelsift.domain.trouble import NO_TROUBLE
from reelsift.domain.video import Video
from reelsift.domain.video_verdict import Said
from reelsift.jobs.attempts import Attempts
from reelsift.jobs.batch_gate import BatchGate, LineMustWait, LineTroubled, NotPermitted
from reelsift.jobs.closer import Closer
from reelsift.jobs.denials import Denials
from reelsift.jobs.imports import Imports
from reelsift.jobs.reservations import Reservations
from reelsift.jobs.seal_check import SEALED, SealCheck
from reelsift.jobs.sharing import Sharing
from reelsift.jobs.slot_pool import SlotPool
from reelsift.jobs.starter import Starter
from reelsift.jobs.troubles import Troubles
from reelsift.jobs.verdicts import Verdicts
from reelsift.jobs.waiting_lines import WaitingLines
from reelsift.manifests.messages import AttemptMessage
from reelsift.reviews.statuses import Statuses
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.holds import Holds
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings

STOPPED = {
    Reason.CANCELLED: "the batch was cancelled before this analysis was started",
    Reason.MAX_COST: "the analysis was not started: it might have cost more than the batch has left of its budget",
}
"""What the outcome of a line says that was not done because its batch was stopped."""

GIVEN_UP = "given up before it was started: the batch that had asked for it was paused or stopped"
"""What the row of such a job says until a line asks for it again."""

WAITERS_ASKED = 500
"""Lines among which another batch is looked for that takes an attempt on."""

_log = structlog.get_logger(__name__)


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

    def __init__(
        self,
        *,
        videos: Videos,
        untagged: Untagged | None,
        jobs: Jobs,
        slots: Slots,
        outcomes: Outcomes,
        waiters: Waiters,
        starter: Starter,
        denials: Denials,
        closer: Closer,
        attempts: Attempts,
        lines: WaitingLines,
        verdicts: Verdicts,
        statuses: Statuses,
        seal_check: SealCheck,
        batch_gate: BatchGate,
        reservations: Reservations,
        sharing: Sharing,
        same_contents: SameContents,
        troubles: Troubles,
        imports: Imports,
        holds: Holds,
        pool: SlotPool,
        settings: Settings,
        start_settings: StartSettings,
        owner: str,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._videos = videos
        self._untagged = untagged
        self._jobs = jobs
        self._slots = slots
        self._outcomes = outcomes
        self._waiters = waiters
        self._starter = starter
        self._denials = denials
        self._closer = closer
        self._attempts = attempts
        self._lines = lines
        self._verdicts = verdicts
        self._statuses = statuses
        self._seal_check = seal_check
        self._batch_gate = batch_gate
        self._reservations = reservations
        self._sharing = sharing
        self._same_contents = same_contents
        self._troubles = troubles
        self._imports = imports
        self._holds = holds
        self._pool = pool
        self._settings = settings
        self._start_settings = start_settings
        self._owner = owner
        self._timings = timings
        self._clock = clock

    async def admit(self, line: Line, hold: SlotHold) -> None:
        """Do for a line what is to be done, up to the end of its Start.

        Raises LineMustWait, LineDropped and LineTroubled.
        """
        try:
            if line.answer is not None:
                # It starts nothing: its slot is for others.
                if (slot := hold.take()) is not None:
                    self._pool.put_back(slot)
                await self._imports.admit(line)
                return
            await self._check_held()
            self._check_denied(line)
            video = await self._videos.head(line.ref, checksum=await self._shares(line))
        except ObjectUnusable as refusal:
            row = None
            if refusal.video is not None:
                if await self._is_sealed(line, refusal.video):
                    return
                line = await self._told_of(line, refusal.video)
                row = await self._statuses.failed(refusal.video, refusal.failure, line.id, line.context)
            await self._fail(line, refusal.failure, row)
            return
        except Unanswered as error:
            troubled = await self._troubles.of_line(line, str(error))
            if isinstance(troubled, Line):
                raise LineTroubled(str(error), troubled) from error
            await self._fail(line, troubled)
            return
        if await self._is_sealed(line, video):
            return
        line = await self._told_of(line, video)
        line = replace(line, analyses=line.analyses or self._settings.analyses, trouble=NO_TROUBLE)
        joined: list[Waiter] = []
        waits = False
        with suppress(LineSupersededError):
            waits = await self._meet_all(line, video, hold, joined)
        if not waits:
            # Only now: until the line has ended its message may be gone, deleted by a worker that had it too, and
            # these rows be all there is of it.
            await self._waiters.remove(joined)

    async def _is_sealed(self, line: Line, video: Video) -> bool:
        """Whether a line is about a sealed video. Then it ends here, and nothing is started or noted of its object."""
        if not await self._seal_check.is_sealed(video.video_id):
            return False
        _log.info("line_sealed", then="nothing is started")
        await self._outcomes.record([sealed(line, now_ms=self._clock.now_ms())])
        return True

    async def _check_held(self) -> None:
        """Raises LineMustWait while starts are held. Its message comes back soon, and waits in the queue until somebody
        releases them: meanwhile nobody receives it.
        """
        if await self._holds.held(Kind.STARTS):
            raise LineMustWait

    async def _told_of(self, line: Line, video: Video) -> Line:
        """The line with what its object says for its context. Where objects are tagged, this one is from now on."""
        if self._untagged is not None:
            await self._untagged.named(video)
        return with_context_of(line, video)

    def _check_denied(self, line: Line) -> None:
        """Leave a line, and its object, alone while everything that it asks for is denied. Raises LineMustWait."""
        delays = [self._denials.take_try(analysis) for analysis in line.analyses or self._settings.analyses]
        if all(delays):
            raise LineMustWait(min(delays))

    async def _fail(self, line: Line, failure: Failure, row: VideoStatus | None = None) -> None:
        """End a line whose object cannot be analysed. `row` is that of its video, where there is one."""
        _log.info("line_failed", reason=failure.reason, message=failure.message)
        now = self._clock.now_ms()
        outcome = failed(line.id, line.ref, failure.reason, failure.message, now_ms=now, context=line.context)
        if row is not None:
            outcome = replace(outcome, video_id=row.video_id, video_status=row.status and str(row.status))
        await self._outcomes.record([_with_paid(outcome, line)])

    async def _meet_all(self, line: Line, video: Video, hold: SlotHold, joined: list[Waiter]) -> bool:
        """Meet the job of each analysis, and end the line where no result is to come; whether it waits for one. Rows by
        which it has waited for what has its result are added to `joined`.

        Of several analyses each has its row before any is started: whoever settles one is to know that the others are
        open, or the verdict would go out without them.
        """
        announced = await self._announce(line, video) if len(line.analyses) > 1 else {}
        jobs: list[Job] = []
        stopped: Reason | None = None
        for analysis in line.analyses:
            own = announced.get(analysis)
            try:
                if own is not None and await self._begin(own, was=own, line=line, hold=hold):
                    continue
                job = await self._meet(line, video, analysis, hold, joined)
            except NotPermitted as refusal:
                stopped = refusal.reason
                if own is not None:
                    await self._let_go(own, stopped)
            else:
                jobs += [job] if job is not None else []
        if stopped is not None:
            await self._end_stopped(line, video, jobs, stopped)
            return False
        if not joined and len(jobs) < len(line.analyses):
            return True
        # Every result is there already, and the line ends here; or one came just now. Then nobody else may know that
        # this line waits, and the others, which were met before it, may have ended too.
        concluded = await self._verdicts.conclude(jobs[0])
        return bool(await self._lines.end([line], jobs[0], concluded.said))

    async def attempt(self, due: AttemptMessage, hold: SlotHold) -> bool:
        """Start a job's due attempt, unless that has happened or the job is elsewhere by now. False where its Start was
        denied. Raises LineMustWait.

        A job of which no attempt has run yet is given up where its batch is stopped: lines of other batches may wait
        for it. Where its batch is only paused it waits, unless one of these lines takes it on. One that has been tried
        goes on within the budget.
        """
        job = await self._jobs.get(JobKey(due.video_id, due.analysis))
        if (
            job is None
            or job.state is not JobState.WAITING
            or job.attempt != due.attempt
            or job.content.duplicate_of_id is not None
        ):
            return True
        if await self._seal_check.is_sealed(due.video_id):
            await self._closer.fail(job, SEALED)
            return True
        try:
            await self._start_due(job, hold)
        except NotPermitted as refusal:
            await self._let_go(job, refusal.reason)
        except LineMustWait:
            # Its message is sent anew, for days perhaps: nobody else need send one.
            with suppress(ConditionFailed):
                await self._jobs.postpone(job, self._clock.now_ms() + as_ms(self._timings.lost_message_s))
            raise
        return not self._denials.delay_s(due.analysis)

    async def _start_due(self, job: Job, hold: SlotHold) -> None:
        await self._check_held()
        batch_id, taker = job.asked.by.batch_id, None
        if not job.failures:
            stopped = await self._batch_gate.stopped(batch_id)
            if stopped is not None:
                raise NotPermitted(stopped)
            if await self._batch_gate.held(batch_id):
                taker = await self._taker(job)
        self._check_permitted(self._denials.take_try(job.analysis))
        slot = hold.take() or await self._another_slot()
        if slot is None:
            raise LineMustWait
        if taker is None:
            await self._bind(job, was=job, slot=slot, line=None)
            return
        try:
            await self._bind(transitions.taken_on(job, taker), was=job, slot=slot, line=None)
        except NotPermitted:
            # It is the other batch that has no money, and is stopped: this one still waits to be resumed.
            raise LineMustWait(self._timings.paused_line_s) from None

    async def _taker(self, job: Job) -> Line:
        """A line of another batch that takes on an attempt whose own batch is paused: it pays for it.

        Raises LineMustWait where there is none. To give the job up would be an end without an answer, and the video
        would have its verdict by what else was found. It is done all the same where videos of identical content may
        wait for this one's answer: nothing tells which these are.
        """
        for waiter in await self._waiters.of_job(job.key, WAITERS_ASKED):
            batch_id = waiter.line.id.batch_id
            if not await self._batch_gate.held(batch_id) and await self._batch_gate.stopped(batch_id) is None:
                return waiter.line
        if job.content.sha256 is not None:
            raise NotPermitted(Reason.CANCELLED)
        raise LineMustWait(self._timings.paused_line_s)

    async def _shares(self, line: Line) -> bool:
        return not line.again and await self._batch_gate.shares(line.id.batch_id)

    async def _end_stopped(self, line: Line, video: Video, results: Sequence[Job], reason: Reason) -> None:
        """End a line of which something may not be started any more, once what it has started itself has ended.

        It is SKIPPED, with the verdict and the cost of what was done; FAILED where a part of it has failed.
        """
        keys = [JobKey(video.video_id, analysis) for analysis in line.analyses]
        jobs = await self._jobs.get_many(keys)
        if any(job.asked.by == line.id and not job.has_result for job in jobs):
            raise LineMustWait(self._timings.started_line_s)
        # What has ended since this line met it is its result too: it may have been started, and paid, for this line.
        met = {job.analysis for job in results}
        results = [*results, *(job for job in jobs if job.analysis not in met and self._answers(job, line))]
        said = (await self._verdicts.conclude(results[0])).said if results else Said()
        now = self._clock.now_ms()
        required = self._settings.required_analyses
        outcome = conclude(line, results, self._settings.prices, required, said=said, now_ms=now)
        if outcome is None or outcome.reason in LET_GO:
            outcome = skipped(line.id, line.ref, reason, STOPPED[reason], now_ms=now, context=line.context)
            outcome = _with_paid(outcome, line)
        elif outcome.status is not OutcomeStatus.FAILED:
            outcome = replace(outcome, status=OutcomeStatus.SKIPPED, reason=reason, message=STOPPED[reason])
        await self._outcomes.record([outcome])

    def _answers(self, job: Job, line: Line) -> bool:
        model_settings = self._start_settings.model_settings(job.analysis)
        return admission(job, line, model_settings) is Admission.TAKE_RESULT

    async def _let_go(self, job: Job, reason: Reason) -> None:
        """Give up a WAITING job that its batch may not start: every line that waits for it is admitted anew, and
        starts the next attempt where its own batch lets it.
        """
        await self._closer.fail(job, Failure(reason, GIVEN_UP))

    async def _meet(
        self, line: Line, video: Video, analysis: Analysis, hold: SlotHold, joined: list[Waiter]
    ) -> Job | None:
        """The job whose result answers the line already, or None: then its end will end the line."""
        key = JobKey(video.video_id, analysis)
        while True:
            job = await self._jobs.get(key)
            match admission(job, line, self._start_settings.model_settings(analysis)):
                case Admission.TAKE_RESULT:
                    return job
                case Admission.WAIT:
                    raise LineMustWait
                case Admission.JOIN:
                    return await self._join(line, key, joined)
                case Admission.START:
                    if await self._start(line, video, analysis, job, hold):
                        return None

    async def _join(self, line: Line, key: JobKey, joined: list[Waiter]) -> Job | None:
        """Wait for a job, and only then read it: a result that came in between might have missed this waiter."""
        try:
            waiter = await self._waiters.add(key, line)
        except ConditionFailed:
            raise LineSupersededError from None
        job = await self._jobs.get(key)
        if job is None:
            raise LineMustWait
        if job.has_result:
            # This worker ends the line itself.
            joined.append(waiter)
            return job
        if line.context is not None and job.asked.context is None:
            # Who is first has been asked by an event of S3 perhaps, which says nothing of the video. Where the job goes
            # on at this moment it keeps what it has: nobody's line waits for that.
            with suppress(ConditionFailed):
                job = await self._jobs.change(job, transitions.told_of(job, line))
        redelivered = job.asked.by == line.id and not self._denials.delay_s(job.analysis)
        if job.state is JobState.WAITING and redelivered and job.content.duplicate_of_id is None:
            # Whoever wrote WAITING may have died before it sent the attempt's message. A denied one is in no hurry.
            await self._attempts.send(job)
        return None

    async def _start(self, line: Line, video: Video, analysis: Analysis, was: Job | None, hold: SlotHold) -> bool:
        """Start the next attempt for this line, or follow the video of identical content. False where another worker
        was first. Raises NotPermitted and LineDropped where the line's batch allows neither.
        """
        job = await self._next_attempt(line, video, analysis, was)
        return await self._begin(job, was=was, line=line, hold=hold)

    async def _announce(self, line: Line, video: Video) -> Mapping[Analysis, Job]:
        """Write the attempts that this line is to start, all at once, and start nothing. Left out are those of which
        there is nothing to write: their jobs are open, have the result, or may not be started.
        """
        while True:
            keys = [JobKey(video.video_id, analysis) for analysis in line.analyses]
            met = {job.analysis: job for job in await self._jobs.get_many(keys)}
            announced: dict[Analysis, Job] = {}
            for analysis in line.analyses:
                was = met.get(analysis)
                decision = admission(was, line, self._start_settings.model_settings(analysis))
                if decision is Admission.WAIT:
                    raise LineMustWait
                if decision is Admission.START:
                    try:
                        announced[analysis] = await self._next_attempt(line, video, analysis, was)
                    except NotPermitted:
                        return {}
            if not announced:
                return {}
            parts = {analysis: self._jobs.put_item(job, met.get(analysis)) for analysis, job in announced.items()}
            try:
                await self._jobs.table.transact(parts)
            except TransactionRefused:
                # Another worker was first with one of them: it is met anew.
                continue
            return announced

    async def _next_attempt(self, line: Line, video: Video, analysis: Analysis, was: Job | None) -> Job:
        """The attempt that this line starts, WAITING: its own, or one that follows the video of identical content."""
        await self._batch_gate.check(line)
        now = self._clock.now_ms()
        job = transitions.admitted(
            was,
            line,
            video,
            analysis,
            model_settings=self._start_settings.model_settings(analysis),
            now_ms=now,
            due_at_ms=now + as_ms(self._settings.recheck_waiting_s),
        )
        if video.sha256 is not None:
            await self._same_contents.note(video)
            owner = await self._sharing.owner(job)
            if owner is not None:
                return self._sharing.following(job, owner)
        return job

    async def _begin(self, job: Job, *, was: Job | None, line: Line, hold: SlotHold) -> bool:
        """Start a WAITING attempt for this line in a slot, if there is one and the analysis is not denied, and else
        leave it waiting. False where another worker was first.
        """
        if job.content.duplicate_of_id is not None:
            return await self._put_waiting(job, was=was, line=line)
        delay_s = self._denials.delay_s(job.analysis)
        slot = None if delay_s else hold.take() or await self._another_slot()
        if slot is not None:
            return await self._bind(job, was=was, slot=slot, line=line)
        # A line with several analyses received one slot: the others become attempts that wait in the queue.
        written = await self._put_waiting(job, was=was, line=line)
        if written:
            await self._attempts.send(job, delay_s=delay_s)
        return written

    def _check_permitted(self, delay_s: int) -> None:
        """Raises LineMustWait where an analysis rests for some time because its Start was denied."""
        if delay_s:
            raise LineMustWait(delay_s)

    async def _bind(self, job: Job, *, was: Job | None, slot: Slot, line: Line | None) -> bool:
        """In one transaction: the slot names the attempt, the job is STARTING in the slot, the line waits for it, and
        its estimated cost is reserved.
        """
        # The turn comes before STARTING is written: a Start that waits for its turn would look like one gone astray.
        try:
            await self._reservations.check(job)
            await self._starter.turn()
            # One that had its turn before may have been denied meanwhile, and somebody may hold all starts.
            await self._check_held()
            self._check_permitted(self._denials.delay_s(job.analysis))
            reservation = await self._reservations.reserve(job)
        except BaseException:
            self._pool.put_back(slot)
            raise
        starting = self._starter.starting(job, slot, reservation.reserved)
        parts = {
            "slot": self._slots.bind_item(slot.number, self._owner, starting, now_ms=self._clock.now_ms()),
            "job": self._jobs.put_item(starting, was),
            **reservation.parts,
        }
        if line is not None:
            parts["waiter"] = self._waiters.add_item(job.key, line)
        try:
            await self._jobs.table.transact(parts)
        except TransactionRefused as refusal:
            if "slot" in refusal.parts:
                # It is another worker's by now, so it does not go back to the pool.
                self._pool.let_go(slot)
                raise LineMustWait from None
            self._pool.put_back(slot)
            if "job" in refusal.parts:
                return False
            if "waiter" in refusal.parts:
                raise LineSupersededError from None
            await self._reservations.refused(reservation, refusal)
        except BaseException:
            # Perhaps it is bound all the same: then the pool notices when it renews it.
            self._pool.put_back(slot)
            raise
        self._pool.let_go(slot)
        with structlog.contextvars.bound_contextvars(job=str(job.key), video_id=job.key.video_id, attempt=job.attempt):
            await self._starter.start(starting, slot)
        return True

    async def _put_waiting(self, job: Job, *, was: Job | None, line: Line) -> bool:
        """In one transaction: the job is WAITING, and the line waits for it. False where another worker was first."""
        parts = {"job": self._jobs.put_item(job, was), "waiter": self._waiters.add_item(job.key, line)}
        try:
            await self._jobs.table.transact(parts)
        except TransactionRefused as refusal:
            if "job" in refusal.parts:
                return False
            raise LineSupersededError from None
        return True

    async def _another_slot(self) -> Slot | None:
        slots = await self._pool.take_now(1)
        return slots[0] if slots else None


def _with_paid(outcome: Outcome, line: Line) -> Outcome:
    """The outcome of a line that met no job, with what it had paid for content that is gone."""
    return replace(outcome, billed_ms=line.paid_ms, cost_micros=line.paid_micros)
