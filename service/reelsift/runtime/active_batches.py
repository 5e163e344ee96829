"""The batches under way, read once for all loops of a worker, and how long these loops pause."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from reelsift.aws.batches import Batches
from reelsift.domain.batch import Batch, BatchState
from reelsift.runtime.clock import Clock, SystemClock

BATCHES_AT_ONCE = 200
"""Batches under way that are read at a time."""


class ActiveBatches:
    """Reads the batches under way every `every_s` seconds, less often while there are none, but every `idle_s`.

    Whoever knows that there is something to do wakes the loops. So only what nobody knows of has to wait.
    """

    def __init__(
        self, batches: Batches, *, every_s: float = 0, idle_s: float = 0, clock: Clock = SystemClock()
    ) -> None:
        """Without times every call of `batches` reads them anew."""
        self._batches = batches
        self._clock = clock
        self._every_s = every_s
        self._idle_s = idle_s
        self._reading = asyncio.Lock()
        self._read: list[Batch] = []
        self._known: set[tuple[str, BatchState, bool]] = set()
        self._pause_s = every_s / 2
        self._due = 0.0
        self._wakes = 0
        self._woken = asyncio.Event()
        self._waking = self._wake_again = False
        self._stopped = False

    async def batches(self) -> list[Batch]:
        """Batches that are neither over nor completing, those first that are due the longest."""
        async with self._reading:
            if self._clock.monotonic() >= self._due:
                wakes = self._wakes
                self._read = await self._batches.active(BATCHES_AT_ONCE)
                busy = any(batch.state is not BatchState.PAUSED for batch in self._read)
                self._pause_s = self._every_s if busy else min(self._idle_s, 2 * self._pause_s)
                # What this was woken for while it read may have come too late for the answer.
                self._due = self._clock.monotonic() + self._pause_s if wakes == self._wakes else 0.0
                self._wake_on_change()
            return self._read

    def wake(self) -> None:
        """End the pause of every loop: something was submitted, or one loop has work for another.

        After a moment, since the index that they read lags behind the rows; and once in that time, however many call.
        """
        if self._waking:
            self._wake_again = True
            return
        self._waking = True
        asyncio.get_running_loop().call_later(self._every_s / 2, self._read_anew)

    def stop(self) -> None:
        """End every pause, and make no more."""
        self._stopped = True
        self._woken.set()

    def until_read(self) -> Callable[[], Awaitable[None]]:
        """The pause of a loop that works on the batches: until they are to be read again."""
        return self._pause(lambda: self._due)

    def until_idle(self) -> Callable[[], Awaitable[None]]:
        """The pause of a loop that is woken for its work: `idle_s`, in case whoever should have woken it has died."""
        return self._pause(lambda: self._clock.monotonic() + self._idle_s)

    def _read_anew(self) -> None:
        self._waking, again, self._wake_again = False, self._wake_again, False
        if again:
            self.wake()
        self._due = 0.0
        self._pause_s = self._every_s / 2
        self._end_pauses()

    def _wake_on_change(self) -> None:
        """A batch that changed its state, which another worker may have done, may have work for every loop here."""
        known = {(batch.batch_id, batch.state, batch.total is None) for batch in self._read}
        if known != self._known:
            self._known = known
            self._end_pauses()

    def _end_pauses(self) -> None:
        self._wakes += 1
        self._woken.set()

    def _pause(self, end: Callable[[], float]) -> Callable[[], Awaitable[None]]:
        # What a loop is woken for while it is in its step may have come too late for that step.
        known = self._wakes

        async def pause() -> None:
            nonlocal known
            until = end()
            while not self._stopped and known == self._wakes and (left := until - self._clock.monotonic()) > 0:
                self._woken.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), left)
            known = self._wakes

        return pause
