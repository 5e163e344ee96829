"""Runs one step after another until it is stopped, whatever happens to a step."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from reelsift.aws.errors import is_outage
from reelsift.runtime.clock import Clock, SystemClock
from reelsift.runtime.faults import Faults
from reelsift.runtime.timings import Timings

_log = structlog.get_logger(__name__)


class Loop:
    """A named loop. `beaten_at` (monotonic seconds) is when its last step ended, for the liveness file."""

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[None]],
        stop: asyncio.Event,
        pause_s: float = 0,
        *,
        faults: Faults,
        wait: Callable[[], Awaitable[None]] | None = None,
        timings: Timings = Timings(),
        clock: Clock = SystemClock(),
    ) -> None:
        """`wait` is awaited after a step instead of the pause, and lasts no longer."""
        self._faults = faults
        self._timings = timings
        self._clock = clock
        self.name = name
        self.beaten_at = self._clock.monotonic()
        self._step = step
        self._stop = stop
        self.pause_s = pause_s
        self._wait = wait

    async def run(self) -> None:
        """Step, pause, step. A step that fails is logged and tried again after a growing pause."""
        failures = 0
        while not self._stop.is_set():
            pause_s = self.pause_s
            try:
                await self._step()
                failures = 0
            except Exception as error:  # noqa: BLE001 - the loop outlives whatever its step meets
                failures += 1
                pause_s = min(self._timings.longest_backoff_s, 0.5 * 2 ** min(failures, 6))
                if is_outage(error):
                    _log.warning("aws_unavailable", loop=self.name, error=f"{type(error).__name__}: {error}")
                else:
                    self._faults.swallow("loop_failed", error, loop=self.name, again_in_s=pause_s)
            self.beaten_at = self._clock.monotonic()
            if self._wait is not None and not failures:
                await self._wait()
            elif pause_s:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), pause_s)
            # Where neither the step nor the pause had anything to wait for, nothing else in the process would run.
            await asyncio.sleep(0)
