"""A chunk's part of the report: rows as S3 Batch Operations writes them, Parquet, and what the batch's end needs."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from botocore.exceptions import ClientError

from reelsift.aws.chunks import Chunks
from reelsift.aws.errors import code_of
from reelsift.aws.objects import WorkBucket
from reelsift.domain.batch import Batch, Chunk
from reelsift.domain.video import ObjectRef
from reelsift.reporting.lines import LineSource
from reelsift.reporting.segment_dataset import SegmentDataset
from reelsift.reports import report_keys
from reelsift.reports.completion_report import FAILED, SUCCEEDED, csv_row, csv_text, task_status
from reelsift.reports.findings_summary import FindingsSummary
from reelsift.reports.parquet import parquet_file
from reelsift.reports.report_line import ReportLine, failed_objects
from reelsift.runtime.lease import Lease

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A file of a report as it is to be stored. `status` is that of its rows, None where it holds both kinds."""

    key: str
    body: bytes
    content_type: str
    rows: int
    status: str | None = None

    @property
    def noted(self) -> dict[str, Any]:
        """What the chunk's row and the report's summary keep of it."""
        return {"key": self.key, "bytes": len(self.body), "md5": md5(self.body), "rows": self.rows} | (
            {} if self.status is None else {"status": self.status}
        )


@dataclass(frozen=True, slots=True)
class ChunkPart:
    """What the end of a batch needs of a chunk, or of a piece of it: its summary, and the objects of its lines that
    FAILED. Of a piece it has the notes of its `files` too: the chunk's row has no room for those of any number.
    """

    summary: FindingsSummary
    failed: list[ObjectRef]
    files: list[dict[str, Any]] = field(default_factory=list)

    @property
    def versions(self) -> bool:
        """Whether any of these objects has a version id."""
        return any(ref.version_id is not None for ref in self.failed)


@dataclass(frozen=True, slots=True)
class _Made:
    """The files of the report of a chunk, or of a `piece` of it, and its part for the end of the batch."""

    files: list[ReportFile]
    part: ChunkPart
    piece: int | None = None


