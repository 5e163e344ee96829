"""Start*: the one request that costs money, sent at most once with effect."""

import asyncio
import json
import random
from contextlib import suppress

import structlog

from reelsift.aws.errors import is_outage
from reelsift.aws.jobs import Jobs
from reelsift.aws.metrics import Metrics
from reelsift.aws.rekognition import (
    Denied,
    QuotaFull,
    Refused,
    Rekognition,
    StartAnswer,
    Started,
    Throttled,
    TokenMismatch,
    Unclear,
)
from reelsift.aws.slots import Slot, next_block_ms
from reelsift.aws.table import ConditionFailed
from reelsift.domain import transitions
from reelsift.domain.giving_up import start_unknown
from reelsift.domain.hold import Kind
from reelsift.domain.job import QUOTA_FULL, REPLAY_LIMIT_MS, Job, Reserved, StartSettings, start_input
from reelsift.jobs.attempts import FREE, Attempts, Block, SlotEnd
from reelsift.jobs.closer import Closer
from reelsift.jobs.denials import Denials
from reelsift.jobs.slot_pool import SlotPool
from reelsift.jobs.troubles import Troubles
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.holds import Holds
from reelsift.runtime.lease import Lease, WorkerStops
from reelsift.runtime.pace import Pace
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings

_log = structlog.get_logger(__name__)


