"""The batches under way, read once for all loops of a worker, and how long these loops rest."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from reelsift.aws.deployment import Deployment
from reelsift.domain.batch import Batch, BatchState
from reelsift.runtime.clock import Clock, SystemClock

BATCHES_AT_ONCE = 200
"""Batches under way that are looked at together."""


class ActiveBatches:
    """Reads the batches under way every `every_s` seconds, less often while there are none, but every `idle_s`.

    Whoever knows that there is something to do wakes the loops, so that only what nobody tells of has to wait.
    """

    def __init__(
        self, deployment: Deployment, *, every_s: float = 0, idle_s: float = 0, clock: Clock = SystemClock()
    ) -> None:
        """Without times each look reads anew."""
        self._batches = deployment.batches
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
        """Batches that are neither over nor completing, those first whose look is the longest due."""
        async with self._reading:
            if self._clock.monotonic() >= self._due:
                wakes = self._wakes
                self._read = await self._batches.active(BATCHES_AT_ONCE)
                busy = any(batch.state is not BatchState.PAUSED for batch in self._read)
                self._pause_s = self._every_s if busy else min(self._idle_s, 2 * self._pause_s)
                # What this was woken for while it read may have come too late for the answer.
                self._due = self._clock.monotonic() + self._pause_s if wakes == self._wakes else 0.0
                self._tell_changes()
            return self._read

    def wake(self) -> None:
        """Have every loop that rests look: something was submitted, or is handed on from one loop to the next.

        Not at once: the index that they read lags behind the rows, and would not tell of it yet. Nor more often than
        that, however many ask for it.
        """
        if self._waking:
            self._wake_again = True
            return
        self._waking = True
        asyncio.get_running_loop().call_later(self._every_s / 2, self._look_anew)

    def stop(self) -> None:
        """Nobody rests any more."""
        self._stopped = True
        self._woken.set()

    def until_read(self) -> Callable[[], Awaitable[None]]:
        """The rest of a loop that looks at the batches: until they are to be read again."""
        return self._rest(lambda: self._due)

    def until_idle(self) -> Callable[[], Awaitable[None]]:
        """The rest of a loop that is woken for what it does, and looks by itself in case nobody did: `idle_s`."""
        return self._rest(lambda: self._clock.monotonic() + self._idle_s)

    def _look_anew(self) -> None:
        self._waking, again, self._wake_again = False, self._wake_again, False
        if again:
            self.wake()
        self._due = 0.0
        self._pause_s = self._every_s / 2
        self._rouse()

    def _tell_changes(self) -> None:
        """A batch that goes on in another worker is a reason to look for work in it here."""
        known = {(batch.batch_id, batch.state, batch.total is None) for batch in self._read}
        if known != self._known:
            self._known = known
            self._rouse()

    def _rouse(self) -> None:
        self._wakes += 1
        self._woken.set()

    def _rest(self, end: Callable[[], float]) -> Callable[[], Awaitable[None]]:
        # What a loop is woken for while it is in its step may have come too late for that step.
        known = self._wakes

        async def rest() -> None:
            nonlocal known
            until = end()
            while not self._stopped and known == self._wakes and (left := until - self._clock.monotonic()) > 0:
                self._woken.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), left)
            known = self._wakes

        return rest
