"""Clocks and waits for tests."""

import time

from reelsift.runtime.timings import Timings

QUICK_TIMINGS = Timings(batch_fresh_s=0.1)
"""What a worker in a test waits, unless the test says otherwise."""

DAY_MS = 86_400_000

LATER_MS = 4_000_000_000_000
"""The second of October 2096, in the morning."""


class WrongClock:
    """The clock of a machine whose time of day is wrong by `ahead_ms`; its steady clock is right."""

    def __init__(self, ahead_ms: int = 0) -> None:
        self.ahead_ms = ahead_ms

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.ahead_ms

    def monotonic(self) -> float:
        return time.monotonic()


def noon() -> WrongClock:
    """A clock that is right but for the hour, just after noon (UTC): neither a day nor an hour ends during a test."""
    clock = WrongClock()
    clock.ahead_ms = DAY_MS // 2 - clock.now_ms() % DAY_MS
    return clock


class SetClock:
    """A clock that stands still until a test moves it, but for `tick_s` at each look at the steady one: so a loop that
    waits for that gets to its end.

    Unless a test says otherwise it is later than the clock of any machine: what some part writes by that is past, as
    long as there are these tests.
    """

    def __init__(self, now_ms: int = LATER_MS, tick_s: float = 0) -> None:
        self._now_ms = now_ms
        self._tick_s = tick_s
        self._ticked_s = 0.0

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic(self) -> float:
        self._ticked_s += self._tick_s
        return self._now_ms / 1000 + self._ticked_s

    def move(self, seconds: float) -> None:
        self._now_ms += round(seconds * 1000)
