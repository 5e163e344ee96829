"""A chunk's part of the report: rows as S3 Batch Operations writes them, Parquet, and what the batch's end needs."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from botocore.exceptions import ClientError

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import code_of
from reelsift.domain.batch import Batch, Chunk
from reelsift.domain.video import ObjectRef
from reelsift.reporting.source import read_lines
from reelsift.reports import report_keys
from reelsift.reports.completion_report import FAILED, SUCCEEDED, csv_row, csv_text, task_status
from reelsift.reports.findings_summary import FindingsSummary
from reelsift.reports.parquet import parquet_file
from reelsift.reports.report_line import ReportLine, failed_objects
from reelsift.runtime.clock import now_ms

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
    """What the end of a batch needs of a chunk: its summary, and the objects of its lines that FAILED."""

    summary: FindingsSummary
    failed: list[ObjectRef]


async def write_chunk_report(deployment: Deployment, batch: Batch, chunk: Chunk, lease_ms: int) -> None:
    """Write the files of a claimed chunk that is complete, then note them in its row.

    Written twice, by a worker that takes over, they are the same. Raises ConditionFailed where the chunk was taken
    over, or a line of it was reopened.
    """
    read = await read_lines(deployment, chunk, final=True)
    if read.damage is not None:
        _log.error("chunk_unreadable", error=read.damage, then="its report lacks the order, and lines that were cut")
    files = await asyncio.to_thread(_files, batch, chunk, read.lines)
    failed = failed_objects(read.lines)
    summary = await asyncio.to_thread(FindingsSummary.of_lines, read.lines)
    part = await asyncio.to_thread(_encode_part, ChunkPart(summary, failed))
    # Whoever has slept through its claim must not write over what came after it.
    chunk = await deployment.chunks.claim_report(chunk, now_ms() + lease_ms)
    for file in files:
        await deployment.work.put(file.key, file.body, file.content_type)
    written = {file.status for file in files}
    for status in (SUCCEEDED, FAILED):
        # An earlier report of this chunk may have had rows of a kind that a retry has left none of.
        if status not in written:
            await deployment.work.delete(report_keys.rows_key(batch.batch_id, chunk.number, status))
    await deployment.work.put(report_keys.part_key(batch.batch_id, chunk.number), part, "application/gzip")
    versions = any(ref.version_id is not None for ref in failed)
    await deployment.chunks.reported(chunk, {"files": [file.noted for file in files], "failed_versions": versions})


def _files(batch: Batch, chunk: Chunk, lines: Sequence[ReportLine]) -> list[ReportFile]:
    files = []
    for status in (SUCCEEDED, FAILED):
        rows = [csv_row(line.outcome) for line in lines if task_status(line.outcome) == status]
        if rows:
            body = csv_text(rows).encode(errors="replace")
            files.append(
                ReportFile(
                    report_keys.rows_key(batch.batch_id, chunk.number, status), body, "text/csv", len(rows), status
                )
            )
    parquet_key = report_keys.parquet_key(batch, chunk.number)
    files.append(ReportFile(parquet_key, parquet_file(lines), "application/vnd.apache.parquet", len(lines)))
    return files


async def read_part(deployment: Deployment, batch_id: str, number: int) -> ChunkPart:
    """What `write_chunk_report` kept for the batch's end; made anew where it has been deleted since."""
    try:
        body = await deployment.work.get(report_keys.part_key(batch_id, number))
    except ClientError as error:
        if code_of(error) != "NoSuchKey":
            raise
    else:
        return await asyncio.to_thread(_decode_part, body)
    chunk = await deployment.chunks.get(batch_id, number)
    lines = [] if chunk is None else (await read_lines(deployment, chunk, final=True)).lines
    return ChunkPart(await asyncio.to_thread(FindingsSummary.of_lines, lines), failed_objects(lines))


def _encode_part(part: ChunkPart) -> bytes:
    failed = [[ref.bucket, ref.key, ref.version_id] for ref in part.failed]
    return gzip.compress(json.dumps({"summary": part.summary.members(), "failed": failed}).encode(), mtime=0)


def _decode_part(body: bytes) -> ChunkPart:
    document = json.loads(gzip.decompress(body))
    return ChunkPart(FindingsSummary.parse(document["summary"]), [ObjectRef(*failed) for failed in document["failed"]])


def md5(body: bytes) -> str:
    """The checksum as S3 Batch Operations names it: hexadecimal."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
