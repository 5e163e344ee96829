"""What became of each line, written down: chunk by chunk as they complete, and the whole when a batch ends."""

from reelsift.aws.deployment import Deployment
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import Batch, BatchState, Chunk
from reelsift.worker.clock import now_ms

CANDIDATES = 5
"""Due reports read at a time: enough for several workers to find one each."""

LEASE_MS = 120_000


class Reporter:
    """Writes the reports of whatever batch, whichever worker is first."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    async def step(self) -> None:
        """Take up a chunk's part of a report, and a batch's end."""
        batches = self._deployment.batches
        for chunk in await batches.due_reports(now_ms(), CANDIDATES):
            try:
                await self._chunk(await batches.claim_report(chunk, now_ms() + LEASE_MS))
            except ConditionFailed:
                continue
        for batch in await batches.due_completing(now_ms(), CANDIDATES):
            try:
                await self._batch(await batches.change(batch, look_at_ms=now_ms() + LEASE_MS))
            except ConditionFailed:
                continue

    async def _chunk(self, chunk: Chunk) -> None:
        await self._deployment.batches.reported(chunk, {})

    async def _batch(self, batch: Batch) -> None:
        state = BatchState.CANCELLED if batch.stopped else BatchState.COMPLETE
        await self._deployment.batches.change(batch, state=state, finished_ms=now_ms(), look_at_ms=None)
        self._deployment.metrics.count("BatchesCompleted")
