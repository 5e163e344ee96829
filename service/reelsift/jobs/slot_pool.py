"""The slots this worker has reserved and not yet bound."""

import asyncio
import random

import structlog

from reelsift.aws.errors import is_outage
from reelsift.aws.quota import Quota
from reelsift.aws.slots import Slot, Slots
from reelsift.runtime.clock import Clock
from reelsift.runtime.tasks import finish_all
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings

ROWS_A_SECOND = 1000
"""Rows of the slots' table that a worker reads at most: with a quota of thousands it reads less often."""

CREDIT = 8
"""So many more refusals than successes, and what the last read has found is out of date."""

TRIED_AT_ONCE = 2
"""Blocked slots that are tried again for each that Rekognition has just let in."""

KEEPS = 4
"""How often the reservations are looked after in the time that one lasts."""

RENEWED_BELOW = 0.6
"""A reservation of which a smaller part is left is renewed, so that a renewal or two may fail before it runs out."""

_log = structlog.get_logger(__name__)


class SlotPool:
    """Reserves slots before messages are received, so that no message is taken that cannot be started.

    A slot comes from this worker's own completions, which hand theirs over, or from the table: what one read of it
    finds free serves as hints for all that is taken after it, so that a slot's cost does not depend on the quota.

    Reservations are short, so that those of a killed worker are soon anybody's, and are renewed for as long as the slot
    is idle here or with somebody who has taken it.
    """

    def __init__(
        self, slots: Slots, quota: Quota, owner: str, settings: Settings, timings: Timings, clock: Clock
    ) -> None:
        self._timings = timings
        self._clock = clock
        self._slots = slots
        self._quota = quota
        self._owner = owner
        self._settings = settings
        self._idle: dict[int, Slot] = {}
        self._out: dict[int, Slot] = {}
        self._hints: dict[int, None] = {}
        self._credit = CREDIT
        self._arrived = asyncio.Event()
        self._finding = asyncio.Lock()
        self._read_at = 0.0
        self._next_read = 0.0
        self._next_try = 0.0
        self._paused_until = 0.0
        self.closed = False

    async def take(self, limit: int) -> list[Slot]:
        """At least one slot and at most `limit`, which stay reserved until they are put back or let go.

        Empty after some seconds without any, and once the pool is closed.
        """
        give_up = self._clock.monotonic() + self._timings.slot_wait_s
        while not self.closed and self._clock.monotonic() < give_up:
            self._arrived.clear()
            taken = await self.take_now(limit) if self._clock.monotonic() >= self._paused_until else []
            if taken:
                return taken
            if self._clock.monotonic() < self._paused_until:
                self._next_read = self._paused_until
            pause = max(0.0, min(self._next_read, give_up) - self._clock.monotonic())
            try:
                await asyncio.wait_for(self._arrived.wait(), pause)
            except TimeoutError:
                continue
        return []

    async def take_now(self, limit: int) -> list[Slot]:
        """As many as `limit` of the slots that can be had without waiting; none once the pool is closed.

        An outage ends the search. What was taken before it is returned; raised is one before the first slot.
        """
        taken: list[Slot] = []
        if self.closed:
            return taken
        quota = await self._quota.value()
        try:
            await self._take_idle(quota, limit, taken)
            if len(taken) < limit:
                # One task at a time: a read beside a reservation might find what that is about to take.
                async with self._finding:
                    await self._find(quota, limit, taken)
        except BaseException as error:
            if not taken or not is_outage(error):
                for slot in taken:
                    self.put_back(slot)
                raise
            _log.warning("aws_unavailable", error=f"{type(error).__name__}: {error}", then=f"{len(taken)} slots do")
        return taken

    def pause(self, seconds: float) -> None:
        """Take nothing for a while: what would be started now could not be done."""
        self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)

    def put_back(self, slot: Slot) -> None:
        """Keep a slot that was not needed for the next message."""
        self._idle[slot.number] = self._out.pop(slot.number, slot)
        self._hints.pop(slot.number, None)  # this worker's own now: a reservation would not be refused
        self._arrived.set()

    def let_go(self, slot: Slot) -> None:
        """Forget a slot that was taken: an attempt holds it now, or it has gone to another worker."""
        self._out.pop(slot.number, None)

    def take_over(self, number: int, reserved_until_ms: int) -> None:
        """Take in a slot that the end of an attempt has reserved for this worker."""
        self.put_back(Slot(number, reserved_until_ms=reserved_until_ms))

    async def try_blocked(self) -> None:
        """Take two slots out of their block, for the next messages: called when a Start in a slot that had been
        blocked was accepted. Whoever has given that place back may have given more, and so it takes a few rounds and
        not the rest of a minute to have them all; a refusal blocks the slot again, for twice as long as before.
        """
        quota = await self._quota.value()
        if self.closed or self._clock.monotonic() < self._next_try:
            return
        self._next_try = self._clock.monotonic() + quota / ROWS_A_SECOND
        # One task at a time here too: two that read the same rows would both take in the same slots.
        async with self._finding:
            numbers = await self._slots.blocked_numbers(quota, self._clock.now_ms())
            for number in random.sample(numbers, min(TRIED_AT_ONCE, len(numbers))):
                slot = await self._try(number, blocked=True)
                if slot is not None:
                    self.put_back(slot)

    def reservation_end_ms(self) -> int:
        return self._clock.now_ms() + self._settings.reservation_s * 1000

    async def keep(self) -> None:
        """Renew what is reserved here, as far as it is time to."""
        late = self._clock.now_ms() + int(self._settings.reservation_s * 1000 * RENEWED_BELOW)
        mine = [*self._idle.values(), *self._out.values()]
        await finish_all(*(self._renew(slot) for slot in mine if slot.reserved_until_ms < late))

    async def spare(self) -> None:
        """Release all but one: with nothing to receive, the others are better left to whoever comes first."""
        while len(self._idle) > 1:
            await self._drop(next(reversed(self._idle)))

    def stop(self) -> None:
        """Give no more slots: whoever waits for one comes back at once without."""
        self.closed = True
        self._arrived.set()

    async def close(self) -> None:
        """Give no more slots, and release those that are left. One that cannot be released now becomes free when its
        reservation ends.
        """
        self.stop()
        await finish_all(*(self._release(number) for number in self._idle))

    async def _release(self, number: int) -> None:
        try:
            await self._drop(number)
        except Exception as error:
            if not is_outage(error):
                raise
            _log.warning("slot_not_released", slot=number, error=str(error), then="its reservation expires")

    async def _take_idle(self, quota: int, limit: int, taken: list[Slot]) -> None:
        """Add to `taken` what this worker has reserved already. A slot is out before its request, so that no other task
        takes it too and a renewal under way does not release it, and is idle again where that fails.
        """
        while self._idle and len(taken) < limit:
            number, slot = self._idle.popitem()
            self._out[number] = slot
            kept = None
            try:
                if number >= quota:
                    await self._slots.release(number, self._owner)
                else:
                    kept = await self._keep(slot)
            except BaseException:
                self.put_back(slot)
                raise
            if kept is None:
                self.let_go(slot)
            else:
                self._out[number] = kept
                taken.append(kept)

    async def _renew(self, slot: Slot) -> None:
        number = slot.number
        kept = await self._try(number)
        for slots in (self._idle, self._out):
            if number in slots:
                if kept is None:
                    del slots[number]
                else:
                    slots[number] = kept
                return
        # It was bound meanwhile, which keeps it, or released, which this has undone.
        await self._slots.release(number, self._owner)

    async def _keep(self, slot: Slot) -> Slot | None:
        """The slot, its reservation renewed where nobody has done that for long. None where it was lost meanwhile."""
        if slot.reserved_until_ms >= self._clock.now_ms() + self._settings.reservation_s * 500:
            return slot
        return await self._try(slot.number)

    async def _drop(self, number: int) -> None:
        """Release an idle slot; it stays one where that fails."""
        slot = self._idle.pop(number, None)
        if slot is None:
            return
        try:
            await self._slots.release(number, self._owner)
        except BaseException:
            self._idle[number] = slot
            raise
        self._hints[number] = None

    async def _find(self, quota: int, limit: int, taken: list[Slot]) -> None:
        """Add to `taken` what can be reserved of the free slots."""
        while len(taken) < limit and (number := await self._hint(quota)) is not None:
            # Out before its request: an older renewal of it, answered meanwhile, would release what this one reserves.
            wanted = self._out[number] = Slot(number, reserved_until_ms=self.reservation_end_ms())
            try:
                slot = await self._try(number)
            except BaseException:
                self.let_go(wanted)
                # Perhaps it was reserved all the same: then no read of the table would find it, but a second try does.
                self._hints[number] = None
                raise
            if slot is None:
                self.let_go(wanted)
                self._credit -= 1
                continue
            self._out[number] = slot
            taken.append(slot)
            self._credit = min(CREDIT, self._credit + 1)
            self._next_read = min(self._next_read, self._read_at + quota / ROWS_A_SECOND)

    async def _hint(self, quota: int) -> int | None:
        """A slot that was free when last read. None where none is left, and it is too early to read again."""
        if self._credit <= 0:
            self._hints.clear()
        if not self._hints and self._clock.monotonic() >= self._next_read:
            await self._read_free(quota)
        while self._hints:
            number, _ = self._hints.popitem()
            if number < quota:
                return number
        return None

    async def _read_free(self, quota: int) -> None:
        """Read which slots are free. The next read comes after a pause, or soon where this one leads to a slot.

        Jitter keeps a fleet's idle workers from reading the table in step.
        """
        pause = max(self._settings.slot_poll_s, quota / ROWS_A_SECOND) * random.uniform(0.5, 1.5)  # noqa: S311
        self._read_at = self._clock.monotonic()
        self._next_read = self._read_at + pause
        free = await self._slots.free_numbers(quota, self._clock.now_ms())
        random.shuffle(free)  # racers that begin at different slots meet less
        self._hints = dict.fromkeys(number for number in free if number not in self._idle)
        self._credit = CREDIT

    async def _try(self, number: int, *, blocked: bool = False) -> Slot | None:
        return await self._slots.reserve(
            number, self._owner, now_ms=self._clock.now_ms(), until_ms=self.reservation_end_ms(), blocked=blocked
        )
