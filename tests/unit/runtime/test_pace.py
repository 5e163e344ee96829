import asyncio
import time

import pytest

from reelsift.runtime.pace import HALVING_S, SLOWEST, Pace


async def test_a_burst_of_throttles_halves_the_rate_once_and_success_brings_it_back_but_never_above(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr("reelsift.runtime.pace.time.monotonic", lambda: now)
    pace = Pace(8)
    for _ in range(20):
        pace.throttled()
    assert pace.rate == 4
    for _ in range(100):
        pace.succeeded()
    assert pace.rate == 8
    for _ in range(10):
        now += HALVING_S
        pace.throttled()
    assert pace.rate == SLOWEST


async def test_turns_come_at_the_rate() -> None:
    pace = Pace(50)
    began = time.monotonic()
    await asyncio.gather(*(pace.turn() for _ in range(11)))
    assert time.monotonic() - began >= 0.19
