import asyncio
from typing import Any, cast

from reelsift.jobs.slot_pool import SlotPool
from reelsift.runtime.clock import SystemClock
from reelsift.runtime.timings import Timings

UNUSED = cast("Any", None)


async def test_a_stopping_worker_does_not_sit_out_its_pause() -> None:
    pool = SlotPool(slots=UNUSED, quota=UNUSED, owner="me", settings=UNUSED, timings=Timings(), clock=SystemClock())
    pool.pause(60)
    waiting = asyncio.create_task(pool.take(1))
    await asyncio.sleep(0)
    pool.stop()
    assert await asyncio.wait_for(waiting, 5) == []
