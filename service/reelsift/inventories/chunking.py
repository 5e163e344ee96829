"""A data file of an inventory becomes chunks, whose lines are worked on while the rest of it is still read."""

import asyncio
from collections import Counter

from reelsift.aws.deployment import Deployment
from reelsift.domain.batch import OVER, Batch, BatchState, Chunk, Counts, SourceFile, chunk_key
from reelsift.inventories.claim import Claim
from reelsift.inventories.files import Portion
from reelsift.manifests.chunks import ChunkFile, ChunkWriter
from reelsift.runtime.clock import now_ms

NOT_READ = "data_file_not_read"
"""Under this name the data files are counted that a cancelled batch has left unread, whole or in part."""


class BatchOver(Exception):
    """The batch was cancelled: nothing more of its inventory is read."""


class InventoryCut:
    """The chunks of one data file, by a claim on it.

    The same file gives the same chunks, so whoever takes it over finds what is there already and goes on behind it: a
    chunk that has a row is never written over, since its lines may have been sent.
    """

    def __init__(self, deployment: Deployment, claim: Claim[SourceFile]) -> None:
        self._deployment = deployment
        self._claim = claim
        self._writer = ChunkWriter()
        self._there: list[Chunk] = []
        self._seen = 0
        self._passed_over: Counter[str] = Counter()

    async def begin(self) -> Batch:
        """See what is there already. Raises BatchOver."""
        file = self._claim.row
        while (chunk := await self._row(file.first_chunk + len(self._there))) is not None:
            self._there.append(chunk)
            await self._claim.keep()
        return await self._batch()

    async def add(self, portion: Portion) -> None:
        """Append a portion's rows, and store the chunks that they fill. Raises BatchOver."""
        self._seen += portion.seen
        self._passed_over.update(portion.passed_over)
        for chunk in await asyncio.to_thread(lambda: list(self._writer.add(portion.file, portion.rows))):
            await self._store(chunk)

    async def close(self) -> None:
        """Store the last chunk. Raises BatchOver."""
        last = await asyncio.to_thread(self._writer.close)
        if last is not None:
            await self._store(last)

    def leave_off(self) -> None:
        """Note that the file is not read to its end."""
        self._passed_over[NOT_READ] += 1

    async def done(self) -> SourceFile:
        """Give the file up as done, with its numbers."""
        await self._claim.keep()
        return await self._deployment.source_files.change(
            self._claim.row,
            done=True,
            seen=self._seen,
            lines=sum(chunk.total or 0 for chunk in self._there),
            chunks=len(self._there),
            line_bytes=sum(chunk.size for chunk in self._there),
            passed_over=tuple(sorted((str(lack), number) for lack, number in self._passed_over.items())),
            due_at_ms=None,
        )

    async def _store(self, cut: ChunkFile) -> None:
        if cut.number < len(self._there) and self._there[cut.number].total == cut.lines:
            return
        # Behind what is there: a file that was damaged since has its line there, too.
        number = self._claim.row.first_chunk + len(self._there)
        batch = await self._batch()
        # A claim that was lost must not write over what comes from the worker that has it now.
        await self._claim.keep()
        key = chunk_key(batch.batch_id, number)
        await self._deployment.work.put(key, cut.body, "application/gzip")
        chunk = Chunk(
            batch_id=batch.batch_id,
            number=number,
            counts=Counts(),
            total=cut.lines,
            size=cut.size,
            source_key=key,
            due_at_ms=now_ms(),
        )
        await self._deployment.chunks.add(chunk)
        self._there.append(chunk)

    async def _row(self, number: int) -> Chunk | None:
        """The row of a chunk that has been cut: a line that names a chunk which does not exist makes no such row."""
        chunk = await self._deployment.chunks.get(self._claim.row.batch_id, number)
        return chunk if chunk is not None and chunk.total is not None else None

    async def _batch(self) -> Batch:
        batch = await self._deployment.batches.get(self._claim.row.batch_id)
        if batch is None or batch.state is BatchState.CANCELLING or batch.state in OVER:
            raise BatchOver
        return batch
