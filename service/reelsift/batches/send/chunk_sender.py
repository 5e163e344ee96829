"""Lines of a chunk on their way to the queue: many at a time, and those that need no message end at once."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import structlog

from reelsift.aws.chunks import Chunks
from reelsift.aws.outcomes import ChunkProgress, Outcomes
from reelsift.aws.queue import BATCH_MESSAGES, Queue
from reelsift.aws.table import ConditionFailed
from reelsift.batches.send.chunk_cache import ChunkLines
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
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults
from reelsift.runtime.lease import Lease
from reelsift.settings import Settings

ROWS_TOGETHER = 100
"""Rows that are looked up, and sent, together."""

GROUPS_AT_ONCE = 4

SENDS_AT_ONCE = 16
"""Requests of ten messages under way at a time."""

CHECKS_A_LEASE = 6
"""How often in the time of a lease it is seen to: it is renewed at half time, and two renewals may fail."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Tally:
    sent: int = 0
    settled: int = 0


class ChunkSender:
    """Sends lines of a chunk that this worker has taken on."""

    def __init__(
        self,
        *,
        chunks: Chunks,
        outcomes: Outcomes,
        known_outcomes: KnownOutcomes,
        intake: Queue,
        priority: Queue,
        faults: Faults,
        settings: Settings,
        stop: asyncio.Event,
        clock: Clock,
    ) -> None:
        """Lines of urgent batches go to `priority`, all others to `intake`."""
        self._chunks = chunks
        self._outcomes = outcomes
        self._known_outcomes = known_outcomes
        self._intake = intake
        self._priority = priority
        self._faults = faults
        self._settings = settings
        self._stop = stop
        self._clock = clock
        self._sends = asyncio.Semaphore(SENDS_AT_ONCE)
        self._recording = asyncio.Lock()

    async def send(self, batch: Batch, chunk: Chunk, lines: ChunkLines) -> Chunk:
        """Send the claimed lines of a chunk that have not ended, as many as there is time for before the worker stops.

        Returns the chunk as this worker leaves it.
        """
        tally = _Tally()
        starts = iter(range(chunk.sent, chunk.claimed, ROWS_TOGETHER))
        async with HeldChunk(self._chunks, chunk, self._faults, self._settings, self._clock) as held:
            senders = [self._send_groups(batch, held, chunk, lines, starts, tally) for _ in range(GROUPS_AT_ONCE)]
            errors = await asyncio.gather(*senders, return_exceptions=True)
        for error in errors:
            if error is not None:
                raise error
        done = not held.lost and held.sent == chunk.end
        (_log.info if done else _log.debug)(
            "lines_sent", upto=held.sent, of=chunk.end, lines=tally.sent, settled=tally.settled, lost=held.lost
        )
        return held.chunk

    async def _send_groups(
        self,
        batch: Batch,
        held: "HeldChunk",
        chunk: Chunk,
        lines: ChunkLines,
        starts: Iterator[int],
        tally: _Tally,
    ) -> None:
        """Send one group of rows after another, whichever is next."""
        for start in starts:
            if self._stop.is_set() or held.lost:
                return
            end = min(start + ROWS_TOGETHER, chunk.claimed)
            rows = [row for row in lines.rows[start:end] if lines.is_open(row)]
            await self._send_group(batch, chunk, rows, lines.progress, tally)
            held.group_sent(start, end)

    async def _send_group(
        self, batch: Batch, chunk: Chunk, rows: Sequence[SourceRow], progress: ChunkProgress, tally: _Tally
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
                # One transaction at a time: they all write the counts of their chunk.
                await self._outcomes.record([*outcomes, *known_outcomes.values()])
        bodies = [encode_line(line) for line in lines if line.id.line not in known_outcomes]
        await asyncio.gather(
            *(self._send(batch, bodies[at : at + BATCH_MESSAGES]) for at in range(0, len(bodies), BATCH_MESSAGES))
        )
        tally.sent += len(bodies)
        tally.settled += len(rows) - len(bodies)

    async def _send(self, batch: Batch, bodies: Sequence[str]) -> None:
        async with self._sends:
            await (self._priority if batch.urgent else self._intake).send(bodies)

    def _line_or_outcome(self, batch: Batch, chunk: Chunk, row: SourceRow, progress: ChunkProgress) -> Line | Outcome:
        """The line of a row in the round it is in, or how it ends where the row names nothing to analyse."""
        round_, submitted_ms = progress.reopened.get(row.name, (1, batch.created_ms))
        line_id = LineId(batch.batch_id, row.name, chunk.number, round_)
        named = row.row
        now_ms = self._clock.now_ms()
        if isinstance(named, BadRow):
            message = f"{named.message}: {named.excerpt}" if named.excerpt else named.message
            return failed(line_id, ObjectRef("", ""), named.reason, message, now_ms=now_ms)
        if isinstance(named, FilteredRow):
            message = f"the batch's filters leave this object out, by its {named.lacks}; nothing was started"
            return skipped(line_id, named.ref, Reason.FILTERED, message, now_ms=now_ms, context=named.context)
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
            answer=named.answer if batch.imports else None,
            context=named.context,
        )


class HeldChunk:
    """The lines `sent` to `claimed` of a chunk, kept from other workers while they are sent, and how far that is.

    Groups of rows are sent several at a time. What counts is how far they are sent without a gap, so that whoever goes
    on after this worker repeats little.
    """

    def __init__(self, chunks: Chunks, chunk: Chunk, faults: Faults, settings: Settings, clock: Clock) -> None:
        self._chunks = chunks
        self._lease = Lease(chunk, self._note, seconds=settings.expand_lease_s, clock=clock)
        self._faults = faults
        self._lease_s = settings.expand_lease_s
        self._stall_s = settings.stall_s
        self._groups: dict[int, int] = {}
        self._over = asyncio.Event()
        self.sent = chunk.sent

    @property
    def chunk(self) -> Chunk:
        """The chunk as this worker has written it last."""
        return self._lease.row

    @property
    def lost(self) -> bool:
        """Whether another worker goes on with these lines, or they are to be sent anew: nothing more is sent here."""
        return self._lease.lost

    async def __aenter__(self) -> Self:
        self._keeping = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        """Note how far the lines are sent. Those that are not may be taken on by anybody at once; whether any that
        were sent are lost is checked after `stall_s`.
        """
        if isinstance(error, asyncio.CancelledError):
            self._keeping.cancel()
            return
        self._over.set()
        await self._keeping
        await self._lease.release(self._stall_s if self.sent == self.chunk.claimed else 0)

    def group_sent(self, start: int, end: int) -> None:
        """Note that the lines from `start` up to `end` are sent."""
        self._groups[start] = end
        while self.sent in self._groups:
            self.sent = self._groups.pop(self.sent)

    async def _keep(self) -> None:
        """Renew the lease until the chunk is done with, or lost."""
        while not self._over.is_set():
            try:
                await asyncio.wait_for(self._over.wait(), self._lease_s / CHECKS_A_LEASE)
            except TimeoutError:
                await self._renew()

    async def _renew(self) -> None:
        chunk = self._lease.row
        try:
            await self._lease.keep()
        except ConditionFailed:
            self._over.set()
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the next renewal is the remedy
            self._faults.pass_over("lease_not_renewed", error, batch=chunk.batch_id, chunk=chunk.number)

    async def _note(self, chunk: Chunk, *, due_at_ms: int) -> Chunk:
        return await self._chunks.lines_sent(chunk, self.sent, due_at_ms=due_at_ms)
