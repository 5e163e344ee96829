"""The end of a batch: the parts of its chunks become one report, people are notified, and the batch is over."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import structlog

from reelsift.aws.batches import Batches
from reelsift.aws.chunks import Chunks
from reelsift.aws.metrics import Metrics
from reelsift.aws.objects import WorkBucket
from reelsift.aws.topics import Announcements
from reelsift.domain.batch import Batch, BatchState, Counts
from reelsift.domain.video import ObjectRef
from reelsift.reporting.chunk_report import ChunkPart, ChunkReports, ReportFile, md5
from reelsift.reporting.contents import ContentsReader
from reelsift.reports import report_keys
from reelsift.reports.completion_mail import completion_mail
from reelsift.reports.completion_report import csv_text, manifest_row, report_manifest
from reelsift.reports.contents import ReportContents, summary_document
from reelsift.reports.findings_summary import FindingsSummary
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults
from reelsift.runtime.lease import Lease

if TYPE_CHECKING:
    from reelsift.aws.objects import ObjectWriter

PARTS_AT_ONCE = 8
"""Parts of chunks under way at a time: one of 10,000 failed lines has about a MB."""

_log = structlog.get_logger(__name__)


class BatchReports:
    """Ends batches whose every line has its outcome."""

    def __init__(
        self,
        *,
        batches: Batches,
        chunks: Chunks,
        work: WorkBucket,
        chunk_reports: ChunkReports,
        contents: ContentsReader,
        announcements: Announcements,
        metrics: Metrics,
        faults: Faults,
        region: str,
        clock: Clock,
    ) -> None:
        self._batches = batches
        self._chunks = chunks
        self._work = work
        self._chunk_reports = chunk_reports
        self._contents = contents
        self._announcements = announcements
        self._metrics = metrics
        self._faults = faults
        self._region = region
        self._clock = clock

    async def end(self, lease: Lease[Batch]) -> None:
        """Write the report of a claimed batch, notify people, and end the batch.

        Every step may be repeated by another worker. The batch's state comes last, after the mail: so this is sent at
        least once. Raises ConditionFailed and WorkerStops as the lease does.
        """
        batch = lease.row
        notes = [(number, noted) async for number, noted in self._chunks.report_files(batch.batch_id)]
        counts = await self._counts(batch)
        versions = any(noted["failed_versions"] for _, noted in notes)
        summary = FindingsSummary()
        async with AsyncExitStack() as open_files:
            failed = FailedManifest(self._work, batch.batch_id, open_files, versions=versions)
            async for part in self._parts(lease, [number for number, _ in notes]):
                summary.add(part.summary)
                await failed.add(part.failed)
        await lease.keep()
        if not failed.rows:
            await self._work.delete(failed.key)
        state = BatchState.CANCELLED if batch.stopped else BatchState.COMPLETE
        ended = replace(lease.row, state=state, finished_ms=self._clock.now_ms())
        contents = await self._contents.read(ended, counts, summary)
        files = [file for _, noted in notes for file in noted["files"]]
        if failed.rows:
            files.append(failed.noted)
        await lease.keep()
        await self._write(contents, files)
        await lease.keep()
        await self._announcements.completed(completion_mail(contents, bucket=self._work.bucket, region=self._region))
        await self._batches.change(
            lease.row,
            state=state,
            finished_ms=ended.finished_ms,
            due_at_ms=None,
            report_key=report_keys.manifest_key(batch.batch_id),
        )
        self._metrics.count("BatchesCompleted")
        _log.info(
            "batch_over", state=str(state), succeeded=counts.succeeded, failed=counts.failed, skipped=counts.skipped
        )

    async def _counts(self, batch: Batch) -> Counts:
        """The sums of the batch's own chunks: a line may name any batch and chunk, and others are in no report."""
        counts = Counts()
        async for chunk in self._chunks.of_batch(batch.batch_id):
            if chunk.total is not None:
                counts += chunk.counts
        return counts

    async def _parts(self, lease: Lease[Batch], numbers: Sequence[int]) -> AsyncIterator[ChunkPart]:
        """The parts of all chunks in order, a few ahead."""
        batch_id = lease.row.batch_id
        for start in range(0, len(numbers), PARTS_AT_ONCE):
            await lease.keep()
            some = numbers[start : start + PARTS_AT_ONCE]
            for part in await asyncio.gather(*(self._chunk_reports.part(batch_id, number) for number in some)):
                yield part

    async def _write(self, contents: ReportContents, files: list[Mapping[str, Any]]) -> None:
        """Write the report as a whole, its manifest last: whoever finds that finds everything it names."""
        work, batch_id = self._work, contents.batch.batch_id
        try:
            page = await asyncio.to_thread(_page, contents)
        except Exception as error:  # noqa: BLE001 - whatever it is, all else of the report is sound
            self._faults.swallow("page_failed", error, then="the report has none")
        else:
            file = ReportFile(report_keys.page_key(batch_id), page, "text/html; charset=utf-8", 0)
            await work.put(file.key, file.body, file.content_type)
            files = [*files, file.noted]
        rows = [file for file in files if "status" in file]
        manifest = await asyncio.to_thread(report_manifest, work.bucket, rows, created_ms=contents.written_ms)
        checksum = md5(manifest).encode()
        key, checksum_key = report_keys.manifest_key(batch_id), report_keys.checksum_key(batch_id)
        files = [
            *files,
            ReportFile(key, manifest, "application/json", 0).noted,
            ReportFile(checksum_key, checksum, "text/plain", 0).noted,
        ]
        summary = await asyncio.to_thread(summary_document, contents, files)
        await work.put(report_keys.summary_key(batch_id), summary, "application/json")
        await work.put(checksum_key, checksum, "text/plain")
        await work.put(key, manifest, "application/json")


def _page(contents: ReportContents) -> bytes:
    """The page for people."""
    from reelsift.reports.page import render_page

    return render_page(contents).encode(errors="replace")


class FailedManifest:
    """The lines that FAILED as one manifest, written as they come; no object where there are none."""

    def __init__(self, work: WorkBucket, batch_id: str, open_files: AsyncExitStack, *, versions: bool) -> None:
        self.key = report_keys.failed_key(batch_id)
        self.rows = 0
        self._work = work
        self._open_files = open_files
        self._versions = versions
        self._writer: ObjectWriter | None = None
        self._bytes = 0
        self._md5 = hashlib.md5(usedforsecurity=False)

    async def add(self, refs: Sequence[ObjectRef]) -> None:
        """Append a row for each object."""
        if not refs:
            return
        if self._writer is None:
            self._writer = await self._open_files.enter_async_context(self._work.writer(self.key, "text/csv"))
        body = await asyncio.to_thread(self._encode, refs)
        self.rows += len(refs)
        self._bytes += len(body)
        self._md5.update(body)
        await self._writer.write(body)

    @property
    def noted(self) -> dict[str, Any]:
        """What the report's summary keeps of it."""
        return {"key": self.key, "bytes": self._bytes, "md5": self._md5.hexdigest(), "rows": self.rows}

    def _encode(self, refs: Sequence[ObjectRef]) -> bytes:
        return csv_text(manifest_row(ref, versions=self._versions) for ref in refs).encode(errors="replace")
