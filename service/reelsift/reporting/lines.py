"""The lines of a batch with what became of them so far, and what they come to together."""

from collections.abc import AsyncIterator
from typing import Self

from reelsift.aws.deployment import Deployment
from reelsift.batches.lookup import batch_named
from reelsift.domain.batch import Batch, Counts
from reelsift.domain.line import OutcomeStatus
from reelsift.reporting.source import LineSource
from reelsift.reports.findings_summary import FindingsSummary
from reelsift.reports.report_line import ReportLine


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
        self._source = LineSource(deployment.outcomes, deployment.work)

    @classmethod
    async def begin(cls, deployment: Deployment, batch_id: str) -> Self:
        """A reading of the batch with this id. Raises NoSuchBatch."""
        return cls(deployment, await batch_named(deployment, batch_id))

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
