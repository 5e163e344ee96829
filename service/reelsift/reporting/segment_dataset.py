"""The segments of a chunk's videos, read out of their stored results: as one Parquet file of its report, and as a part
of the copy against which policies are tested.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any, NamedTuple

import structlog
from botocore.exceptions import ClientError

from reelsift.archive.part import SUFFIX, PartFile, is_kept, month_folder
from reelsift.aws.errors import code_of
from reelsift.aws.objects import ObjectWriter, WorkBucket
from reelsift.domain.analysis import Analysis
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

_PARQUET = "application/vnd.apache.parquet"

_log = structlog.get_logger(__name__)


class SegmentDataset:
    """Writes the segments of chunks. Each result costs one GET, a large one two."""

    def __init__(self, work: WorkBucket, *, with_report: bool = True) -> None:
        """`with_report`: whether reports have a file of segments; the copy has them either way."""
        self._work = work
        self._with_report = with_report

    async def write(
        self, batch: Batch, lease: Lease[Chunk], lines: Iterable[ReportLine], piece: int | None = None
    ) -> list[dict[str, Any]]:
        """Write what a claimed chunk, or a piece of it, has found, and return what the report notes of its file, if it
        is to have one.

        Results are read in the order of the lines, each once, so a worker that takes over writes the same bytes. Raises
        ConditionFailed and WorkerStops as the lease does; then there is no new file.
        """
        key = report_keys.segments_key(batch, lease.row.number, piece)
        stored_results = list(_stored_results(lines))
        if not self._with_report:
            # From before it was switched off.
            await self._work.delete(key)
        # What is judged anew brings no answers that the copy could lack.
        brings_answers = bool(stored_results) and batch.reevaluation is None
        if not brings_answers:
            # An earlier report may have had some, of videos that were forgotten since.
            await self._work.delete(part_key(batch, lease.row.number, piece))
            if not self._with_report:
                return []
        missing = 0
        async with AsyncExitStack() as writers:
            files = await asyncio.to_thread(_Files, lease.row.number)
            if self._with_report:
                files.report = DigestedObject(key, await writers.enter_async_context(self._work.writer(key, _PARQUET)))
            if brings_answers:
                part = self._work.writer(part_key(batch, lease.row.number, piece), _PARQUET)
                files.copy = await writers.enter_async_context(part)
            bodies = await writers.enter_async_context(self._read_ahead([result.key for result in stored_results]))
            for result in stored_results:
                await lease.keep()
                try:
                    await self._append(files, result, next(bodies))
                except ClientError as error:
                    if code_of(error) != "NoSuchKey":
                        raise
                    missing += 1
            await files.write(await asyncio.to_thread(files.close))
            # The objects are there once the writers are closed: not by a worker that has slept through its lease.
            await lease.claim()
        if missing:
            _log.warning("results_missing", results=missing, then="their segments are not in the dataset")
        return [] if files.report is None else [files.report.noted | {"rows": files.segments.rows}]

    async def _append(self, files: "_Files", result: "_StoredResult", body: "asyncio.Task[bytes | None]") -> None:
        """Append the segments of a result. Raises ClientError where it is gone."""
        reader, before = ResultReader(), files.segments.rows
        async with aclosing(self._pieces(result.key, await body)) as pieces:
            async for piece in pieces:
                await files.write(await asyncio.to_thread(files.add, result, reader, piece, before))
        if files.segments.rows == before:
            await asyncio.to_thread(files.add_nothing, result, reader)

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


def part_key(batch: Batch, chunk: int, piece: int | None = None) -> str:
    """The part of the copy that a chunk, or a piece of it, brings. Once it was made one with others, a chunk that is
    reported anew brings it again; readers count one.
    """
    of_piece = "" if piece is None else f"-{piece:06d}"
    return f"{month_folder(batch.created_ms)}{batch.batch_id}-{chunk:09d}{of_piece}{SUFFIX}"


class _Files:
    """The two files of a chunk while they are made; `report` and `copy` are where they are written, None where not."""

    def __init__(self, chunk: int) -> None:
        self.segments = SegmentFile(chunk)
        self.report: DigestedObject | None = None
        self.copy: ObjectWriter | None = None
        self._part = PartFile()

    def add(self, result: "_StoredResult", reader: ResultReader, piece: bytes, before: int) -> tuple[bytes, bytes]:
        """Append what a piece of a result holds, of which the rows begin after `before`; returns what is there of the
        files since the last time.
        """
        for segments in filter(None, reader.add(piece)):
            if is_kept(Analysis(reader.head["analysis"])):
                self._part.add(result.video_id, reader.head, segments, begin=self.segments.rows - before)
            self.segments.add(Answer(result.video_id, result.ref, reader.head), segments)
        return self.segments.take(), self._part.take()

    def add_nothing(self, result: "_StoredResult", reader: ResultReader) -> None:
        """Append the rows of an answer without segments."""
        self.segments.add_nothing(Answer(result.video_id, result.ref, reader.head))
        if is_kept(Analysis(reader.head["analysis"])):
            self._part.add(result.video_id, reader.head, [])

    def close(self) -> tuple[bytes, bytes]:
        """The ends of the files."""
        return self.segments.close(), self._part.close()

    async def write(self, made: tuple[bytes, bytes]) -> None:
        """Write what was made of them."""
        report, copy = made
        if self.report is not None:
            await self.report.write(report)
        if self.copy is not None:
            await self.copy.write(copy)