class ChunkReports:
    """Writes the report of a chunk, and reads what of it the end of its batch needs."""

    def __init__(self, chunks: Chunks, work: WorkBucket, source: LineSource, segments: SegmentDataset) -> None:
        self._chunks = chunks
        self._work = work
        self._source = source
        self._segments = segments

    async def write(self, batch: Batch, lease: Lease[Chunk]) -> None:
        """Write the files of a claimed chunk that is complete, then note them in its row.

        Written twice, by a worker that takes over, they are the same. Raises ConditionFailed where the chunk was taken
        over, or a line of it was reopened, and WorkerStops where the worker is to stop: another one begins anew.
        """
        if lease.row.only_counts:
            noted = await self._write_pieces(batch, lease)
            await lease.claim()
        else:
            made = await self._make(batch, lease)
            # A worker that has slept through its lease must not write over what came after it.
            await lease.claim()
            await self._store(batch, lease.row, made)
            noted = _noted(made)
        await self._chunks.reported(lease.row, noted)

    async def write_anew(self, batch: Batch, lease: Lease[Chunk]) -> None:
        """Write the files of a chunk that is reported already, because something is to be left out of them now.

        The row names them before they are there: whoever dies in between leaves files that are not as it says, and are
        written once more. Raises ConditionFailed where the chunk is reported otherwise by now, or a line of it was
        reopened: then its report is still to come. Raises WorkerStops as `write` does.
        """
        if lease.row.only_counts:
            # What is noted of each piece stands beside it, and is written before its files.
            noted = await self._write_pieces(batch, lease)
            await lease.claim()
            await self._chunks.reported_anew(lease.row, noted)
            return
        made = await self._make(batch, lease)
        await lease.claim()
        await self._chunks.reported_anew(lease.row, _noted(made))
        await self._store(batch, lease.row, made)

    async def _write_pieces(self, batch: Batch, lease: Lease[Chunk]) -> dict[str, Any]:
        """Write the files of a chunk that only counts, 10,000 lines at a time, and return what its row is to note."""
        pieces, versions = 0, False
        async for lines in self._source.direct_lines(lease.row):
            made = await self._make_of(batch, lease, lines, pieces)
            await lease.claim()
            await self._store(batch, lease.row, made)
            pieces, versions = pieces + 1, versions or made.part.versions
        return {"files": [], "pieces": pieces, "failed_versions": versions}

    async def _make(self, batch: Batch, lease: Lease[Chunk]) -> "_Made":
        """The files of a chunk as they are to be; those of its segments, which may be large, are written already."""
        read = await self._source.lines(lease.row, final=True)
        if read.damage is not None:
            then = "its report lacks the order, and the lines that were skipped as a range"
            _log.error("chunk_unreadable", error=read.damage, then=then)
        return await self._make_of(batch, lease, read.lines, None)

    async def _make_of(self, batch: Batch, lease: Lease[Chunk], lines: list[ReportLine], piece: int | None) -> "_Made":
        # A re-evaluation brings no answer: each of these stands with the batch that asked for it.
        segments = [] if batch.reevaluation else await self._segments.write(batch, lease, lines, piece)
        files = await asyncio.to_thread(_files, batch, lease.row, lines, piece)
        summary = await asyncio.to_thread(FindingsSummary.of_lines, lines)
        noted = [*(file.noted for file in files), *segments]
        return _Made(files, ChunkPart(summary, failed_objects(lines), noted), piece)

    async def _store(self, batch: Batch, chunk: Chunk, made: "_Made") -> None:
        part = await asyncio.to_thread(_encode_part, made.part, of_piece=made.piece is not None)
        part_key = report_keys.part_key(batch.batch_id, chunk.number, made.piece)
        if made.piece is not None:
            await self._work.put(part_key, part, "application/gzip")
        for file in made.files:
            await self._work.put(file.key, file.body, file.content_type)
        written = {file.status for file in made.files}
        for status in (SUCCEEDED, FAILED):
            # An earlier report of this chunk may have had rows of a kind of which none are left.
            if status not in written:
                await self._work.delete(report_keys.rows_key(batch.batch_id, chunk.number, status, made.piece))
        if made.piece is None:
            await self._work.put(part_key, part, "application/gzip")

    async def leave_out(self, chunk: Chunk) -> None:
        """Be done with a chunk whose report cannot be written: that of its batch lacks its files. Raises
        ConditionFailed.
        """
        _log.error("chunk_left_out", then="the report of its batch lacks its lines; they are in the tables")
        of_pieces = {"pieces": 0} if chunk.only_counts else {}
        await self._chunks.reported(chunk, {"files": [], "failed_versions": False, **of_pieces})

    async def part(self, batch_id: str, number: int, piece: int | None = None) -> ChunkPart:
        """What `write` kept for the batch's end; made anew where it has been deleted since. Of a piece that is gone
        nothing is left: its lines are in the tables.
        """
        try:
            body = await self._work.get(report_keys.part_key(batch_id, number, piece))
        except ClientError as error:
            if code_of(error) != "NoSuchKey":
                raise
        else:
            return await asyncio.to_thread(_decode_part, body)
        if piece is not None:
            _log.error("piece_missing", chunk=number, piece=piece, then="the report of its batch lacks its lines")
            return ChunkPart(FindingsSummary(), [])
        chunk = await self._chunks.get(batch_id, number)
        lines = [] if chunk is None else (await self._source.lines(chunk, final=True)).lines
        return ChunkPart(await asyncio.to_thread(FindingsSummary.of_lines, lines), failed_objects(lines))


def _noted(made: _Made) -> dict[str, Any]:
    """What the row of a chunk notes of its files."""
    return {"files": made.part.files, "failed_versions": made.part.versions}


def _files(batch: Batch, chunk: Chunk, lines: Sequence[ReportLine], piece: int | None) -> list[ReportFile]:
    files = []
    for status in (SUCCEEDED, FAILED):
        rows = [csv_row(line.outcome) for line in lines if task_status(line.outcome) == status]
        if rows:
            body = csv_text(rows).encode(errors="replace")
            files.append(
                ReportFile(
                    report_keys.rows_key(batch.batch_id, chunk.number, status, piece),
                    body,
                    "text/csv",
                    len(rows),
                    status,
                )
            )
    lines_key = report_keys.lines_key(batch, chunk.number, piece)
    files.append(ReportFile(lines_key, parquet_file(lines), "application/vnd.apache.parquet", len(lines)))
    return files


def _encode_part(part: ChunkPart, *, of_piece: bool) -> bytes:
    failed = [[ref.bucket, ref.key, ref.version_id] for ref in part.failed]
    members = {"summary": part.summary.members(), "failed": failed} | ({"files": part.files} if of_piece else {})
    return gzip.compress(json.dumps(members).encode(), mtime=0)


def _decode_part(body: bytes) -> ChunkPart:
    document = json.loads(gzip.decompress(body))
    failed = [ObjectRef(*failed) for failed in document["failed"]]
    return ChunkPart(FindingsSummary.parse(document["summary"]), failed, document.get("files", []))


def md5(body: bytes) -> str:
    """The checksum as S3 Batch Operations names it: hexadecimal."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
