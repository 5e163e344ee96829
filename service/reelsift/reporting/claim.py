"""The right to end a batch, kept while its report is written."""

import asyncio

from reelsift.aws.batches import Batches
from reelsift.domain.batch import Batch
from reelsift.runtime.clock import now_ms

LEASE_MS = 120_000

FRESH_MS = 10_000
"""A claim is not renewed more often than this."""


class WorkerStops(Exception):
    """The worker has been told to stop: another one is to begin what it leaves off."""


class ReportClaim:
    """A claim of a batch whose report is to be written. Nothing but `Batches.change` of its batch ends it."""

    def __init__(self, batches: Batches, batch: Batch, stop: asyncio.Event) -> None:
        self.batch = batch
        self._batches = batches
        self._stop = stop

    async def keep(self) -> None:
        """Renew the claim, so that nearly all of it is left for what comes next.

        Raises WorkerStops, or ConditionFailed where another worker has the batch, or a line of it was reopened.
        """
        if self._stop.is_set():
            raise WorkerStops
        if (self.batch.due_at_ms or 0) - now_ms() < LEASE_MS - FRESH_MS:
            await self.leave(now_ms() + LEASE_MS)

    async def leave(self, due_at_ms: int) -> None:
        """Let any worker begin it from then on."""
        self.batch = await self._batches.change(self.batch, due_at_ms=due_at_ms)
