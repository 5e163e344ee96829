"""The slots this worker has reserved and not yet bound."""

import asyncio
import random
import time

from reelsift.aws.quota import Quota
from reelsift.aws.slots import Slot, Slots
from reelsift.settings import RESERVATION_MARGIN_S, Settings
from reelsift.worker.clock import now_ms

LONGEST_WAIT_S = 10
"""`take` returns empty-handed after this, so that the loop around it shows that it is alive."""


class SlotPool:
    """Reserves slots before messages are received, so that no message is taken that cannot be started.

    A slot comes from the table, or from this worker's own completions, which hand theirs over.
    """

    def __init__(self, slots: Slots, quota: Quota, owner: str, settings: Settings) -> None:
        self._slots = slots
        self._quota = quota
        self._owner = owner
        self._settings = settings
        self._idle: dict[int, Slot] = {}
        self._arrived = asyncio.Event()
        self._next_look = 0.0
        self._rest_until = 0.0
        self.closed = False

    async def take(self, limit: int) -> list[Slot]:
        """At least one slot and at most `limit`, reserved for long enough to receive a message under it.

        Empty after some seconds without any, and once the pool is closed.
        """
        give_up = time.monotonic() + LONGEST_WAIT_S
        while not self.closed and time.monotonic() < give_up:
            self._arrived.clear()
            taken = await self.take_now(limit) if time.monotonic() >= self._rest_until else []
            if taken:
                return taken
            if time.monotonic() < self._rest_until:
                self._next_look = self._rest_until
            pause = max(0.0, min(self._next_look, give_up) - time.monotonic())
            try:
                await asyncio.wait_for(self._arrived.wait(), pause)
            except TimeoutError:
                continue
        return []

    async def take_now(self, limit: int) -> list[Slot]:
        """As many as `limit` of the slots that can be had without waiting; none once the pool is closed."""
        taken: list[Slot] = []
        if self.closed:
            return taken
        quota = await self._quota.value()
        while self._idle and len(taken) < limit:
            _, slot = self._idle.popitem()
            if slot.number >= quota:
                await self._drop(slot)
            elif (kept := await self._keep(slot)) is not None:
                taken.append(kept)
        if len(taken) < limit and time.monotonic() >= self._next_look:
            found = await self._reserve(quota, limit - len(taken))
            taken += found
            if not found:
                # Jitter keeps a fleet's idle workers from reading the table in step.
                self._next_look = time.monotonic() + self._settings.slot_poll_s * random.uniform(0.5, 1.5)  # noqa: S311
        return taken

    def rest(self, seconds: float) -> None:
        """Take nothing for a while: what would be started now could not be done."""
        self._rest_until = max(self._rest_until, time.monotonic() + seconds)

    def give_back(self, slot: Slot) -> None:
        """Keep a slot that was not needed for the next message."""
        self._idle[slot.number] = slot
        self._arrived.set()

    def hand_over(self, number: int, reserved_until_ms: int) -> None:
        """Take in a slot that a completion's transaction has reserved for this worker."""
        self.give_back(Slot(number, reserved_until_ms=reserved_until_ms))

    def reservation_end_ms(self) -> int:
        return now_ms() + self._settings.reservation_s * 1000

    async def spare(self) -> None:
        """Release all but one: with nothing to receive, the others are better left to whoever comes first."""
        while len(self._idle) > 1:
            _, slot = self._idle.popitem()
            await self._drop(slot)

    def stop(self) -> None:
        """Hand out no more; whoever waits for a slot is told at once."""
        self.closed = True
        self._arrived.set()

    async def close(self) -> None:
        """Hand out no more, and release what is left."""
        self.stop()
        while self._idle:
            _, slot = self._idle.popitem()
            await self._drop(slot)

    async def _keep(self, slot: Slot) -> Slot | None:
        """The slot, its reservation renewed where a long poll could outlast it. None where it was lost meanwhile."""
        needed_until = now_ms() + (self._settings.intake_wait_s + RESERVATION_MARGIN_S) * 1000
        if slot.reserved_until_ms >= needed_until:
            return slot
        return await self._try(slot.number)

    async def _drop(self, slot: Slot) -> None:
        await self._slots.release(slot.number, self._owner)

    async def _reserve(self, quota: int, limit: int) -> list[Slot]:
        now = now_ms()
        rows = {slot.number: slot for slot in await self._slots.all()}
        free = [number for number in range(quota) if number not in rows or rows[number].free(now)]
        random.shuffle(free)  # racers that begin at different slots meet less
        found: list[Slot] = []
        for number in free:
            if len(found) == limit:
                break
            slot = await self._try(number)
            if slot is not None:
                found.append(slot)
        return found

    async def _try(self, number: int) -> Slot | None:
        return await self._slots.reserve(number, self._owner, now_ms=now_ms(), until_ms=self.reservation_end_ms())
