"""The end of batches that no manifest has: lines sent straight to the queue, by the day, and the clips of smoke tests.

Nobody knows how many lines such a batch has. It is over once none of its lines has ended for a day; a line that ends
after that opens it again.
"""

from contextlib import suppress

import structlog

from reelsift.aws.batches import Batches
from reelsift.aws.chunks import Chunks
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import DIRECT_REST_MS, Batch, BatchState, Chunk, Tally
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import Clock

DAYS_AT_ONCE = 20
"""Batches that one look takes up."""

PAGE_CHUNKS = 1_000
"""Chunks that one look reads, in one request: there are eight, unless a line names others."""

LOOK_MS = 60_000
"""Between two looks at a batch over which a worker dies."""

_log = structlog.get_logger(__name__)


class DirectDays:
    """Closes batches without a manifest. Any worker may, several at a time: each write is conditional."""

    def __init__(self, *, batches: Batches, chunks: Chunks, active_batches: ActiveBatches, clock: Clock) -> None:
        self._batches = batches
        self._chunks = chunks
        self._active_batches = active_batches
        self._clock = clock

    async def step(self) -> None:
        """Begin to close what has rested; look again later at what has not."""
        for batch in await self._batches.due_direct(self._clock.now_ms(), DAYS_AT_ONCE):
            with suppress(ConditionFailed):
                claimed = await self._batches.change(batch, due_at_ms=self._clock.now_ms() + LOOK_MS)
                await self._look(claimed)

    async def _look(self, batch: Batch) -> None:
        page = await self._chunks.page(batch.batch_id, 0, PAGE_CHUNKS)
        rests_at_ms = _rests_at(batch, page)
        if rests_at_ms > self._clock.now_ms():
            await self._batches.change(batch, due_at_ms=rests_at_ms)
            return
        await self._batches.change(batch, closing=True, due_at_ms=self._clock.now_ms())
        _log.info("batch_rests", batch=batch.batch_id, then="it is closed and reported")
        self._active_batches.wake()

    async def close(self, batch: Batch) -> None:
        """Go on with a batch that is closing: close the next chunks that have rested, and end it once each has its
        report. Where a line has ended meanwhile it rests anew. Raises ConditionFailed where the batch has changed.
        """
        page = await self._chunks.page(batch.batch_id, batch.tally.next, PAGE_CHUNKS)
        rests_at_ms = _rests_at(batch, page)
        if rests_at_ms > self._clock.now_ms():
            await self._batches.change(batch, closing=False, tally=Tally(), due_at_ms=rests_at_ms)
            return
        tally = batch.tally
        for chunk in page:
            tally = tally.add(chunk)
            if not chunk.closed:
                with suppress(ConditionFailed):
                    await self._chunks.close(chunk, now_ms=self._clock.now_ms())
                    self._active_batches.wake()
        if len(page) == PAGE_CHUNKS:
            await self._batches.change(batch, tally=tally)
        elif tally.all_done:
            now = self._clock.now_ms()
            await self._batches.change(batch, state=BatchState.COMPLETING, closing=False, due_at_ms=now, tally=Tally())
            self._active_batches.wake()
            _log.info("batch_completing", batch=batch.batch_id, lines=tally.counts.ended)
        elif batch.tally != Tally():
            # Counted from the beginning until every chunk has its report.
            await self._batches.change(batch, tally=Tally())


def _rests_at(batch: Batch, page: list[Chunk]) -> int:
    """When the lines of some chunks will have rested, or have, as far as they are not closed."""
    last_ms = [chunk.last_ms for chunk in page if not chunk.closed]
    return max([batch.created_ms, *last_ms]) + DIRECT_REST_MS
