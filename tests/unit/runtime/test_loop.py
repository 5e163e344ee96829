import asyncio

import pytest

from reelsift.runtime.faults import Faults
from reelsift.runtime.loop import Loop
from support.memory_stores import MemoryMetrics
from support.patience import PATIENCE_S


async def test_a_loop_outlives_a_step_that_fails_and_ends_when_told_to() -> None:
    stop = asyncio.Event()
    metrics = MemoryMetrics()
    faults = Faults(metrics)
    steps = 0

    async def step() -> None:
        nonlocal steps
        steps += 1
        if steps == 1:
            raise RuntimeError("a fault of this program")
        stop.set()

    loop = Loop("test", step, stop, faults=faults)
    before = loop.beaten_at
    await asyncio.wait_for(loop.run(), PATIENCE_S)
    assert steps == 2
    assert metrics.counted["ProgramFailures",] == 1
    assert loop.beaten_at > before


async def test_a_loop_with_a_wait_of_its_own_takes_that_after_a_step_that_went_well_and_no_other() -> None:
    stop = asyncio.Event()
    told: list[str] = []

    async def step() -> None:
        told.append("step")
        if len(told) == 1:
            raise RuntimeError("a fault of this program")

    async def wait() -> None:
        told.append("wait")
        if told.count("wait") == 2:
            stop.set()

    await asyncio.wait_for(Loop("test", step, stop, 1_000, faults=Faults(MemoryMetrics()), wait=wait).run(), PATIENCE_S)
    assert told == ["step", "step", "wait", "step", "wait"]


@pytest.mark.parametrize("has_wait", [False, True])
async def test_a_loop_that_has_nothing_to_wait_for_leaves_others_their_turn(*, has_wait: bool) -> None:
    stop = asyncio.Event()
    steps = 0

    async def step() -> None:
        nonlocal steps
        steps += 1
        if steps == 1000:
            stop.set()

    async def wait() -> None:
        pass

    async def other() -> int:
        return steps

    turn = asyncio.create_task(other())
    await Loop("test", step, stop, faults=Faults(MemoryMetrics()), wait=wait if has_wait else None).run()
    assert turn.done()
    assert await turn < 1000
