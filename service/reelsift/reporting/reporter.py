"""What became of each line, written down: chunk by chunk as they complete, and the whole when a batch ends."""

import asyncio
import random
import time

import structlog

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import is_outage
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import Chunk
from reelsift.reporting.batch_report import end_batch
from reelsift.reporting.chunk_report import write_chunk_report
from reelsift.reporting.claim import LEASE_MS, ReportClaim, WorkerStops
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import now_ms
from reelsift.runtime.tasks import Tasks

CANDIDATES = 10
"""Due reports read at a time: enough for several workers to find one each."""

STEP_S = 20
"""A step writes reports of chunks for no longer than this, so that it is seen to be alive."""

PUT_OFF_MS = 15_000
"""A report that met an outage of AWS is begun again after this."""

_log = structlog.get_logger(__name__)


class Reporter:
    """Writes the reports of whatever batch, whichever worker is first: one chunk, and one batch's end, at a time."""

    def __init__(self, deployment: Deployment, active_batches: ActiveBatches, stop: asyncio.Event) -> None:
        self._deployment = deployment
        self._active_batches = active_batches
        self._stop = stop
        self._tasks = Tasks()
        self._ending = False

    async def step(self) -> None:
        """Take up a batch's end, unless one is under way, and the chunks that have completed."""
        await self._take_batch()
        if not await self._active_batches.batches():
            # Chunks are reported while their batch is under way.
            return
        began = time.monotonic()
        while not self._stop.is_set() and time.monotonic() - began < STEP_S:
            due = await self._deployment.chunks.due_reports(now_ms(), CANDIDATES)
            # Other workers see the same ones.
            random.shuffle(due)
            if not any([await self._chunk(chunk) for chunk in due if not self._stop.is_set()]):
                return

    async def drain(self) -> None:
        """Wait for the batch's end that is under way: it is left off at its next stage."""
        await self._tasks.join()

    async def _chunk(self, chunk: Chunk) -> bool:
        """Write the report of a chunk. Whether this worker did."""
        with structlog.contextvars.bound_contextvars(batch=chunk.batch_id, chunk=chunk.number):
            try:
                # First this: what cannot be reported is out of the way of what can.
                claimed = await self._deployment.chunks.claim_report(chunk, now_ms() + LEASE_MS)
                batch = await self._deployment.batches.get(chunk.batch_id)
                if batch is None:
                    _log.error("batch_missing", then="this chunk of it is not reported", again_in_ms=LEASE_MS)
                    return False
                await write_chunk_report(self._deployment, batch, claimed, LEASE_MS)
            except ConditionFailed:
                return False
            except Exception as error:
                if is_outage(error):
                    raise
                # A fault of this program. The claim runs out by itself; the reports of others do not wait for it.
                _log.exception("report_failed")
                return False
            return True

    async def _take_batch(self) -> None:
        if self._ending:
            return
        batches = self._deployment.batches
        for batch in await batches.due_completing(now_ms(), CANDIDATES):
            try:
                claimed = await batches.change(batch, due_at_ms=now_ms() + LEASE_MS)
            except ConditionFailed:
                continue
            self._ending = True
            self._tasks.spawn(self._end(ReportClaim(batches, claimed, self._stop)))
            return

    async def _end(self, claim: ReportClaim) -> None:
        """End a claimed batch. What another worker has taken over, or somebody reopened, is left to them."""
        with structlog.contextvars.bound_contextvars(batch=claim.batch.batch_id):
            try:
                await end_batch(self._deployment, claim)
            except ConditionFailed:
                _log.info("report_taken_over")
            except WorkerStops:
                await self._leave(claim, now_ms())
            except Exception as error:  # noqa: BLE001 - one batch's failure must not become the worker's
                if not is_outage(error):
                    # A fault of this program. The claim runs out by itself.
                    _log.exception("report_failed")
                    return
                _log.warning("report_put_off", error=f"{type(error).__name__}: {error}", again_in_ms=PUT_OFF_MS)
                await self._leave(claim, now_ms() + PUT_OFF_MS)
            finally:
                self._ending = False
                # Another one may have waited for this.
                self._active_batches.wake()

    async def _leave(self, claim: ReportClaim, due_at_ms: int) -> None:
        try:
            await claim.leave(due_at_ms)
        except ConditionFailed:
            return
        except Exception as error:
            if not is_outage(error):
                raise
            _log.warning("aws_unavailable", error=f"{type(error).__name__}: {error}", then="the claim runs out")
