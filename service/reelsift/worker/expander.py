"""Chunks become messages: a little ahead of the work, by whichever worker claims them."""

import asyncio
from collections.abc import Iterator
from typing import TypeVar

import structlog

from reelsift.aws.deployment import Deployment
from reelsift.aws.outcomes import Progress
from reelsift.aws.queue import BATCH_MESSAGES
from reelsift.aws.table import ConditionFailed
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch, Chunk
from reelsift.domain.failure import Reason
from reelsift.domain.line import Line, LineId
from reelsift.domain.outcome import Outcome, failed
from reelsift.domain.video import ObjectRef
from reelsift.manifests.chunks import ChunkError, SourceRow, read_chunk
from reelsift.manifests.line_message import encode_line
from reelsift.manifests.manifest_row import BadRow
from reelsift.worker.clock import now_ms

SENDS_AT_ONCE = 8
"""Batches of ten messages under way at a time."""

CANDIDATES = 5
"""Due chunks read at a time: enough for several workers to find one each."""

BATCH_LOOK_MS = 5_000
"""How often an unfinished batch is checked for its end."""

_Item = TypeVar("_Item")

_log = structlog.get_logger(__name__)


class Expander:
    """Expands chunks while the queue has room, and notices the end of batches. Needs no slot."""

    def __init__(self, deployment: Deployment, stop: asyncio.Event) -> None:
        self._deployment = deployment
        self._settings = deployment.settings
        self._stop = stop

    async def step(self) -> None:
        """Check due batches, then expand one due chunk if fewer lines than `expand_below` wait."""
        for batch in await self._deployment.batches.due_batches(now_ms(), CANDIDATES):
            await self._check(batch)
        for priority in (True, False):
            await self._expand_one(priority=priority)

    async def _expand_one(self, *, priority: bool) -> None:
        """Each priority has its own queue, and so room of its own."""
        for chunk in await self._deployment.batches.due_chunks(now_ms(), CANDIDATES, priority=priority):
            if await self._deployment.intake_for(priority=priority).depth() >= self._settings.expand_below:
                return
            try:
                claimed = await self._deployment.batches.claim_chunk(chunk, self._lease_end())
            except ConditionFailed:
                continue
            with structlog.contextvars.bound_contextvars(batch=chunk.batch_id, chunk=chunk.number):
                await self._expand(claimed)
            return

    async def _check(self, batch: Batch) -> None:
        """Make the chunk rows a batch lacks, and complete it once every line has its outcome."""
        batches = self._deployment.batches
        try:
            batch = await batches.look_at_batch(batch, now_ms() + BATCH_LOOK_MS)
        except ConditionFailed:
            return
        chunks = {chunk.number: chunk async for chunk in batches.chunks(batch.batch_id)}
        for number in range(batch.chunks):
            if number not in chunks or chunks[number].total is None:
                # Whoever submitted the batch died half-way; its files are all there, or the batch would not be.
                await batches.add_chunk(batch.chunk(number, now_ms()))
        # A line may name any batch and chunk: what stands beyond the batch's own chunks neither ends nor delays it.
        own = [chunk for number, chunk in chunks.items() if number < batch.chunks]
        if len(own) < batch.chunks or not all(chunk.complete for chunk in own):
            return
        try:
            for chunk in own:
                if chunk.look_at_ms is not None:
                    await batches.close_chunk(chunk)
            await batches.complete(batch, now_ms=now_ms())
        except ConditionFailed:
            return
        _log.info("batch_complete", batch=batch.batch_id, lines=batch.total)
        self._deployment.metrics.count("BatchesCompleted")

    async def _expand(self, chunk: Chunk) -> None:
        batch = await self._deployment.batches.get(chunk.batch_id)
        if batch is None or chunk.source_key is None:
            _log.error("chunk_without_batch")
            return
        if chunk.complete or (chunk.expanded_ms is not None and chunk.counts.ended > chunk.seen):
            # Its lines are coming through: sending them again would only make the queue longer.
            await self._expanded(chunk)
            return
        body = await self._deployment.work.get(chunk.source_key)
        try:
            rows = await asyncio.to_thread(lambda: list(read_chunk(body)))
        except ChunkError as error:
            _log.error("chunk_damaged", key=chunk.source_key, error=str(error), mend="submit the batch again")
            return
        progress = Progress()
        if chunk.expanded_ms is not None or chunk.counts.ended:
            # Sent before, wholly or in part: only what has no outcome yet goes again.
            progress = await self._deployment.outcomes.progress(batch.batch_id, chunk.number)
            rows = [row for row in rows if row.name not in progress.ended]
        bad = [_bad_outcome(batch, chunk, row) for row in rows if isinstance(row.row, BadRow)]
        await self._deployment.outcomes.record(bad)
        lines = [_line(batch, chunk, row, progress) for row in rows if not isinstance(row.row, BadRow)]
        sent = await self._send(batch, chunk, lines)
        if sent is not None:
            _log.info("chunk_expanded", lines=len(rows), bad=len(bad))
            await self._expanded(sent)

    async def _send(self, batch: Batch, chunk: Chunk, lines: list[Line]) -> Chunk | None:
        """Send the lines' messages. None where another worker goes on: this one stops, or its lease was lost."""
        queue = self._deployment.intake_for(priority=batch.priority)
        for part in _parts(lines, BATCH_MESSAGES * SENDS_AT_ONCE):
            bodies = [encode_line(line) for line in part]
            await asyncio.gather(*(queue.send(tens) for tens in _parts(bodies, BATCH_MESSAGES)))
            stopping = self._stop.is_set()
            if stopping or (chunk.look_at_ms or 0) - now_ms() < self._settings.expand_lease_s * 500:
                try:
                    chunk = await self._deployment.batches.claim_chunk(
                        chunk, now_ms() if stopping else self._lease_end()
                    )
                except ConditionFailed:
                    return None
            if stopping:
                return None
        return chunk

    async def _expanded(self, chunk: Chunk) -> None:
        """Look again only for stragglers. Their round is the line's own, so one retried meanwhile is dropped."""
        now = now_ms()
        try:
            await self._deployment.batches.expanded(
                chunk, now_ms=now, look_at_ms=now + int(self._settings.stall_s * 1000)
            )
        except ConditionFailed:
            return

    def _lease_end(self) -> int:
        return now_ms() + int(self._settings.expand_lease_s * 1000)


def _line(batch: Batch, chunk: Chunk, row: SourceRow, progress: Progress) -> Line:
    """The line of a row, in the round it is in."""
    assert not isinstance(row.row, BadRow)  # noqa: S101 - bad rows have their outcome already
    round_, submitted_ms = progress.reopened.get(row.name, (1, batch.created_ms))
    return Line(
        id=LineId(batch.batch_id, row.name, chunk.number, round_),
        ref=row.row.ref,
        submitted_ms=submitted_ms,
        analyses=tuple(Analysis(name) for name in batch.analyses),
        again=batch.again,
        priority=batch.priority,
    )


def _bad_outcome(batch: Batch, chunk: Chunk, row: SourceRow) -> Outcome:
    assert isinstance(row.row, BadRow)  # noqa: S101 - the caller chose it
    line_id = LineId(batch.batch_id, row.name, chunk.number)
    message = f"{row.row.message}: {row.row.excerpt}"
    return failed(line_id, ObjectRef("", ""), Reason.BAD_LINE, message, now_ms=now_ms())


def _parts(items: list[_Item], size: int) -> Iterator[list[_Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
