"""What the lines of a chunk came to, read from the tables and the chunk's file: about 10,000 at a time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reelsift.aws.objects import WorkBucket
from reelsift.aws.outcomes import Outcomes
from reelsift.batches.chunk_file import chunk_rows
from reelsift.domain.batch import CHUNK_LINES, Chunk
from reelsift.manifests.chunks import ChunkError, SourceRow
from reelsift.reports.report_line import ReportLine, report_lines

if TYPE_CHECKING:
    from reelsift.domain.outcome import Outcome

OUTCOMES_AT_ONCE = 200
"""Outcomes unpacked before other work gets its turn, about 10 ms."""


@dataclass(frozen=True, slots=True)
class LinesRead:
    """The lines of a chunk that have ended, in the order of the manifest.

    `damage` says why the chunk's file could not be read: then the lines stand in the order in which they ended, and
    those without an outcome of their own are missing.
    """

    lines: list[ReportLine]
    damage: str | None = None


class LineSource:
    """Reads the lines of chunks as reports show them."""

    def __init__(self, outcomes: Outcomes, work: WorkBucket) -> None:
        self._outcomes = outcomes
        self._work = work

    async def lines(self, chunk: Chunk, *, final: bool) -> LinesRead:
        """The lines of a chunk that has a file.

        The chunk is to be read before this. `final` says that it is complete, and that a change of it will be noticed.
        """
        outcomes: list[Outcome] = []
        async for outcome in self._outcomes.of_chunk(chunk.batch_id, chunk.number):
            outcomes.append(outcome)
            if len(outcomes) % OUTCOMES_AT_ONCE == 0:
                await asyncio.sleep(0)
        damage: str | None = None
        rows: list[SourceRow] = []
        try:
            rows = await chunk_rows(self._work, chunk)
        except ChunkError as error:
            damage = f"s3://{self._work.bucket}/{chunk.source_key}: {error}"
        return LinesRead(await asyncio.to_thread(report_lines, chunk, rows, outcomes, final=final), damage)

    async def direct_lines(self, chunk: Chunk) -> AsyncIterator[list[ReportLine]]:
        """The lines of a chunk that only counts, which may be any number: in pieces, ordered by their ends."""
        piece: list[Outcome] = []
        async for outcome in self._outcomes.of_chunk(chunk.batch_id, chunk.number):
            piece.append(outcome)
            if len(piece) == CHUNK_LINES:
                yield report_lines(chunk, (), piece, final=False)
                piece = []
        if piece:
            yield report_lines(chunk, (), piece, final=False)
