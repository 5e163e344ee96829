"""How many requests a second this worker sends, learnt from being throttled."""

import asyncio

from reelsift.runtime.clock import Clock, SystemClock
from reelsift.runtime.timings import Timings

SLOWEST = 0.2
"""Requests a second a throttled worker goes down to."""


class Pace:
    """Additive increase, multiplicative decrease: without talking to each other, the workers of a fleet come to
    share the account's rate.

    `rate` is requests a second; it never exceeds `fastest`.
    """

    def __init__(self, fastest: float, timings: Timings = Timings(), clock: Clock = SystemClock()) -> None:
        self._timings = timings
        self._clock = clock
        self.fastest = fastest
        self.rate = fastest
        self._halved_at = float("-inf")
        self._turns = asyncio.Lock()
        self._last_at = float("-inf")

    async def turn(self) -> None:
        """Wait until the next request may be sent: so long after the last one as the rate says by then."""
        # One after the other: whoever waits behind others goes by the rate of its own turn.
        async with self._turns:
            loop = asyncio.get_running_loop()
            at = max(loop.time(), self._last_at + 1 / self.rate)
            await asyncio.sleep(at - loop.time())
            self._last_at = at

    def throttled(self) -> None:
        """AWS said: too fast."""
        if self._clock.monotonic() - self._halved_at >= self._timings.throttle_memory_s:
            self._halved_at = self._clock.monotonic()
            self.rate = max(SLOWEST, self.rate / 2)

    def succeeded(self) -> None:
        """AWS took a request: try a little more, a twentieth of the most, so that a second throttle is not at once."""
        if self.rate < self.fastest:
            self.rate = min(self.fastest, self.rate + self.fastest / 20)
