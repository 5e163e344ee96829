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


async def test_turns_come_at_the_rate_also_while_it_comes_back_after_a_throttle() -> None:
    pace = Pace(100)
    pace.throttled()
    began = time.monotonic()
    turns = 0
    while pace.rate < pace.fastest:
        await pace.turn()
        pace.succeeded()
        turns += 1
    assert turns == 10
    assert time.monotonic() - began >= sum(1 / (50 + 5 * step) for step in range(1, 10))


async def test_nobody_waits_for_what_the_rate_was_before_it_came_back() -> None:
    pace = Pace(1_000, Timings(), SetClock(tick_s=Timings().throttle_memory_s))
    while pace.rate > SLOWEST:
        pace.throttled()
    await pace.turn()
    while pace.rate < pace.fastest:
        pace.succeeded()
    # A machine that is held up for as long ends both waits at once, the shorter one first.
    turn = asyncio.create_task(pace.turn())
    await asyncio.wait([turn], timeout=0.5 / SLOWEST)
    assert turn.done()
