"""A data file of an inventory becomes chunks, whose lines are worked on while the remainder is still read."""

import asyncio
from collections import Counter

from reelsift.aws.batches import Batches
from reelsift.aws.chunks import Chunks
from reelsift.aws.objects import WorkBucket
from reelsift.aws.source_files import SourceFiles
from reelsift.domain.batch import OVER, Batch, BatchState, Chunk, Counts, SourceFile, chunk_key
from reelsift.inventories.files import FilePart
from reelsift.manifests.chunks import ChunkFile, ChunkWriter
from reelsift.runtime.clock import Clock
from reelsift.runtime.lease import Lease

NOT_READ = "data_file_not_read"
"""Under this name the data files are counted that a cancelled batch has left unread, whole or in part."""


class BatchOver(Exception):
    """The batch was cancelled: nothing more of its inventory is read."""


class FileSplitter:
    """Makes the chunks of one data file, under a lease on it.

    The same file gives the same chunks. Whoever takes it over finds those that are stored and goes on after them: a
    chunk that has a row is never written over, since its lines may have been sent.
    """

    def __init__(
        self,
        *,
        lease: Lease[SourceFile],
        batches: Batches,
        chunks: Chunks,
        source_files: SourceFiles,
        work: WorkBucket,
        clock: Clock,
    ) -> None:
        self._lease = lease
        self._batches = batches
        self._chunks = chunks
        self._source_files = source_files
        self._work = work
        self._clock = clock
        self._writer = ChunkWriter()
        self._stored: list[Chunk] = []
        self._seen = 0
        self._passed_over: Counter[str] = Counter()

    async def begin(self) -> Batch:
        """Find what is stored already; returns the batch. Raises BatchOver."""
        file = self._lease.row
        while (chunk := await self._row(file.first_chunk + len(self._stored))) is not None:
            self._stored.append(chunk)
            await self._lease.keep()
        return await self._batch()

    async def add(self, part: FilePart) -> None:
        """Append a part's rows, and store the chunks that they fill. Raises BatchOver."""
        self._seen += part.seen
        self._passed_over.update(part.passed_over)
        for chunk in await asyncio.to_thread(lambda: list(self._writer.add(part.file, part.rows))):
            await self._store(chunk)

    async def close(self) -> None:
        """Store the last chunk. Raises BatchOver."""
        last = await asyncio.to_thread(self._writer.close)
        if last is not None:
            await self._store(last)

    def leave_off(self) -> None:
        """Note that the file is not read to its end."""
        self._passed_over[NOT_READ] += 1

    async def finish(self) -> SourceFile:
        """Mark the file as done, with its numbers."""
        await self._lease.keep()
        return await self._source_files.change(
            self._lease.row,
            done=True,
            seen=self._seen,
            lines=sum(chunk.total or 0 for chunk in self._stored),
            chunks=len(self._stored),
            line_bytes=sum(chunk.size for chunk in self._stored),
            passed_over=tuple(sorted((str(lack), number) for lack, number in self._passed_over.items())),
            due_at_ms=None,
        )

    async def _store(self, new: ChunkFile) -> None:
        if new.number < len(self._stored) and self._stored[new.number].total == new.lines:
            return
        # After all that is stored: the line of a file that was damaged meanwhile is to have a place, too.
        number = self._lease.row.first_chunk + len(self._stored)
        batch = await self._batch()
        # A worker whose lease is lost must not write over what comes from the one that has it now.
        await self._lease.keep()
        key = chunk_key(batch.batch_id, number)
        await self._work.put(key, new.body, "application/gzip")
        chunk = Chunk(
            batch_id=batch.batch_id,
            number=number,
            counts=Counts(),
            total=new.lines,
            size=new.size,
            source_key=key,
            due_at_ms=self._clock.now_ms(),
        )
        await self._chunks.add(chunk)
        self._stored.append(chunk)

    async def _row(self, number: int) -> Chunk | None:
        """The row of a stored chunk. A line that names a chunk which does not exist makes a row without a total."""
        chunk = await self._chunks.get(self._lease.row.batch_id, number)
        return chunk if chunk is not None and chunk.total is not None else None

    async def _batch(self) -> Batch:
        batch = await self._batches.get(self._lease.row.batch_id)
        if batch is None or batch.state is BatchState.CANCELLING or batch.state in OVER:
            raise BatchOver
        return batch
