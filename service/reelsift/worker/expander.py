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
from reelsift.domain.batch import HELD, WORKING, Batch, Chunk
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

BATCHES_AT_ONCE = 200
"""Batches under way that are looked at together."""

_Item = TypeVar("_Item")

_log = structlog.get_logger(__name__)


class Expander:
    """Keeps a few lines of each batch on the queues. Needs no slot."""

    def __init__(self, deployment: Deployment, stop: asyncio.Event) -> None:
        self._deployment = deployment
        self._settings = deployment.settings
        self._stop = stop

    async def step(self) -> None:
        """Look after the chunks at work, and send lines of those batches that have room."""
        batches = {batch.batch_id: batch for batch in await self._deployment.batches.under_way(BATCHES_AT_ONCE)}
        at_work = await self._deployment.batches.at_work()
        for chunk in at_work:
            batch = batches.get(chunk.batch_id)
            if batch is None:
                continue
            try:
                await self._look_after(batch, chunk)
            except ConditionFailed:
                continue
        for batch in batches.values():
            out = sum(chunk.out for chunk in at_work if chunk.batch_id == batch.batch_id)
            room = await self._window() - out
            if batch.state in WORKING and room > 0:
                await self._expand(batch, [chunk for chunk in at_work if chunk.batch_id == batch.batch_id], room)

    async def _window(self) -> int:
        return self._settings.lines_ahead or 2 * await self._deployment.quota.value() + 50

    async def _look_after(self, batch: Batch, chunk: Chunk) -> None:
        batches = self._deployment.batches
        now = now_ms()
        if chunk.complete:
            await batches.to_report(chunk, now_ms=now)
        elif chunk.resend and batch.state not in HELD:
            await batches.rewind(chunk, look_at_ms=now)
        elif (chunk.look_at_ms or 0) <= now and chunk.sent == chunk.total:
            if chunk.counts.ended > chunk.seen:
                await batches.look_at_chunk(chunk, now + int(self._settings.stall_s * 1000))
            else:
                await batches.rewind(chunk, look_at_ms=now)

    async def _expand(self, batch: Batch, at_work: list[Chunk], room: int) -> None:
        """Send lines of the batch's first chunk that has some left."""
        now = now_ms()
        begun = [chunk for chunk in at_work if (chunk.total or 0) > chunk.sent and (chunk.look_at_ms or 0) <= now]
        for chunk in begun or await self._deployment.batches.unsent(batch.batch_id, 3):
            upto = max(chunk.claimed, min(chunk.total or 0, chunk.sent + room))
            try:
                claimed = await self._deployment.batches.claim_lines(chunk, upto, look_at_ms=self._lease_end())
            except ConditionFailed:
                continue
            with structlog.contextvars.bound_contextvars(batch=chunk.batch_id, chunk=chunk.number):
                await self._send_claimed(batch, claimed)
            return

    async def _send_claimed(self, batch: Batch, chunk: Chunk) -> None:
        """Send the lines that this worker has taken on, without those that have ended already."""
        assert chunk.source_key is not None  # noqa: S101 - a chunk without a file is never open
        body = await self._deployment.work.get(chunk.source_key)
        try:
            rows = await asyncio.to_thread(lambda: list(read_chunk(body))[chunk.sent : chunk.claimed])
        except ChunkError as error:
            _log.error("chunk_unreadable", key=chunk.source_key, error=str(error), mend="submit the batch again")
            return
        progress = Progress()
        if chunk.counts.ended:
            progress = await self._deployment.outcomes.progress(batch.batch_id, chunk.number)
            rows = [row for row in rows if row.name not in progress.ended]
        bad = [_bad_outcome(batch, chunk, row) for row in rows if isinstance(row.row, BadRow)]
        await self._deployment.outcomes.record(bad)
        lines = [_line(batch, chunk, row, progress) for row in rows if not isinstance(row.row, BadRow)]
        sent = await self._send(batch, chunk, lines)
        if sent is not None:
            now = now_ms()
            done = sent.claimed == sent.total
            try:
                await self._deployment.batches.lines_sent(
                    sent, look_at_ms=now + int(self._settings.stall_s * 1000) if done else now
                )
            except ConditionFailed:
                return
            _log.info("lines_sent", lines=len(lines), bad=len(bad))

    async def _send(self, batch: Batch, chunk: Chunk, lines: list[Line]) -> Chunk | None:
        """Send the lines' messages. None where another worker goes on: this one stops, or its lease was lost."""
        queue = self._deployment.intake_for(priority=batch.urgent)
        for part in _parts(lines, BATCH_MESSAGES * SENDS_AT_ONCE):
            bodies = [encode_line(line) for line in part]
            await asyncio.gather(*(queue.send(tens) for tens in _parts(bodies, BATCH_MESSAGES)))
            stopping = self._stop.is_set()
            if stopping or (chunk.look_at_ms or 0) - now_ms() < self._settings.expand_lease_s * 500:
                try:
                    chunk = await self._deployment.batches.look_at_chunk(
                        chunk, now_ms() if stopping else self._lease_end()
                    )
                except ConditionFailed:
                    return None
            if stopping:
                return None
        return chunk

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
        priority=batch.urgent,
    )


def _bad_outcome(batch: Batch, chunk: Chunk, row: SourceRow) -> Outcome:
    assert isinstance(row.row, BadRow)  # noqa: S101 - the caller chose it
    line_id = LineId(batch.batch_id, row.name, chunk.number)
    message = f"{row.row.message}: {row.row.excerpt}"
    return failed(line_id, ObjectRef("", ""), Reason.BAD_LINE, message, now_ms=now_ms())


def _parts(items: list[_Item], size: int) -> Iterator[list[_Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
