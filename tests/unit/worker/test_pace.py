import asyncio
import time

from reelsift.worker.pace import SLOWEST, Pace


async def test_a_throttle_halves_the_rate_and_success_brings_it_back_but_never_above() -> None:
    pace = Pace(8)
    pace.throttled()
    assert pace.rate == 4
    for _ in range(100):
        pace.succeeded()
    assert pace.rate == 8
    for _ in range(100):
        pace.throttled()
    assert pace.rate == SLOWEST


async def test_turns_come_at_the_rate() -> None:
    pace = Pace(50)
    began = time.monotonic()
    await asyncio.gather(*(pace.turn() for _ in range(11)))
    assert time.monotonic() - began >= 0.19
