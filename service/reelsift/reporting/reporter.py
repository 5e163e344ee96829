"""What became of each line, written down: chunk by chunk as they complete, and the whole when a batch ends."""

import asyncio
import random
from collections import Counter
from contextlib import suppress

import structlog

from reelsift.aws.batches import Batches
from reelsift.aws.chunks import Chunks
from reelsift.aws.errors import is_outage
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import Batch, Chunk
from reelsift.reporting.batch_report import MOST_FAILURES, BatchReports
from reelsift.reporting.chunk_report import ChunkReports
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults
from reelsift.runtime.lease import Lease, WorkerStops
from reelsift.runtime.tasks import Tasks
from reelsift.runtime.timings import Timings

CANDIDATES = 10
"""Due reports read at a time: enough for several workers to find one each."""

_log = structlog.get_logger(__name__)


class Reporter:
    """Writes the reports of whatever batch, whichever worker is first: one chunk, and one batch's end, at a time."""

    def __init__(
        self,
        *,
        batches: Batches,
        chunks: Chunks,
        chunk_reports: ChunkReports,
        batch_reports: BatchReports,
        active_batches: ActiveBatches,
        faults: Faults,
        stop: asyncio.Event,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._batches = batches
        self._chunks = chunks
        self._chunk_reports = chunk_reports
        self._batch_reports = batch_reports
        self._active_batches = active_batches
        self._faults = faults
        self._stop = stop
        self._timings = timings
        self._clock = clock
        self._tasks = Tasks(faults, timings, clock)
        self._ending = False
        self._reporting: asyncio.Task[None] | None = None
        self._failures: Counter[tuple[str, int]] = Counter()

    async def step(self) -> None:
        """Take up a batch's end, unless one is under way, and the chunks that have completed.

        A chunk may take minutes: then it goes on beside the loop, and the next step waits for it again.
        """
        await self._take_batch()
        if self._reporting is None:
            if not await self._active_batches.batches():
                # Chunks are reported while their batch is under way.
                return
            self._reporting = asyncio.create_task(self._report_chunks())
        done, _ = await asyncio.wait({self._reporting}, timeout=self._timings.report_step_s)
        for task in done:
            self._reporting = None
            task.result()

    async def _report_chunks(self) -> None:
        began = self._clock.monotonic()
        while not self._stop.is_set() and self._clock.monotonic() - began < self._timings.report_step_s:
            due = await self._chunks.due_reports(self._clock.now_ms(), CANDIDATES)
            # Other workers see the same ones.
            random.shuffle(due)
            if not any([await self._report_chunk(chunk) for chunk in due if not self._stop.is_set()]):
                return

    async def drain(self) -> None:
        """Wait for what is under way: a batch's end is left off at its next stage, a chunk at its next result."""
        if self._reporting is not None:
            # Whatever keeps it from its work is met by the worker that takes the chunk up.
            await asyncio.gather(self._reporting, return_exceptions=True)
        await self._tasks.join()

    async def _report_chunk(self, chunk: Chunk) -> bool:
        """Write the report of a chunk. Whether this worker did."""
        lease_s = self._timings.report_lease_s
        lease = Lease(chunk, self._chunks.claim_report, seconds=lease_s, clock=self._clock, stop=self._stop)
        with structlog.contextvars.bound_contextvars(batch=chunk.batch_id, chunk=chunk.number):
            try:
                # First this: what cannot be reported is out of the way of what can.
                await lease.claim()
                batch = await self._batches.get(chunk.batch_id)
                if batch is None:
                    _log.error("batch_missing", then="this chunk of it is not reported", again_in_s=lease_s)
                    return False
                await self._chunk_reports.write(batch, lease)
            except ConditionFailed:
                return False
            except WorkerStops:
                await lease.release()
                return False
            except Exception as error:
                if is_outage(error):
                    raise
                # A fault of this program. The lease runs out by itself; the reports of others do not wait for it.
                self._faults.swallow("report_failed", error)
                await self._count_failure(lease)
                return False
            return True

    async def _count_failure(self, lease: Lease[Chunk]) -> None:
        """Have the end of the batch not wait for the report of a chunk over which this worker fails again and again."""
        name = lease.row.batch_id, lease.row.number
        self._failures[name] += 1
        if self._failures[name] < MOST_FAILURES or lease.lost:
            return
        del self._failures[name]
        with suppress(ConditionFailed):
            await self._chunk_reports.leave_out(lease.row)

    async def _take_batch(self) -> None:
        if self._ending:
            return
        for batch in await self._batches.due_completing(self._clock.now_ms(), CANDIDATES):
            lease = Lease(
                batch,
                self._batches.change,
                seconds=self._timings.report_lease_s,
                # Nearly all of it is to be left for each stage: some are long.
                renew_after_s=self._timings.report_lease_fresh_s,
                clock=self._clock,
                stop=self._stop,
            )
            try:
                await lease.claim()
            except ConditionFailed:
                continue
            self._ending = True
            self._tasks.spawn(self._end(lease))
            return

    async def _end(self, lease: Lease[Batch]) -> None:
        """End a claimed batch. What another worker has taken over, or somebody reopened, is left to them."""
        with structlog.contextvars.bound_contextvars(batch=lease.row.batch_id):
            try:
                await self._batch_reports.end(lease)
            except ConditionFailed:
                _log.info("report_taken_over")
            except WorkerStops:
                await lease.release()
            except Exception as error:  # noqa: BLE001 - one batch's failure must not become the worker's
                if not is_outage(error):
                    # A fault of this program. The lease runs out by itself.
                    self._faults.swallow("report_failed", error)
                    await self._batch_reports.count_failure(lease, error)
                    return
                again_in_s = self._timings.report_retry_s
                _log.warning("report_put_off", error=f"{type(error).__name__}: {error}", again_in_s=again_in_s)
                await lease.release(again_in_s)
            finally:
                self._ending = False
                # Another one may have waited for this.
                self._active_batches.wake()
