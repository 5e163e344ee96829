"""The end of a batch: the parts of its chunks become one report, people are notified, and the batch is over."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import structlog

from reelsift.aws.batches import Batches
from reelsift.aws.chunks import Chunks
from reelsift.aws.errors import is_outage
from reelsift.aws.metrics import Metrics
from reelsift.aws.objects import WorkBucket
from reelsift.aws.table import ConditionFailed
from reelsift.aws.topics import Announcements
from reelsift.domain.batch import Batch, BatchState, Counts
from reelsift.domain.video import ObjectRef
from reelsift.reporting.chunk_report import ChunkPart, ChunkReports, ReportFile
from reelsift.reporting.contents import ContentsReader
from reelsift.reporting.digested import DigestedObject
from reelsift.reports import report_keys
from reelsift.reports.completion_mail import completion_mail
from reelsift.reports.completion_report import csv_text, manifest_entry, manifest_row, report_manifest
from reelsift.reports.contents import ReportContents, summary_document
from reelsift.reports.findings_summary import FindingsSummary
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults
from reelsift.runtime.lease import Lease
from reelsift.threads import in_thread

FILES_AT_ONCE = 1_000
"""Files of chunks that are named at a time: a billion lines have three hundred thousand."""

PARTS_AT_ONCE = 8
"""Parts of chunks under way at a time: one of 10,000 failed lines has about a MB."""

MOST_FAILURES = 5
"""So often the program may fail over a report before there is none."""

_PartName = tuple[int, int | None]
"""The number of a chunk, and that of a piece of it."""

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
        state = BatchState.CANCELLED if lease.row.stopped else BatchState.COMPLETE
        contents = await self._write(lease, lambda batch: replace(batch, state=state, finished_ms=self._clock.now_ms()))
        await lease.keep()
        await self._notify(contents)
        await self._batches.change(
            lease.row,
            state=state,
            finished_ms=contents.batch.finished_ms,
            due_at_ms=None,
            report_key=report_keys.manifest_key(lease.row.batch_id),
            report_failures=0,
            report_failed=None,
        )
        self._metrics.count("BatchesCompleted")
        counts = contents.counts
        _log.info(
            "batch_over", state=str(state), succeeded=counts.succeeded, failed=counts.failed, skipped=counts.skipped
        )

    async def write_anew(self, lease: Lease[Batch]) -> None:
        """Write the report of a batch that is over once more, after parts of it were written anew. Nobody is notified:
        the batch ended long ago. Raises ConditionFailed and WorkerStops as the lease does.
        """
        await self._write(lease, lambda batch: batch)

    async def _write(self, lease: Lease[Batch], ended: Callable[[Batch], Batch]) -> ReportContents:
        """Write the report of a batch out of the parts of its chunks; `ended` is what the batch is then."""
        batch_id = lease.row.batch_id
        names: list[_PartName] = []
        versions = False
        async for number, noted in self._chunks.report_files(batch_id):
            names += _part_names(number, noted)
            versions |= noted["failed_versions"]
        counts = await self._counts(lease.row)
        summary = FindingsSummary()
        async with AsyncExitStack() as open_files:
            failed = FailedManifest(self._work, batch_id, open_files, versions=versions)
            async for part in self._parts(lease, names):
                summary.add(part.summary)
                await failed.add(part.failed)
        await lease.keep()
        if not failed.rows:
            await self._work.delete(failed.key)
        contents = await self._contents.read(ended(lease.row), counts, summary)
        await lease.keep()
        await self._store(lease, contents, [failed.noted] if failed.rows else [])
        return contents

    async def count_failure(self, lease: Lease[Batch], error: BaseException) -> None:
        """Note that the program has failed over the end of a batch; end the batch without a report where that has
        happened too often. Does nothing where the lease is lost.
        """
        failures = lease.row.report_failures + 1
        try:
            if failures < MOST_FAILURES:
                lease.row = await self._batches.change(lease.row, report_failures=failures)
                return
            batch = await self._batches.change(
                lease.row,
                state=BatchState.CANCELLED if lease.row.stopped else BatchState.COMPLETE,
                finished_ms=self._clock.now_ms(),
                due_at_ms=None,
                report_key=None,
                report_failures=0,
                report_failed=f"{type(error).__name__}: {error}",
            )
        except ConditionFailed:
            return
        self._metrics.count("BatchesCompleted")
        _log.error("batch_over_without_report", batch=batch.batch_id, state=str(batch.state), tries=failures)

    async def _notify(self, contents: ReportContents) -> None:
        """Mail the end of the batch. A mail that SNS refuses as wrong is left out: the report is there."""
        mail = completion_mail(contents, bucket=self._work.bucket, region=self._region)
        try:
            await self._announcements.completed(mail)
        except Exception as error:
            if is_outage(error):
                raise
            self._faults.swallow("batch_mail_refused", error, then="the batch ends without it")

    async def _counts(self, batch: Batch) -> Counts:
        """The sums of the batch's own chunks: a line may name any batch and chunk, and others are in no report."""
        counts = Counts()
        async for chunk in self._chunks.of_batch(batch.batch_id):
            if chunk.reportable:
                counts += chunk.counts
        return counts

    async def _parts(self, lease: Lease[Batch], names: Sequence[_PartName]) -> AsyncIterator[ChunkPart]:
        """The parts of all chunks in order, a few ahead."""
        batch_id = lease.row.batch_id
        for start in range(0, len(names), PARTS_AT_ONCE):
            await lease.keep()
            some = names[start : start + PARTS_AT_ONCE]
            for part in await asyncio.gather(*(self._chunk_reports.part(batch_id, *name) for name in some)):
                yield part

    async def _store(self, lease: Lease[Batch], contents: ReportContents, files: list[Mapping[str, Any]]) -> None:
        """Store the report as a whole, its manifest last: whoever finds that finds everything it names. `files` are
        those that are no chunk's.
        """
        work, batch_id = self._work, contents.batch.batch_id
        try:
            page = await asyncio.to_thread(_page, contents)
        except Exception as error:  # noqa: BLE001 - whatever it is, all else of the report is sound
            self._faults.swallow("page_failed", error, then="the report has none")
        else:
            file = ReportFile(report_keys.page_key(batch_id), page, "text/html; charset=utf-8", 0)
            await work.put(file.key, file.body, file.content_type)
            files = [*files, file.noted]
        summary_key, checksum_key = report_keys.summary_key(batch_id), report_keys.checksum_key(batch_id)
        manifest = report_manifest(created_ms=contents.written_ms)
        summary = await asyncio.to_thread(summary_document, contents)
        # Nothing of an object is there before it is closed: the manifest is, after all the others.
        async with work.writer(report_keys.manifest_key(batch_id), "application/json") as writer:
            stored = DigestedObject(report_keys.manifest_key(batch_id), writer)
            await stored.write_text(manifest.begin())
            async for some in self._files(lease):
                rows = [manifest_entry(work.bucket, file) for file in some if "status" in file]
                await stored.write_text(await in_thread(manifest.add, rows))
            await stored.write_text(manifest.end())
            checksum = ReportFile(checksum_key, stored.md5.encode(), "text/plain", 0)
            async with work.writer(summary_key, "application/json") as other:
                await other.write(summary.begin().encode())
                async for some in self._files(lease):
                    await other.write((await in_thread(summary.add, some)).encode())
                last = [*files, stored.noted | {"rows": 0}, checksum.noted]
                await other.write((summary.add(last) + summary.end()).encode())
            await work.put(checksum.key, checksum.body, checksum.content_type)

    async def _files(self, lease: Lease[Batch]) -> AsyncIterator[list[Mapping[str, Any]]]:
        """What is noted of the files of all chunks, in order, a part at a time."""
        some: list[Mapping[str, Any]] = []
        async for number, noted in self._chunks.report_files(lease.row.batch_id):
            some += noted["files"]
            for piece in range(noted.get("pieces", 0)):
                some += (await self._chunk_reports.part(lease.row.batch_id, number, piece)).files
                await lease.keep()
                if len(some) >= FILES_AT_ONCE:
                    yield some
                    some = []
            if len(some) >= FILES_AT_ONCE:
                yield some
                some = []
                await lease.keep()
        yield some


def _part_names(number: int, noted: Mapping[str, Any]) -> list[_PartName]:
    """The parts of a chunk by what its row notes: itself, or its pieces."""
    return [(number, piece) for piece in range(noted["pieces"])] if "pieces" in noted else [(number, None)]


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
        self._text: DigestedObject | None = None

    async def add(self, refs: Sequence[ObjectRef]) -> None:
        """Append a row for each object."""
        if not refs:
            return
        if self._text is None:
            writer = await self._open_files.enter_async_context(self._work.writer(self.key, "text/csv"))
            self._text = DigestedObject(self.key, writer)
        await self._text.write_text(await asyncio.to_thread(self._encode, refs))
        self.rows += len(refs)

    @property
    def noted(self) -> dict[str, Any]:
        """What the report's summary keeps of it."""
        assert self._text is not None  # noqa: S101 - without rows there is no such object
        return self._text.noted | {"rows": self.rows}

    def _encode(self, refs: Sequence[ObjectRef]) -> str:
        return csv_text(manifest_row(ref, versions=self._versions) for ref in refs)
