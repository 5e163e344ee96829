"""How long the event loop was kept from its work by this process's own, whatever else the machine does."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

TICK_S = 0.001


class Stall:
    """`longest_s` is the most processor time that this process took, in any thread, while the loop's timer was due."""

    def __init__(self) -> None:
        self._began = time.process_time()
        self.longest_s = 0.0

    @property
    def share(self) -> float:
        """The longest stall as a part of all the processor time so far, which is the same on a slow machine."""
        return self.longest_s / (time.process_time() - self._began)

    async def watch(self) -> None:
        while True:
            before = time.process_time()
            await asyncio.sleep(TICK_S)
            # Until the timer is due the process may take as much as passes.
            self.longest_s = max(self.longest_s, time.process_time() - before - TICK_S)


@asynccontextmanager
async def watched_loop() -> AsyncIterator[Stall]:
    """While this is open the loop is watched.

    Processor time, not time: on a machine with other work a loop that waits for its turn is not what is held up here.
    """
    # A whole heap of tests may be looked through just now, which takes longer than what is measured.
    gc.collect()
    gc.freeze()
    stall = Stall()
    task = asyncio.create_task(stall.watch())
    await asyncio.sleep(0)
    try:
        yield stall
        await asyncio.sleep(2 * TICK_S)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        gc.unfreeze()
