"""Batches from submission to their last outcome: their chunk rows, and their changes of state."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import structlog

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import is_outage
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import WORKING, Batch, BatchState, Chunk, Counts, total_counts
from reelsift.domain.failure import Reason
from reelsift.domain.job import JobState
from reelsift.domain.line import OutcomeStatus
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import now_ms

LOOK_MS = 1_000
"""How often a batch is looked at where it is the only one and small."""

PAUSED_MS = 30_000
"""More to wait where a batch is paused: whoever resumes it has it looked at at once."""

CHUNKS_A_SECOND = 100
"""One with many chunks is looked at less often: all of their rows are read each time."""

BATCHES_A_SECOND = 20

SKIPS_AT_ONCE = 16

REASONS_READ = 300
"""Outcomes of one chunk that are read to say what most failures come from."""

_STARTED = frozenset({JobState.STARTING, JobState.RUNNING, JobState.COLLECTING, JobState.SETTLED})

_log = structlog.get_logger(__name__)


class BatchWatch:
    """Looks at each batch under way now and then: of all workers one at a time does."""

    def __init__(self, deployment: Deployment, active_batches: ActiveBatches) -> None:
        self._deployment = deployment
        self._active_batches = active_batches
        self._settings = deployment.settings
        self._chunks: dict[str, int] = {}

    async def step(self) -> None:
        """Look at every batch whose time has come."""
        active_batches = await self._active_batches.batches()
        self._chunks = {batch.batch_id: self._chunks.get(batch.batch_id, 0) for batch in active_batches}
        for batch in active_batches:
            now = now_ms()
            if batch.direct or (batch.due_at_ms or 0) > now:
                continue
            # While an inventory is read its batch does not say yet how many chunks there are.
            chunks = max(batch.chunks, self._chunks[batch.batch_id])
            pause_ms = LOOK_MS + chunks * 1000 // CHUNKS_A_SECOND + len(active_batches) * 1000 // BATCHES_A_SECOND
            if batch.state is BatchState.PAUSED:
                pause_ms += PAUSED_MS
            try:
                await self._look(await self._deployment.batches.change(batch, due_at_ms=now + pause_ms))
            except ConditionFailed:
                continue
            except Exception as error:
                if is_outage(error):
                    raise
                # A fault of this program, or a row that somebody edited: the other batches do not wait for it.
                _log.exception("batch_not_looked_at", batch=batch.batch_id, again_in_ms=pause_ms)

    async def _look(self, batch: Batch) -> None:
        """Make the chunk rows a batch lacks, and the change of state that is due."""
        batches = self._deployment.batches
        chunks = {chunk.number: chunk async for chunk in self._deployment.chunks.of_batch(batch.batch_id)}
        if batch.manifest_key is None:
            for number in range(batch.chunks):
                if number not in chunks or chunks[number].total is None:
                    # Whoever submitted it died half-way; its files are all there, or the batch would not be.
                    await self._deployment.chunks.add(batch.chunk(number, now_ms()))
        # A line may name any batch and chunk: what stands beyond the batch's own chunks neither ends nor delays it.
        own = [chunk for chunk in chunks.values() if chunk.total is not None]
        self._chunks[batch.batch_id] = len(chunks)
        if batch.manifest_key is not None and batch.total is not None and len(own) > batch.chunks:
            batch = await self._sum_up_anew(batch, own)
        if batch.total is not None and len(own) == batch.chunks and all(it.complete and it.reported for it in own):
            await batches.change(batch, state=BatchState.COMPLETING, due_at_ms=now_ms())
            self._active_batches.wake()
            _log.info("batch_completing", batch=batch.batch_id, lines=batch.total)
        elif batch.stopped is not None or batch.state is BatchState.CANCELLING:
            await self._cancel(batch, own)
        elif batch.state is BatchState.PAUSING:
            await self._pause(batch)
        elif batch.state in WORKING:
            await self._judge(batch, own)

    async def _sum_up_anew(self, batch: Batch, chunks: Sequence[Chunk]) -> Batch:
        """A cancelled inventory is summed up while somebody may still be writing a chunk of it: that counts, too."""
        total, size = sum(chunk.total or 0 for chunk in chunks), sum(chunk.size for chunk in chunks)
        _log.info("inventory_summed_up_anew", batch=batch.batch_id, lines=total, before=batch.total)
        return await self._deployment.batches.change(batch, total=total, chunks=len(chunks), size=size)

    async def _cancel(self, batch: Batch, chunks: Sequence[Chunk]) -> None:
        """End what nobody has taken on. What was sent meets the end of its batch at its admission."""
        reason = batch.stopped or Reason.CANCELLED
        if batch.state is not BatchState.CANCELLING or batch.stopped is None:
            # First this, so that nobody takes on lines of a chunk before they are skipped.
            batch = await self._deployment.batches.change(batch, state=BatchState.CANCELLING, stopped=reason)
        unclaimed = [it for it in chunks if it.skip_reason is None and max(it.reached, it.claimed) < (it.total or 0)]
        lines = 0
        for start in range(0, len(unclaimed), SKIPS_AT_ONCE):
            lines += sum(
                await asyncio.gather(*(self._skip(chunk, reason) for chunk in unclaimed[start : start + SKIPS_AT_ONCE]))
            )
        if lines:
            _log.info("lines_skipped", batch=batch.batch_id, lines=lines, reason=reason)

    async def _skip(self, chunk: Chunk, reason: Reason) -> int:
        """End what nobody has taken on of a chunk; returns how many lines.

        None where somebody has just taken on some of it: the next check skips what is left.
        """
        try:
            skipped = await self._deployment.chunks.skip_unclaimed(chunk, reason, now_ms=now_ms())
        except ConditionFailed:
            return 0
        if not skipped.end:
            self._active_batches.wake()
        return skipped.skipped_lines

    async def _pause(self, batch: Batch) -> None:
        """Paused is a batch once nothing is under way that it has started."""
        jobs = await self._deployment.jobs.count_open(batch.batch_id)
        if not any(jobs.get(state) for state in _STARTED):
            await self._deployment.batches.change(batch, state=BatchState.PAUSED)
            _log.info("batch_paused", batch=batch.batch_id)

    async def _judge(self, batch: Batch, chunks: Sequence[Chunk]) -> None:
        """Pause a batch that goes wrong as a whole, before it costs more."""
        counts = total_counts(chunks)
        if counts.ended == batch.total:
            return
        judged = counts + -batch.excused
        failed_percent = self._failed_percent(judged)
        if judged.ended < self._settings.pause_failed_after or failed_percent <= self._settings.pause_failed_percent:
            return
        reason = await self._commonest_reason(max(chunks, key=lambda chunk: chunk.counts.failed))
        because = (
            f"{judged.failed:,} of {judged.ended:,} lines have failed ({failed_percent:.0f} %), more than"
            f" {self._settings.pause_failed_percent:g} %" + (f"; most often as {reason}" if reason else "")
        )
        await self._deployment.batches.change(batch, state=BatchState.PAUSING, held_because=because)
        self._deployment.metrics.count("BatchesPaused")
        _log.error(
            "batch_paused_itself",
            batch=batch.batch_id,
            because=because,
            mend="see which lines failed and why (reelsift report), mend that, then resume or cancel the batch",
        )

    @staticmethod
    def _failed_percent(counts: Counts) -> float:
        return 100 * counts.failed / counts.ended if counts.ended > 0 else 0

    async def _commonest_reason(self, chunk: Chunk) -> Reason | None:
        """What the first failures of a chunk come from, mostly."""
        reasons: Counter[Reason] = Counter()
        read = 0
        async for outcome in self._deployment.outcomes.of_chunk(chunk.batch_id, chunk.number):
            if outcome.status is OutcomeStatus.FAILED and outcome.reason is not None:
                reasons[outcome.reason] += 1
            read += 1
            if read == REASONS_READ:
                break
        return max(reasons, key=lambda reason: (reasons[reason], reason)) if reasons else None
