"""The report of a batch of very many chunks: its list of files is written as it is read."""

import hashlib
import json
import weakref
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, cast

from reelsift.domain.batch import Batch, BatchState, Chunk, Counts
from reelsift.reporting.batch_report import FILES_AT_ONCE, BatchReports
from reelsift.reporting.chunk_report import ChunkPart, ChunkReports
from reelsift.reporting.contents import ContentsReader
from reelsift.reports import report_keys
from reelsift.reports.contents import ReportContents
from reelsift.reports.findings_summary import FindingsSummary
from reelsift.runtime.faults import Faults
from reelsift.runtime.lease import Lease
from support import report_sample
from support.clocks import SetClock
from support.memory_stores import MemoryBatches, MemoryChunks, MemoryMetrics, MemoryWork

CHUNKS = 5 * FILES_AT_ONCE
ID = "b-20261101-7f3a9c"


class _File(dict[str, Any]):  # a plain dictionary cannot be referred to weakly
    """A file that is counted while it is in memory."""

    __slots__ = ("__weakref__",)
    __hash__ = object.__hash__  # type: ignore[assignment]


class ManyChunks(MemoryChunks):
    """Chunks with a file each; `most` is how many of these were in memory at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: weakref.WeakSet[_File] = weakref.WeakSet()
        self.most = 0

    async def of_batch(self, batch_id: str) -> AsyncGenerator[Chunk, None]:
        yield Chunk(batch_id, 0, Counts(succeeded=CHUNKS), total=CHUNKS)

    async def report_files(self, batch_id: str) -> AsyncIterator[tuple[int, dict[str, Any]]]:
        for number in range(CHUNKS):
            key = report_keys.rows_key(batch_id, number, "succeeded")
            file = _File(key=key, bytes=1, md5="0" * 32, rows=1, status="succeeded")
            self.alive.add(file)
            self.most = max(self.most, len(self.alive))
            yield number, {"files": [file], "failed_versions": False}


class NoFindings(ChunkReports):
    def __init__(self) -> None:
        """Reads nothing."""

    async def part(self, batch_id: str, number: int, piece: int | None = None) -> ChunkPart:
        assert (batch_id, number < CHUNKS, piece) == (ID, True, None)
        return ChunkPart(FindingsSummary(), [])


class SampleContents(ContentsReader):
    def __init__(self) -> None:
        """Reads nothing."""

    async def read(self, batch: Batch, counts: Counts, summary: FindingsSummary) -> ReportContents:
        assert (batch.batch_id, counts.succeeded, summary.flagged_total) == (ID, CHUNKS, 0)
        return report_sample.contents()


class Announced:
    async def completed(self, mail: object) -> None:
        assert mail


async def test_the_files_of_very_many_chunks_are_never_all_in_memory_and_all_in_the_report() -> None:
    clock, chunks, work = SetClock(), ManyChunks(), MemoryWork()
    batch = Batch(ID, "b", "m.csv", 1, CHUNKS, CHUNKS, state=BatchState.COMPLETING, due_at_ms=clock.now_ms())
    batches = MemoryBatches(batch)
    metrics = MemoryMetrics()
    reports = BatchReports(
        batches=batches,
        chunks=chunks,
        work=work,
        chunk_reports=NoFindings(),
        contents=SampleContents(),
        announcements=cast("Any", Announced()),
        metrics=metrics,
        faults=Faults(metrics),
        region="eu-west-1",
        clock=clock,
    )
    await reports.end(Lease(batch, batches.change, seconds=120, clock=clock))
    assert batches[ID].state is BatchState.COMPLETE
    assert chunks.most <= 2 * FILES_AT_ONCE + 1, "a part that is written, and the next one"
    keys = [report_keys.rows_key(ID, number, "succeeded") for number in range(CHUNKS)]
    manifest = work.objects[report_keys.manifest_key(ID)]
    assert [file["Key"] for file in json.loads(manifest)["Results"]] == keys
    checksum = hashlib.md5(manifest, usedforsecurity=False).hexdigest()
    assert work.objects[report_keys.checksum_key(ID)].decode() == checksum
    files = json.loads(work.objects[report_keys.summary_key(ID)])["files"]
    assert [file["key"] for file in files[:CHUNKS]] == keys
    last = {file["key"]: file for file in files[CHUNKS:]}
    assert last[report_keys.manifest_key(ID)]["md5"] == checksum
    assert last.keys() == {report_keys.page_key(ID), report_keys.manifest_key(ID), report_keys.checksum_key(ID)}
