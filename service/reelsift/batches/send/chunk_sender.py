"""Lines of a chunk on their way to the queue: many at a time, and those that need no message end at once."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog

from reelsift.aws.deployment import Deployment
from reelsift.aws.outcomes import Progress
from reelsift.aws.queue import BATCH_MESSAGES
from reelsift.batches.send.chunk_shelf import ChunkLines
from reelsift.batches.send.held_chunk import HeldChunk
from reelsift.batches.send.known_outcomes import KnownOutcomes
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch, Chunk
from reelsift.domain.failure import Reason
from reelsift.domain.line import Line, LineId
from reelsift.domain.outcome import Outcome, failed, skipped
from reelsift.domain.video import ObjectRef
from reelsift.manifests.chunks import SourceRow
from reelsift.manifests.line_message import encode_line
from reelsift.manifests.manifest_row import BadRow, FilteredRow
from reelsift.runtime.clock import now_ms

PART_ROWS = 100
"""Rows that are looked up, and sent, together."""

PARTS_AT_ONCE = 4

SENDS_AT_ONCE = 16
"""Batches of ten messages under way at a time."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Tally:
    sent: int = 0
    settled: int = 0


class Portions:
    """Sends what a worker has taken on."""

    def __init__(self, deployment: Deployment, stop: asyncio.Event) -> None:
        self._deployment = deployment
        self._settings = deployment.settings
        self._stop = stop
        self._known_outcomes = KnownOutcomes(deployment)
        self._sends = asyncio.Semaphore(SENDS_AT_ONCE)
        self._recording = asyncio.Lock()

    async def send(self, batch: Batch, chunk: Chunk, lines: ChunkLines) -> Chunk:
        """Send the claimed lines of a chunk, without those that have ended; leave off where the worker is to stop.

        Returns the chunk as this worker leaves it.
        """
        tally = _Tally()
        starts = iter(range(chunk.sent, chunk.claimed, PART_ROWS))
        async with HeldChunk(self._deployment.chunks, chunk, self._settings) as held:
            lanes = [self._lane(batch, held, chunk, lines, starts, tally) for _ in range(PARTS_AT_ONCE)]
            met = await asyncio.gather(*lanes, return_exceptions=True)
        for error in met:
            if error is not None:
                raise error
        done = not held.lost and held.sent == chunk.end
        (_log.info if done else _log.debug)(
            "lines_sent", upto=held.sent, of=chunk.end, lines=tally.sent, settled=tally.settled, lost=held.lost
        )
        return held.chunk

    async def _lane(
        self,
        batch: Batch,
        held: HeldChunk,
        chunk: Chunk,
        lines: ChunkLines,
        starts: Iterator[int],
        tally: _Tally,
    ) -> None:
        """Send one part after another, whichever is next."""
        for start in starts:
            if self._stop.is_set() or held.lost:
                return
            end = min(start + PART_ROWS, chunk.claimed)
            rows = [row for row in lines.rows[start:end] if row.name not in lines.progress.ended]
            await self._part(batch, chunk, rows, lines.progress, tally)
            held.part_sent(start, end)

    async def _part(
        self, batch: Batch, chunk: Chunk, rows: Sequence[SourceRow], progress: Progress, tally: _Tally
    ) -> None:
        outcomes: list[Outcome] = []
        lines: list[Line] = []
        for row in rows:
            entry = self._line_or_outcome(batch, chunk, row, progress)
            if isinstance(entry, Outcome):
                outcomes.append(entry)
            else:
                lines.append(entry)
        known_outcomes = await self._known_outcomes.outcomes(lines)
        if outcomes or known_outcomes:
            async with self._recording:
                # One at a time: they meet in the counts of their chunk.
                await self._deployment.outcomes.record([*outcomes, *known_outcomes.values()])
        bodies = [encode_line(line) for line in lines if line.id.line not in known_outcomes]
        await asyncio.gather(
            *(self._send(batch, bodies[at : at + BATCH_MESSAGES]) for at in range(0, len(bodies), BATCH_MESSAGES))
        )
        tally.sent += len(bodies)
        tally.settled += len(rows) - len(bodies)

    async def _send(self, batch: Batch, bodies: Sequence[str]) -> None:
        async with self._sends:
            await self._deployment.intake_for(priority=batch.urgent).send(bodies)

    def _line_or_outcome(self, batch: Batch, chunk: Chunk, row: SourceRow, progress: Progress) -> Line | Outcome:
        """The line of a row in the round it is in, or how it ends where the row names nothing to analyse."""
        round_, submitted_ms = progress.reopened.get(row.name, (1, batch.created_ms))
        line_id = LineId(batch.batch_id, row.name, chunk.number, round_)
        named = row.row
        if isinstance(named, BadRow):
            message = f"{named.message}: {named.excerpt}" if named.excerpt else named.message
            return failed(line_id, ObjectRef("", ""), named.reason, message, now_ms=now_ms())
        if isinstance(named, FilteredRow):
            message = f"the batch's filters leave this object out, by its {named.lacks}; nothing was started"
            return skipped(line_id, named.ref, Reason.FILTERED, message, now_ms=now_ms())
        paid_ms, paid_micros = progress.paid.get(row.name, (0, 0))
        return Line(
            id=line_id,
            ref=named.ref,
            submitted_ms=submitted_ms,
            analyses=tuple(Analysis(name) for name in batch.analyses),
            again=batch.again,
            priority=batch.urgent,
            paid_ms=paid_ms,
            paid_micros=paid_micros,
        )
