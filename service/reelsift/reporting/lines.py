"""What the lines of a batch came to, read from the tables and the chunks' files: about 10,000 at a time."""

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Self

from reelsift.aws.deployment import Deployment
from reelsift.aws.objects import WorkBucket
from reelsift.aws.outcomes import Outcomes
from reelsift.batches.chunk_file import chunk_rows
from reelsift.batches.lookup import batch_named
from reelsift.domain.batch import CHUNK_LINES, Batch, Chunk, Counts
from reelsift.domain.line import OutcomeStatus
from reelsift.manifests.chunks import ChunkError, SourceRow
from reelsift.reporting.hidden_videos import HiddenVideos
from reelsift.reports.findings_summary import FindingsSummary
from reelsift.reports.report_line import ReportLine, report_lines
from reelsift.threads import in_thread

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

    def __init__(self, outcomes: Outcomes, work: WorkBucket, hidden: HiddenVideos) -> None:
        self._outcomes = outcomes
        self._work = work
        self._hidden = hidden

    async def lines(self, chunk: Chunk, *, final: bool) -> LinesRead:
        """The lines of a chunk that has a file.

        The chunk is to be read before this. `final` says that it is complete, and that a change of it will be noticed.
        """
        outcomes: list[Outcome] = []
        hidden = await self._hidden.ids()
        async for outcome in self._outcomes.of_chunk(chunk.batch_id, chunk.number):
            outcomes.append(_left_of(outcome, hidden))
            if len(outcomes) % OUTCOMES_AT_ONCE == 0:
                await asyncio.sleep(0)
        damage: str | None = None
        rows: list[SourceRow] = []
        try:
            rows = await chunk_rows(self._work, chunk)
        except ChunkError as error:
            damage = f"s3://{self._work.bucket}/{chunk.source_key}: {error}"
        return LinesRead(await in_thread(partial(report_lines, chunk, final=final), rows, outcomes), damage)

    async def direct_lines(self, chunk: Chunk) -> AsyncIterator[list[ReportLine]]:
        """The lines of a chunk that only counts, which may be any number: in pieces, ordered by their ends."""
        piece: list[Outcome] = []
        hidden = await self._hidden.ids()
        async for outcome in self._outcomes.of_chunk(chunk.batch_id, chunk.number):
            piece.append(_left_of(outcome, hidden))
            if len(piece) == CHUNK_LINES:
                yield await in_thread(partial(report_lines, chunk, (), final=False), piece)
                piece = []
            elif len(piece) % OUTCOMES_AT_ONCE == 0:
                await asyncio.sleep(0)
        if piece:
            yield await in_thread(partial(report_lines, chunk, (), final=False), piece)


def _left_of(outcome: "Outcome", hidden: Collection[str]) -> "Outcome":
    """An outcome as a report has it: that of a video which was sealed just now stands in none."""
    return replace(outcome, forgotten=True) if outcome.video_id in hidden else outcome


class ReportRead:
    """One reading of a batch, a chunk (at most 10,000 lines) at a time; `counts` and `summary` grow with it.

    `damages` says which chunks' files could not be read.
    """

    def __init__(self, deployment: Deployment, batch: Batch) -> None:
        self.batch = batch
        self.counts = Counts()
        self.summary = FindingsSummary()
        self.damages: list[str] = []
        self._chunks = deployment.chunks
        hidden = HiddenVideos(deployment.seals, deployment.forgotten)
        self._source = LineSource(deployment.outcomes, deployment.work, hidden)

    @classmethod
    async def begin(cls, deployment: Deployment, batch_id: str) -> Self:
        """A reading of the batch with this id. Raises NoSuchBatch."""
        return cls(deployment, await batch_named(deployment.batches, batch_id))

    async def chunks(self) -> AsyncIterator[list[ReportLine]]:
        """The lines that have ended, in the order of the manifest; those of no manifest in pieces, in no order."""
        async for chunk in self._chunks.of_batch(self.batch.batch_id):
            self.counts += chunk.counts
            if chunk.source_key is None:
                async for lines in self._source.direct_lines(chunk):
                    yield self._seen(lines)
                continue
            read = await self._source.lines(chunk, final=False)
            if read.damage is not None:
                self.damages.append(read.damage)
            yield self._seen(read.lines)

    def _seen(self, lines: list[ReportLine]) -> list[ReportLine]:
        self.summary.add(FindingsSummary.of_lines(lines))
        return lines

    @property
    def failed(self) -> int:
        """Lines that FAILED, of those read so far."""
        return sum(lines for (status, _), lines in self.summary.endings.items() if status == OutcomeStatus.FAILED)

    @property
    def waiting(self) -> int:
        """Lines that had no outcome yet; 0 where nobody knows how many there are."""
        return 0 if self.batch.total is None else max(0, self.batch.total - self.counts.ended)
