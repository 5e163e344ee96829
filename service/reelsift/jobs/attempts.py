"""How an attempt ends, and how the next one gets its message.

Slot, job and money of an attempt change in one transaction, whatever ends it: so a slot is never held by an attempt
that has ended, nor money reserved by one. Nothing else frees a slot that is held.
"""

from contextlib import suppress
from dataclasses import dataclass

from reelsift.aws.budgets import Budgets
from reelsift.aws.jobs import Jobs
from reelsift.aws.queue import Queue
from reelsift.aws.slots import Slot, Slots
from reelsift.aws.table import ConditionFailed, Item, TransactionRefused
from reelsift.domain.job import Attempt, Job, JobState
from reelsift.jobs.slot_pool import SlotPool
from reelsift.manifests.messages import AttemptMessage, encode_attempt
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.timings import Timings


@dataclass(frozen=True, slots=True)
class HandOver:
    """The slot is reserved at once for this worker's next message; a stopping worker frees it."""


@dataclass(frozen=True, slots=True)
class Free:
    """The slot is for whoever comes."""


@dataclass(frozen=True, slots=True)
class Block:
    """The slot is left alone for `block_ms`: somebody else in the account has that place at Rekognition."""

    block_ms: int


HAND_OVER, FREE = HandOver(), Free()

SlotEnd = HandOver | Free | Block
"""What becomes of the slot of an attempt that ends."""


class Attempts:
    """Ends attempts, and sends the messages of those that are due."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        slots: Slots,
        budgets: Budgets,
        begun: Queue,
        pool: SlotPool,
        owner: str,
        timings: Timings,
        clock: Clock,
    ) -> None:
        """`begun` is the queue of due attempts, and `owner` this worker's name, for which slots are reserved."""
        self._jobs = jobs
        self._slots = slots
        self._budgets = budgets
        self._begun = begun
        self._pool = pool
        self._owner = owner
        self._timings = timings
        self._clock = clock

    async def end(self, job: Job, ended: Job, slot_end: SlotEnd = HAND_OVER, *, spent_micros: int = 0) -> Job | None:
        """Write a transition that ends the attempt of a job in a slot: `ended` is the job after it. Of what the attempt
        has reserved, `spent_micros` (millionths of a dollar) count as spent. Returns the job as it is written.

        None where another worker has made a transition of it meanwhile, or has replayed its Start: that may have been
        accepted there, so nothing is ended here.
        """
        number = job.start.slot
        if number is None:
            raise ValueError(f"{job.current} ends without a slot")
        if isinstance(slot_end, HandOver) and self._pool.closed:
            slot_end = FREE
        reserved_until_ms = self._pool.reservation_end_ms()
        parts = {
            "slot": self._slot_item(number, job.current, slot_end, reserved_until_ms),
            "job": self._jobs.change_item(job, ended, unchanged=("sends",) if job.state is JobState.STARTING else ()),
            **self._budgets.settle_items(job.reserved, spent_micros),
        }
        try:
            await self._jobs.table.transact(parts)
        except TransactionRefused:
            return None
        if isinstance(slot_end, HandOver):
            self._pool.take_over(number, reserved_until_ms)
        return ended

    async def fail(self, job: Job, failed: Job, *, spent_micros: int = 0) -> Job | None:
        """Write the end of a job without an answer (`failed`), whether it is in a slot or not. None as of `end`."""
        if job.start.slot is not None:
            return await self.end(job, failed, spent_micros=spent_micros)
        try:
            return await self._jobs.change(job, failed)
        except ConditionFailed:
            return None

    async def free_orphan(self, slot: Slot, holder: Attempt) -> bool:
        """Free a slot whose holder's job does not know it. False where it has another holder by now.

        To bind a slot is one transaction too, so that only a row that somebody has deleted or edited leaves such a one
        behind. Whether its Start was sent nobody knows any more, so what it has reserved counts as spent.
        """
        parts = {
            "slot": self._slots.free_item(slot.number, holder),
            **self._budgets.settle_items(slot.reserved, slot.reserved.micros),
        }
        try:
            await self._jobs.table.transact(parts)
        except TransactionRefused:
            return False
        return True

    async def send(self, job: Job, *, delay_s: int = 0) -> None:
        """Send the message of a WAITING job's due attempt, and only then stop watching over it closely.

        Where all slots are held for long the message may rightly wait for days: to send it again at each check would
        only make the queue longer.
        """
        body = encode_attempt(AttemptMessage(job.key.video_id, job.analysis, job.attempt))
        await self._begun.send([body], delay_s=delay_s)
        with suppress(ConditionFailed):
            await self._jobs.postpone(job, self._clock.now_ms() + as_ms(self._timings.lost_message_s))

    def _slot_item(self, number: int, attempt: Attempt, slot_end: SlotEnd, reserved_until_ms: int) -> Item:
        match slot_end:
            case HandOver():
                return self._slots.hand_over_item(number, attempt, self._owner, until_ms=reserved_until_ms)
            case Free():
                return self._slots.free_item(number, attempt)
            case Block(block_ms):
                return self._slots.block_item(number, attempt, now_ms=self._clock.now_ms(), block_ms=block_ms)
