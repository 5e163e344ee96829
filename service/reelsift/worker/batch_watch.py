"""Batches from submission to their last outcome: their chunk rows, and their changes of state."""

import structlog

from reelsift.aws.deployment import Deployment
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import Batch, BatchState
from reelsift.worker.clock import now_ms

BATCHES_AT_ONCE = 200
"""Batches under way that are looked at together."""

LOOK_MS = 5_000
"""How often a batch is looked at; one with many chunks, less often."""

CHUNKS_A_SECOND = 100

_log = structlog.get_logger(__name__)


class BatchWatch:
    """Looks at each batch under way now and then: of all workers one at a time does."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    async def step(self) -> None:
        """Look at every batch whose time has come."""
        now = now_ms()
        for batch in await self._deployment.batches.under_way(BATCHES_AT_ONCE):
            if batch.direct or (batch.look_at_ms or 0) > now:
                continue
            try:
                pause_ms = LOOK_MS + batch.chunks * 1000 // CHUNKS_A_SECOND
                await self._look(await self._deployment.batches.change(batch, look_at_ms=now_ms() + pause_ms))
            except ConditionFailed:
                continue

    async def _look(self, batch: Batch) -> None:
        """Make the chunk rows a batch lacks, and have its report written once every line has its outcome."""
        batches = self._deployment.batches
        chunks = {chunk.number: chunk async for chunk in batches.chunks(batch.batch_id)}
        if batch.total is None:
            return
        if batch.manifest_key is None:
            for number in range(batch.chunks):
                if number not in chunks or chunks[number].total is None:
                    # Whoever submitted it died half-way; its files are all there, or the batch would not be.
                    await batches.add_chunk(batch.chunk(number, now_ms()))
        # A line may name any batch and chunk: what stands beyond the batch's own chunks neither ends nor delays it.
        own = [chunk for chunk in chunks.values() if chunk.total is not None]
        if len(own) == batch.chunks and all(chunk.complete and chunk.reported for chunk in own):
            await batches.change(batch, state=BatchState.COMPLETING, look_at_ms=now_ms())
            _log.info("batch_completing", batch=batch.batch_id, lines=batch.total)
