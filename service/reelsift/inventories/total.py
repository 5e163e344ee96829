"""How many lines an inventory has: known once all of its data files have been split into chunks."""

from collections import Counter

import structlog

from reelsift.aws.batches import Batches
from reelsift.aws.chunks import Chunks
from reelsift.aws.errors import is_outage
from reelsift.aws.source_files import SourceFiles
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import HELD, WORKING, Batch, BatchState
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults

WRITES_TRIED = 3
"""The batch watch changes the row every few seconds: a total that met that is written again."""

_log = structlog.get_logger(__name__)


class InventoryTotals:
    """Checks whether inventories have been read to their end, and writes their sums to their batches."""

    def __init__(
        self,
        *,
        batches: Batches,
        chunks: Chunks,
        source_files: SourceFiles,
        active_batches: ActiveBatches,
        faults: Faults,
        clock: Clock,
    ) -> None:
        self._batches = batches
        self._chunks = chunks
        self._source_files = source_files
        self._active_batches = active_batches
        self._faults = faults
        self._clock = clock
        self._first_undone: dict[str, int] = {}

    async def step(self) -> None:
        """Check every batch whose inventory is being read: whoever split its last file may have died after that."""
        waiting = [batch for batch in await self._active_batches.batches() if is_read(batch)]
        names = {batch.batch_id for batch in waiting}
        self._first_undone = {name: number for name, number in self._first_undone.items() if name in names}
        for batch in waiting:
            try:
                await self.check(batch)
            except Exception as error:
                if is_outage(error):
                    raise
                # A fault of this program, or a row that somebody edited: other inventories are read all the same.
                self._faults.swallow("inventory_not_summed_up", error, batch=batch.batch_id)

    async def check(self, batch: Batch) -> None:
        """Sum up a batch if all of its files are done, or none is to be read any more."""
        if batch.files is None:
            # A cancelled batch whose manifest nobody has read: whoever reads it now finds its row changed.
            if batch.state not in WORKING | HELD:
                await self._sum_up(batch)
            return
        start = self._first_undone.get(batch.batch_id, 0)
        async for file in self._source_files.of_batch(batch.batch_id, start):
            if not file.done:
                self._first_undone[batch.batch_id] = file.number
                return
        await self._sum_up(batch)

    async def _sum_up(self, batch: Batch) -> None:
        """Write the sums of the chunks' rows, not the files': a file that is not read to its end has some chunks."""
        passed_over: Counter[str] = Counter()
        async for file in self._source_files.of_batch(batch.batch_id):
            passed_over.update(dict(file.passed_over))
        total = chunks = size = 0
        async for chunk in self._chunks.of_batch(batch.batch_id):
            if chunk.total is not None:
                total, chunks, size = total + chunk.total, chunks + 1, size + chunk.size
        for _ in range(WRITES_TRIED):
            current = await self._batches.get(batch.batch_id)
            if current is None or not is_read(current):
                return
            try:
                await self._batches.change(
                    current,
                    state=BatchState.ACTIVE if current.state is BatchState.PREPARING else current.state,
                    total=total,
                    chunks=chunks,
                    size=size,
                    files=current.files or 0,
                    passed_over=tuple(sorted(passed_over.items())),
                    due_at_ms=self._clock.now_ms(),
                )
            except ConditionFailed:
                continue
            self._active_batches.wake()
            _log.info("inventory_read", batch=batch.batch_id, lines=total, passed_over=dict(passed_over))
            return


def is_read(batch: Batch) -> bool:
    """Whether data files of its inventory may still be waiting for somebody to read them."""
    return batch.manifest_key is not None and batch.total is None
