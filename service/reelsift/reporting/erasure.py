"""Forgotten videos, and sealed ones, taken out of outcomes and reports: at most once a day, or an hour where one was
sealed, by whichever worker is first.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

import structlog
from botocore.exceptions import ClientError

from reelsift.aws.batches import Batches
from reelsift.aws.chunks import Chunks
from reelsift.aws.errors import code_of, is_outage
from reelsift.aws.forgotten import ErasurePass, ForgottenVideos
from reelsift.aws.objects import WorkBucket
from reelsift.aws.outcomes import Outcomes
from reelsift.aws.sealed_rows import SealedRow, SealedRows
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import OVER, Batch, Chunk
from reelsift.reporting.batch_report import BatchReports
from reelsift.reporting.chunk_report import ChunkReports
from reelsift.reports import report_keys
from reelsift.reports.parquet import UnreadableLines, lines_of_videos
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults
from reelsift.runtime.lease import Lease, Row, WorkerStops
from reelsift.runtime.timings import Timings

_log = structlog.get_logger(__name__)


EVER_MS = 2**53
"""Later than any outcome or batch (epoch milliseconds)."""


@dataclass(frozen=True, slots=True)
class _Todo:
    """What one pass does: videos to be taken out, with until when their outcomes go (epoch milliseconds), which of them
    are sealed; batches and chunks whose reports are to be written anew.
    """

    videos: Mapping[str, int]
    sealed: frozenset[str]
    reports: set[str]
    chunks: frozenset[tuple[str, int]]


class Erasure:
    """Goes over all batches, the newest first, and does again what another worker has left half done.

    Which lines a video has had nobody wrote down: of each chunk that is reported the file of its lines is read, which
    costs one GET for 10,000 lines; of all others the outcomes.
    """

    def __init__(
        self,
        *,
        forgotten: ForgottenVideos,
        batches: Batches,
        chunks: Chunks,
        outcomes: Outcomes,
        work: WorkBucket,
        chunk_reports: ChunkReports,
        batch_reports: BatchReports,
        sealed_rows: SealedRows | None,
        seal_check: Callable[[str], Awaitable[bool]],
        faults: Faults,
        stop: asyncio.Event,
        timings: Timings,
        clock: Clock,
    ) -> None:
        """`sealed_rows` is where the outcomes of sealed videos go; without it they stay where they are. `seal_check`
        says whether a video is sealed.
        """
        self._forgotten = forgotten
        self._batches = batches
        self._chunks = chunks
        self._outcomes = outcomes
        self._work = work
        self._chunk_reports = chunk_reports
        self._batch_reports = batch_reports
        self._sealed_rows = sealed_rows
        self._seal_check = seal_check
        self._faults = faults
        self._stop = stop
        self._timings = timings
        self._clock = clock
        self._pass: asyncio.Task[None] | None = None

    async def step(self) -> None:
        """Begin a pass that is due, or go on with it. It may take hours: then it runs beside the loop, and the next
        step waits for it again.
        """
        if self._pass is None:
            erasure = await self._forgotten.due(self._clock.now_ms())
            if erasure is None:
                return
            self._pass = asyncio.create_task(self._go_over(erasure))
        done, _ = await asyncio.wait({self._pass}, timeout=self._timings.report_step_s)
        for task in done:
            self._pass = None
            task.result()

    async def drain(self) -> None:
        """Wait for the pass, which is left off at its next chunk."""
        if self._pass is not None:
            await asyncio.gather(self._pass, return_exceptions=True)

    async def _go_over(self, erasure: ErasurePass) -> None:
        lease = Lease(
            erasure, self._forgotten.change, seconds=self._timings.report_lease_s, clock=self._clock, stop=self._stop
        )
        try:
            await self._erase(lease)
        except ConditionFailed:
            _log.info("erasure_taken_over")
        except WorkerStops:
            await lease.release()

    async def _erase(self, lease: Lease[ErasurePass]) -> None:
        began_ms = lease.row.began_ms
        if began_ms is None:
            began_ms = self._clock.now_ms()
            # Not from now on: a batch may have been submitted from a machine whose clock is ahead.
            await lease.claim(began_ms=began_ms, cursor_ms=EVER_MS)
        else:
            await lease.claim()
        noted = {video: at_ms for video, at_ms in (await self._forgotten.noted()).items() if at_ms <= began_ms}
        sealed = await self._forgotten.sealed() & noted.keys()
        # Of a sealed video no outcome is too young; without a place for it, it waits for a worker that has one.
        videos = {video: at_ms for video, at_ms in noted.items() if video not in sealed}
        if self._sealed_rows is not None:
            videos |= dict.fromkeys(sealed, EVER_MS)
        todo = _Todo(
            videos,
            frozenset(sealed & videos.keys()),
            {batch_id async for batch_id in self._forgotten.marked_reports()},
            await self._forgotten.marked_chunks(),
        )
        lines = 0
        async for batch in self._batches.until(lease.row.cursor_ms or EVER_MS):
            with structlog.contextvars.bound_contextvars(batch=batch.batch_id):
                try:
                    lines += await self._erase_batch(lease, batch, todo)
                except (ConditionFailed, WorkerStops):
                    raise
                except Exception as error:
                    if is_outage(error):
                        raise
                    # A fault of this program. The videos leave all other batches, and this one with the next pass.
                    self._faults.swallow("batch_not_erased", error)
                    await lease.claim(lacking=True)
            await lease.claim(cursor_ms=batch.created_ms)
        if lease.row.lacking:
            # Every note stays: nobody knows of whom the batches that are left out have something.
            await self._forgotten.end(lease.row, {}, now_ms=self._clock.now_ms())
            return
        await self._forgotten.end(lease.row, {video: noted[video] for video in videos}, now_ms=self._clock.now_ms())
        _log.info("forgotten_videos_erased", videos=len(videos), lines=lines)

    async def _erase_batch(self, lease: Lease[ErasurePass], batch: Batch, todo: "_Todo") -> int:
        lines, marked = 0, batch.batch_id in todo.reports
        async for chunk in self._chunks.of_batch(batch.batch_id):
            await lease.keep()
            found, damaged = await self._lines(batch, chunk, todo.videos)
            for line, video_id in found:
                if video_id in todo.sealed and not await self._keep(batch, chunk, line, video_id):
                    continue
                until_ms = todo.videos[video_id]
                lines += await self._outcomes.forget(batch.batch_id, chunk.number, line, video_id, until_ms=until_ms)
            anew = (batch.batch_id, chunk.number) in todo.chunks
            if (found or anew or damaged) and chunk.reported:
                if not marked:
                    await self._forgotten.mark_report(batch.batch_id)
                    marked = True
                await self._report_chunk(lease, batch, chunk)
            if anew:
                await self._forgotten.chunk_written(batch.batch_id, chunk.number)
        if marked:
            await self._report_batch(lease, batch)
            await self._forgotten.report_written(batch.batch_id)
        return lines

    async def _keep(self, batch: Batch, chunk: Chunk, line: str, video_id: str) -> bool:
        """Copy what is known of a line to where only specialists see it; False where its video is sealed no more."""
        assert self._sealed_rows is not None  # noqa: S101 - without it no sealed video is among those
        row = await self._outcomes.row_of(batch.batch_id, chunk.number, line)
        if row is not None and row.get("video_id") == video_id:
            key = {name: row[name] for name in ("batch", "line")}
            await self._sealed_rows.keep(video_id, [SealedRow("outcomes", key, row)])
        return await self._seal_check(video_id)

    async def _lines(self, batch: Batch, chunk: Chunk, videos: Mapping[str, int]) -> tuple[list[tuple[str, str]], bool]:
        """The lines of a chunk that have or had an outcome over one of these videos, with the video's id; and whether
        its report is damaged, so that nobody can say whom it is about.

        The file of a report tells too what was taken out of the outcomes, but not yet out of the report.
        """
        damaged = False
        if chunk.reported:
            try:
                found: list[tuple[str, str]] = []
                for piece in range(chunk.pieces) if chunk.only_counts else [None]:
                    body = await self._work.get(report_keys.lines_key(batch, chunk.number, piece))
                    found += await asyncio.to_thread(lines_of_videos, body, videos)
            except ClientError as error:
                if code_of(error) != "NoSuchKey":
                    raise
            except UnreadableLines as error:
                damaged = True
                _log.warning("report_unreadable", chunk=chunk.number, error=str(error), then="it is written anew")
            else:
                return found, False
        return [found async for found in self._outcomes.of_videos(batch.batch_id, chunk.number, videos)], damaged

    async def _report_chunk(self, lease: Lease[ErasurePass], batch: Batch, chunk: Chunk) -> None:
        """Write the report of a chunk without them. One whose lines were reopened is reported later, without them."""

        async def still_reported(chunk: Chunk, *, due_at_ms: int) -> Chunk:
            await lease.keep()
            now = await self._chunks.get(chunk.batch_id, chunk.number)
            if now is None or not now.reported:
                raise ConditionFailed(chunk.batch_id)
            return replace(chunk, due_at_ms=due_at_ms)

        try:
            await self._chunk_reports.write_anew(batch, self._lease(chunk, still_reported))
        except ConditionFailed:
            if lease.lost:
                raise

    async def _report_batch(self, lease: Lease[ErasurePass], batch: Batch) -> None:
        """Write the report of a batch that is over without them; that of any other is still to come."""

        async def still_over(batch: Batch, *, due_at_ms: int) -> Batch:
            await lease.keep()
            now = await self._batches.get(batch.batch_id)
            if now is None or now.state not in OVER:
                raise ConditionFailed(batch.batch_id)
            return replace(now, due_at_ms=due_at_ms)

        if batch.state not in OVER or batch.report_key is None:
            return
        try:
            await self._batch_reports.write_anew(self._lease(batch, still_over))
        except ConditionFailed:
            if lease.lost:
                raise

    def _lease(self, row: Row, write: Callable[..., Awaitable[Row]]) -> Lease[Row]:
        """For what is written under the lease of the pass: each renewal looks whether the row is still as it was."""
        left_s = self._timings.report_lease_s
        return Lease(row, write, seconds=left_s, left_s=left_s, clock=self._clock, stop=self._stop)