class Starter:
    """Takes a job from STARTING on: to RUNNING, back to WAITING, or to SETTLED with a failure."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        rekognition: Rekognition,
        attempts: Attempts,
        closer: Closer,
        troubles: Troubles,
        denials: Denials,
        holds: Holds,
        pool: SlotPool,
        pace: Pace,
        metrics: Metrics,
        settings: Settings,
        start_settings: StartSettings,
        stop: asyncio.Event,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._rekognition = rekognition
        self._attempts = attempts
        self._closer = closer
        self._troubles = troubles
        self._denials = denials
        self._holds = holds
        self._pool = pool
        self._pace = pace
        self._metrics = metrics
        self._settings = settings
        self._start_settings = start_settings
        self._stop = stop
        self._timings = timings
        self._clock = clock

    def starting(self, job: Job, slot: Slot, reserved: Reserved) -> Job:
        """The job as it is to be written in the transaction that binds it to a slot."""
        now = self._clock.now_ms()
        settings = self._start_settings
        return transitions.starting(
            job,
            slot.number,
            json.dumps(start_input(job.video, job.current, settings), sort_keys=True),
            model_settings=settings.model_settings(job.analysis),
            now_ms=now,
            due_at_ms=self._due_at(now),
            reserved=reserved,
        )

    async def start(self, job: Job, slot: Slot) -> None:
        """Send the first Start of an attempt whose STARTING this process has just written."""
        await self._send(job, last_block_ms=slot.block_ms, only_send=True)

    async def turn(self) -> None:
        """Wait until this worker may send a Start: to be taken before the attempt is bound. Raises WorkerStops where it
        is told to stop meanwhile: another worker need not wait for that.
        """
        turn = asyncio.ensure_future(self._pace.turn())
        stopped = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({turn, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not turn.done():
                raise WorkerStops
        finally:
            turn.cancel()
            stopped.cancel()

    async def replay(self, job: Job) -> None:
        """Send a Start again of which nobody knows whether it was sent, verbatim: Rekognition answers a token that
        it knows with the job it already has.
        """
        if self._too_old(job):
            await self._unknown(job, "its Start is older than 6 days, and a replay might start a second job")
            return
        if await self._put_off_while_held(job):
            return
        try:
            await self.turn()
        except WorkerStops:
            # Another worker need not wait until it is due once more.
            with suppress(ConditionFailed):
                await self._jobs.postpone(job, self._clock.now_ms())
            return
        now = self._clock.now_ms()
        try:
            job = await self._jobs.change(
                job, transitions.replaying(job, due_at_ms=self._due_at(now)), unchanged=("sends",)
            )
        except ConditionFailed:
            return
        _log.info("start_replayed", sends=job.start.sends)
        self._metrics.count("StartsReplayed", Analysis=job.analysis)
        await self._send(
            job, last_block_ms=as_ms(self._timings.replay_retry_s) << min(job.start.sends, 8), only_send=False
        )

    async def _put_off_while_held(self, job: Job) -> bool:
        """Leave a Start of which nobody knows whether it was sent alone while starts are held: sent again, it might be
        the first. Where it was accepted its completion comes all the same. Whether that was so.
        """
        if not await self._holds.held(Kind.STARTS):
            return False
        with suppress(ConditionFailed):
            await self._jobs.postpone(job, self._clock.now_ms() + as_ms(self._timings.held_replay_s))
        return True

    async def _send(self, job: Job, *, last_block_ms: int, only_send: bool) -> None:
        """Send until there is an answer that decides.

        `only_send` holds while every request of this attempt so far was this process's own and was certainly
        refused; only then may a refusal end the attempt.
        """
        assert job.start.input is not None  # noqa: S101 - STARTING is never written without it
        renew_at = self._clock.monotonic() + self._settings.recheck_starting_s / 2
        tries = 0
        unclear: str | None = None
        while True:
            answer, job = await self._answer(job, job.start.input)
            if isinstance(answer, Throttled):
                self._pace.throttled()
                self._metrics.count("Throttled", Operation="Start")
                unclear = None
            elif isinstance(answer, Unclear):
                only_send = False
                if unclear is None:
                    # The row is to know from the first one on, whatever becomes of this process.
                    renew_at = self._clock.monotonic()
                unclear = answer.message
                _log.warning("start_unclear", answer=answer.message)
            else:
                await self._decide(job, answer, last_block_ms=last_block_ms, only_send=only_send)
                return
            tries += 1
            if not await self._may_go_on(tries):
                # An unclear Start is left to the reconcilers; one that was certainly refused is taken back.
                if only_send:
                    await self._take_back(job)
                return
            if not only_send and self._too_old(job):
                return
            if self._clock.monotonic() >= renew_at:
                renewed = await self._renewed(job, unclear)
                if renewed is None:
                    return
                job = renewed
                renew_at = self._clock.monotonic() + self._settings.recheck_starting_s / 2

    async def _may_go_on(self, tries: int) -> bool:
        """Wait for the next try, and its turn. False at once where this worker is to stop, or starts are held."""
        if self._stop.is_set() or await self._holds.held(Kind.STARTS):
            return False
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), self._retry_pause_s(tries))
            return False
        try:
            await self.turn()
        except WorkerStops:
            return False
        return True

    async def _renewed(self, job: Job, unclear: str | None) -> Job | None:
        """The job, still in this worker's hands; None where it is not, or was given up. `unclear` is what Rekognition
        has answered last, where that may mean that the Start was accepted.
        """
        if unclear is not None:
            return await self._troubles.with_rekognition(job, unclear, recheck_s=self._settings.recheck_starting_s)
        try:
            return await self._jobs.postpone(job, self._due_at(self._clock.now_ms()))
        except ConditionFailed:
            return None

    async def _answer(self, job: Job, start_input: str) -> tuple[StartAnswer, Job]:
        """What Rekognition answers, and the job as it is by then. Meanwhile the attempt stays this worker's, however
        long that takes: it is no Start that has gone astray.
        """
        lease = Lease(job, self._jobs.postpone, seconds=self._settings.recheck_starting_s, clock=self._clock)
        request = asyncio.create_task(self._rekognition.start(job.analysis, start_input))
        try:
            while not lease.lost and not request.done():
                await asyncio.wait({request}, timeout=max(1.0, lease.renewal_in_s))
                if not request.done():
                    await self._keep(lease)
            return await request, lease.row
        finally:
            request.cancel()

    async def _keep(self, lease: Lease[Job]) -> None:
        try:
            await lease.keep()
        except ConditionFailed:
            _log.debug("start_taken_over")
        except Exception as error:
            if not is_outage(error):
                raise
            # The answer decides, and is not to be lost over this.
            _log.warning("aws_unavailable", error=f"{type(error).__name__}: {error}", then="the Start may be replayed")

    async def _decide(self, job: Job, answer: StartAnswer, *, last_block_ms: int, only_send: bool) -> None:
        if not isinstance(answer, Denied):
            self._denials.permitted(job.analysis)
        match answer:
            case Started(job_id):
                self._pace.succeeded()
                await self._running(job, job_id, replayed=not only_send)
                if only_send and last_block_ms:
                    await self._pool.try_blocked()
            case QuotaFull():
                await self._quota_full(job, last_block_ms=last_block_ms, only_send=only_send)
            case TokenMismatch(message):
                await self._unknown(job, f"Rekognition knows its token with another input ({message})")
            case Denied(message):
                delay_s = self._denials.denied(job.analysis)
                _log.error("start_denied", error=message, mend="allow the Start operation and iam:PassRole")
                if only_send:
                    await self._take_back(job, refusal=f"Rekognition denied the Start: {message}", delay_s=delay_s)
            case Refused(failure):
                if only_send:
                    await self._closer.fail(job, failure)
                else:
                    await self._unknown(job, f"a replay was refused ({failure.message}), the first Start perhaps not")

    async def _running(self, job: Job, job_id: str, *, replayed: bool) -> None:
        now = self._clock.now_ms()
        # A replay brings no second notification, and the first may have come and gone: it is checked at once.
        due_at = now if replayed else now + as_ms(self._settings.recheck_running_s)
        try:
            await self._jobs.change(job, transitions.running(job, job_id, now_ms=now, due_at_ms=due_at))
        except ConditionFailed:
            # The completion was quicker and has recorded the same JobId.
            _log.debug("start_recorded_already", job_id=job_id)
            return
        self._metrics.count("Started", Analysis=job.analysis)
        _log.info("started", job_id=job_id, slot=job.start.slot, video=job.video.uri)

    async def _quota_full(self, job: Job, *, last_block_ms: int, only_send: bool) -> None:
        """Somebody else in the account has the slot."""
        self._metrics.count("QuotaFull")
        block_ms = next_block_ms(last_block_ms)
        if only_send:
            await self._take_back(job, Block(block_ms), refusal=QUOTA_FULL)
            return
        # The first Start may be one of the jobs that fill the quota: the slot is its, and the replay comes again.
        try:
            await self._jobs.change(
                job,
                transitions.start_answered(job, due_at_ms=self._clock.now_ms() + block_ms),
                unchanged=("due_at",),
            )
        except ConditionFailed:
            return

    async def _take_back(
        self, job: Job, slot_end: SlotEnd = FREE, *, refusal: str | None = None, delay_s: int = 0
    ) -> None:
        """Undo STARTING: nothing was started. The next attempt's message goes out before this one's is deleted, and
        comes after `delay_s`.
        """
        due_at_ms = self._clock.now_ms() + as_ms(self._settings.recheck_waiting_s + delay_s)
        waiting = await self._attempts.end(
            job, transitions.taken_back(job, refusal=refusal, due_at_ms=due_at_ms), slot_end
        )
        if waiting is not None:
            blocked_ms = slot_end.block_ms if isinstance(slot_end, Block) else 0
            _log.info("start_taken_back", blocked_ms=blocked_ms, slot=job.start.slot)
            await self._attempts.send(waiting, delay_s=delay_s)

    async def _unknown(self, job: Job, message: str) -> None:
        await self._closer.fail(job, start_unknown(job, message), spent_micros=job.reserved.micros)

    def _retry_pause_s(self, tries: int) -> float:
        pause_s = min(self._timings.longest_start_retry_s, self._timings.start_retry_s * (1 << min(tries, 6)))
        return pause_s * random.uniform(0.5, 1)  # noqa: S311 - jitter

    def _too_old(self, job: Job) -> bool:
        return job.times.starting_ms is None or self._clock.now_ms() - job.times.starting_ms > REPLAY_LIMIT_MS

    def _due_at(self, now: int) -> int:
        return now + as_ms(self._settings.recheck_starting_s)
