"""The segments of a chunk's videos, read out of their stored results and written as one Parquet file."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, NamedTuple

import structlog
from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of
from reelsift.aws.objects import WorkBucket
from reelsift.domain.batch import Batch, Chunk
from reelsift.domain.result import ResultReader, key_of_result
from reelsift.domain.video import ObjectRef
from reelsift.reporting.digested import DigestedObject
from reelsift.reports import report_keys
from reelsift.reports.report_line import ReportLine
from reelsift.reports.segment_file import Answer, SegmentFile
from reelsift.runtime.lease import Lease

READS_AHEAD = 16
"""Results that are read ahead: to wait for S3 takes longer than all else that is done about one."""

WHOLE_BYTES = 1024 * 1024
"""A larger result is not read ahead, but piece by piece once its turn has come."""

_log = structlog.get_logger(__name__)


class SegmentDataset:
    """Writes the segments of chunks. Each result costs one GET, a large one two."""

    def __init__(self, work: WorkBucket) -> None:
        self._work = work

    async def write(
        self, batch: Batch, lease: Lease[Chunk], lines: Iterable[ReportLine], piece: int | None = None
    ) -> dict[str, Any]:
        """Write the file of a claimed chunk, or of a piece of it, and return what the report notes of it.

        Results are read in the order of the lines, each once, so a worker that takes over writes the same bytes. Raises
        ConditionFailed and WorkerStops as the lease does; then there is no new file.
        """
        key = report_keys.segments_key(batch, lease.row.number, piece)
        file = await asyncio.to_thread(SegmentFile, lease.row.number)
        missing = 0
        stored_results = list(_stored_results(lines))
        async with (
            self._work.writer(key, "application/vnd.apache.parquet") as writer,
            self._read_ahead([result.key for result in stored_results]) as bodies,
        ):
            stored = DigestedObject(key, writer)
            for result in stored_results:
                await lease.keep()
                try:
                    await self._append(file, result, next(bodies), stored)
                except ClientError as error:
                    if code_of(error) != "NoSuchKey":
                        raise
                    missing += 1
            await stored.write(await asyncio.to_thread(file.close))
            # The object is there once the writer is closed: not by a worker that has slept through its lease.
            await lease.claim()
        if missing:
            _log.warning("results_missing", results=missing, then="their segments are not in the dataset")
        return stored.noted | {"rows": file.rows}

    async def forget(self, batch: Batch, chunk: int, piece: int | None = None) -> None:
        """Delete the file that an earlier report of a chunk may have left."""
        await self._work.delete(report_keys.segments_key(batch, chunk, piece))

    async def _append(
        self, file: SegmentFile, result: "_StoredResult", body: "asyncio.Task[bytes | None]", stored: DigestedObject
    ) -> None:
        """Append the segments of a result. Raises ClientError where it is gone."""
        reader, before = ResultReader(), file.rows
        async with aclosing(self._pieces(result.key, await body)) as pieces:
            async for piece in pieces:
                await stored.write(await asyncio.to_thread(_add, file, result, reader, piece))
        if file.rows == before:
            await asyncio.to_thread(file.add_nothing, Answer(result.video_id, result.ref, reader.head))

    async def _pieces(self, key: str, whole: bytes | None) -> AsyncGenerator[bytes, None]:
        if whole is not None:
            yield whole
            return
        async with aclosing(self._work.pieces(key)) as pieces:
            async for piece in pieces:
                yield piece

    @asynccontextmanager
    async def _read_ahead(self, keys: list[str]) -> AsyncIterator[Iterator["asyncio.Task[bytes | None]"]]:
        """The bodies of results in their order; None for one that is too large to be held."""
        under_way: deque[asyncio.Task[bytes | None]] = deque()

        def bodies() -> Iterator["asyncio.Task[bytes | None]"]:
            for number in range(len(keys)):
                for key in keys[number + len(under_way) : number + READS_AHEAD]:
                    under_way.append(asyncio.create_task(self._whole(key)))
                yield under_way.popleft()

        try:
            yield bodies()
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _whole(self, key: str) -> bytes | None:
        body = bytearray()
        async with aclosing(self._work.pieces(key)) as pieces:
            async for piece in pieces:
                body += piece
                if len(body) > WHOLE_BYTES:
                    return None
        return bytes(body)


class _StoredResult(NamedTuple):
    """A result that a line rests on, and the line's object."""

    video_id: str
    ref: ObjectRef
    key: str


def _stored_results(lines: Iterable[ReportLine]) -> Iterator[_StoredResult]:
    """The results that lines rest on, each once: several lines may have one video."""
    seen: set[str] = set()
    for outcome in (line.outcome for line in lines):
        for name in outcome.results:
            assert outcome.video_id is not None  # noqa: S101 - a result is that of a video
            key = key_of_result(outcome.video_id, name)
            if key not in seen:
                seen.add(key)
                yield _StoredResult(outcome.video_id, outcome.ref, key)


def _add(file: SegmentFile, result: _StoredResult, reader: ResultReader, piece: bytes) -> bytes:
    """Append what a piece of a result holds; returns what is there of the file since the last time."""
    for segments in reader.add(piece):
        file.add(Answer(result.video_id, result.ref, reader.head), segments)
    return file.take()
