import asyncio
import time

from reelsift.runtime.pace import SLOWEST, Pace
from reelsift.runtime.timings import Timings
from support.clocks import SetClock


async def test_a_burst_of_throttles_halves_the_rate_once_and_success_brings_it_back_but_never_above() -> None:
    timings, clock = Timings(), SetClock()
    pace = Pace(8, timings, clock)
    for _ in range(20):
        pace.throttled()
    assert pace.rate == 4
    for _ in range(100):
        pace.succeeded()
    assert pace.rate == 8
    for _ in range(10):
        clock.move(timings.throttle_memory_s)
        pace.throttled()
    assert pace.rate == SLOWEST


async def test_turns_come_at_the_rate() -> None:
    pace = Pace(50)
    began = time.monotonic()
    await asyncio.gather(*(pace.turn() for _ in range(11)))
    assert time.monotonic() - began >= 0.19
