import asyncio

from reelsift.worker.loop import Loop


async def test_a_loop_outlives_a_step_that_fails_and_ends_when_told_to() -> None:
    stop = asyncio.Event()
    steps = 0

    async def step() -> None:
        nonlocal steps
        steps += 1
        if steps == 1:
            raise RuntimeError("a fault of this program")
        stop.set()

    loop = Loop("test", step, stop)
    before = loop.beaten_at
    await asyncio.wait_for(loop.run(), 10)
    assert steps == 2
    assert loop.beaten_at > before
