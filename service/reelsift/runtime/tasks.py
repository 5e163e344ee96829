"""Tasks that run beside a loop and are waited for at its end."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any

from reelsift.runtime.clock import Clock, SystemClock
from reelsift.runtime.faults import Faults
from reelsift.runtime.timings import Timings


async def finish_all(*work: Awaitable[Any]) -> list[Any]:
    """Do several things side by side, each to its end, whatever becomes of the others; returns what they return.

    What one raises is raised once all have ended; where several do, all of it, as an exception group. Such a group is
    an outage (`aws.errors.is_outage`) only if each part is one: a fault of this program does not hide behind one.
    """
    results = await asyncio.gather(*work, return_exceptions=True)
    errors = [result for result in results if isinstance(result, BaseException)]
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise BaseExceptionGroup(f"{len(errors)} of {len(results)} failed", errors)
    return results


class Tasks:
    """A set of running tasks. A failure nobody handled is logged and counted, never lost."""

    def __init__(self, faults: Faults, timings: Timings = Timings(), clock: Clock = SystemClock()) -> None:
        self._faults = faults
        self._timings = timings
        self._clock = clock
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside the caller."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._done)

    async def room(self, limit: int, *, least: int = 1) -> int:
        """How many more may run beside those that do, `limit` in all; waits a little for room for `least`.

        0 where there is none even then, so that the loop around it shows that it is alive.
        """
        give_up = self._clock.monotonic() + self._timings.room_wait_s
        while limit - len(self._running) < least and (patience := give_up - self._clock.monotonic()) > 0:
            await asyncio.wait(self._running, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        return max(0, limit - len(self._running))

    async def join(self) -> None:
        """Wait until none runs."""
        while self._running:
            await asyncio.wait(self._running)

    async def leave_off(self) -> None:
        """End what still runs, where it is. It may note that it was ended, for a moment."""
        running = list(self._running)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=self._timings.leave_off_s)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._faults.pass_over("task_failed", error)
