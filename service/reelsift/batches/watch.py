"""Batches from submission to their last outcome: their chunks' rows, and their changes of state."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from reelsift.aws.batches import Batches
from reelsift.aws.chunks import Chunks
from reelsift.aws.errors import is_outage
from reelsift.aws.jobs import Jobs
from reelsift.aws.metrics import Metrics
from reelsift.aws.outcomes import Outcomes
from reelsift.aws.table import ConditionFailed
from reelsift.batches.direct_days import DirectDays
from reelsift.domain.batch import WORKING, Batch, BatchState, Chunk, Counts, Tally
from reelsift.domain.failure import Reason
from reelsift.domain.job import JobState
from reelsift.domain.line import OutcomeStatus
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.faults import Faults
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings

PAGE_CHUNKS = 1_000
"""Chunks that one check of a batch reads at most, in one request. A batch that has more (a billion lines are a hundred
thousand chunks) is counted over several checks.
"""

CHUNKS_A_SECOND = 100
"""A batch with many chunks is checked less often: so many of their rows are read a second."""

BATCHES_A_SECOND = 20
"""So are all batches where there are many of them."""

SKIPS_AT_ONCE = 16

REASONS_READ = 300
"""Outcomes of one chunk that are read to say what most failures come from."""

_STARTED = frozenset({JobState.STARTING, JobState.RUNNING, JobState.COLLECTING, JobState.SETTLED})

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Part:
    """Chunks of a batch that are counted at one go: its `own`, and how many rows of them had to be `added`."""

    own: list[Chunk]
    next: int
    added: int
    is_last: bool


class BatchWatch:
    """Checks each batch under way now and then; of all workers one does at a time."""

    def __init__(
        self,
        *,
        batches: Batches,
        chunks: Chunks,
        outcomes: Outcomes,
        jobs: Jobs,
        direct_days: DirectDays,
        metrics: Metrics,
        active_batches: ActiveBatches,
        faults: Faults,
        settings: Settings,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._batches = batches
        self._chunks = chunks
        self._outcomes = outcomes
        self._jobs = jobs
        self._direct_days = direct_days
        self._metrics = metrics
        self._active_batches = active_batches
        self._faults = faults
        self._settings = settings
        self._timings = timings
        self._clock = clock
        self._chunks_seen: dict[str, int] = {}

    async def step(self) -> None:
        """Check every batch that is due."""
        active_batches = await self._active_batches.batches()
        self._chunks_seen = {batch.batch_id: self._chunks_seen.get(batch.batch_id, 0) for batch in active_batches}
        for batch in active_batches:
            now = self._clock.now_ms()
            # A re-evaluation has passes and no lines to send: a loop of its own looks after it.
            if batch.reevaluation is not None or (batch.due_at_ms or 0) > now:
                continue
            pause_s = self._pause_s(batch, len(active_batches))
            try:
                claimed = await self._batches.change(batch, due_at_ms=now + as_ms(pause_s))
                await (self._direct_days.close(claimed) if batch.direct else self._check(claimed))
            except ConditionFailed:
                continue
            except Exception as error:
                if is_outage(error):
                    raise
                # A fault of this program, or a row that somebody edited: the other batches do not wait for it.
                self._faults.swallow("batch_not_checked", error, batch=batch.batch_id, again_in_s=pause_s)

    def _pause_s(self, batch: Batch, active_batches: int) -> float:
        """How long until the batch is checked again. Whoever resumes one that is Paused has it checked at once."""
        # While an inventory is read its batch does not say yet how many chunks there are.
        chunks = min(PAGE_CHUNKS, max(batch.chunks, self._chunks_seen[batch.batch_id]))
        paused_s = self._timings.paused_batch_check_s if batch.state is BatchState.PAUSED else 0
        return self._timings.batch_check_s + paused_s + chunks / CHUNKS_A_SECOND + active_batches / BATCHES_A_SECOND

    async def _check(self, batch: Batch) -> None:
        """Count the next part of a batch's chunks, make the rows that it lacks there, and make the change of state that
        is due.
        """
        part = await self._read(batch)
        tally, done_tally = _counted(batch, part)
        if part.is_last and batch.manifest_key is not None and batch.total is not None and tally.chunks > batch.chunks:
            batch = await self._sum_up_anew(batch, tally)
        if part.is_last and batch.total is not None and tally.chunks == batch.chunks and tally.all_done:
            now = self._clock.now_ms()
            await self._batches.change(
                batch, state=BatchState.COMPLETING, due_at_ms=now, tally=Tally(), done_tally=Tally()
            )
            self._active_batches.wake()
            _log.info("batch_completing", batch=batch.batch_id, lines=batch.total)
            return
        skipped = 0
        if batch.stopped is not None or batch.state is BatchState.CANCELLING:
            batch, skipped = await self._cancel(batch, part.own)
        elif batch.state is BatchState.PAUSING:
            batch = await self._pause(batch)
        elif batch.state in WORKING and part.is_last:
            batch = await self._judge(batch, tally)
        if part.is_last:
            await self._begin_anew(batch, done_tally)
        else:
            # Where there was something to do there probably is in the next part.
            await self._go_on(batch, tally, done_tally, at_once=bool(part.added or skipped))

    async def _begin_anew(self, batch: Batch, done_tally: Tally) -> None:
        """Let the next count begin after the chunks that are done. A batch that is counted at one go keeps nothing."""
        if batch.tally != Tally():
            await self._batches.change(batch, tally=done_tally, done_tally=done_tally)

    async def _go_on(self, batch: Batch, tally: Tally, done_tally: Tally, *, at_once: bool) -> None:
        """Let the next check, whichever worker makes it, count the next part."""
        soon = {"due_at_ms": self._clock.now_ms()} if at_once else {}
        await self._batches.change(batch, tally=tally, done_tally=done_tally, **soon)
        if at_once:
            self._active_batches.wake()

    async def _read(self, batch: Batch) -> "_Part":
        """The next chunks of a batch. A row that it lacks among them is written.

        A line may name any batch and chunk: what stands beyond the batch's own chunks neither ends nor delays it.
        """
        start = batch.tally.next
        page = await self._chunks.page(batch.batch_id, start, PAGE_CHUNKS)
        self._chunks_seen[batch.batch_id] = len(page)
        is_last, added = len(page) < PAGE_CHUNKS, 0
        if batch.manifest_key is None:
            end = min(start + PAGE_CHUNKS, batch.chunks)
            is_last = end >= batch.chunks
            page = [chunk for chunk in page if chunk.number < end]
            there = {chunk.number for chunk in page if chunk.total is not None}
            for number in range(start, end):
                if number not in there:
                    # Whoever submitted it died half-way; its files are all there, or the batch would not be.
                    await self._chunks.add(batch.chunk(number, self._clock.now_ms()))
                    added += 1
        own = [chunk for chunk in page if chunk.total is not None]
        return _Part(own, page[-1].number + 1 if page else start, added, is_last=is_last)

    async def _sum_up_anew(self, batch: Batch, tally: Tally) -> Batch:
        """Sum up a cancelled inventory once more: somebody may have written a chunk of it after the first time."""
        _log.info("inventory_summed_up_anew", batch=batch.batch_id, lines=tally.lines, before=batch.total)
        return await self._batches.change(batch, total=tally.lines, chunks=tally.chunks, size=tally.size)

    async def _cancel(self, batch: Batch, chunks: Sequence[Chunk]) -> tuple[Batch, int]:
        """End the lines that nobody has taken on. Those that were sent end when they are to be admitted. Returns the
        batch, and how many lines were ended.
        """
        reason = batch.stopped or Reason.CANCELLED
        if batch.state is not BatchState.CANCELLING or batch.stopped is None:
            # First this, so that nobody takes on lines of a chunk before they are skipped.
            batch = await self._batches.change(batch, state=BatchState.CANCELLING, stopped=reason)
        unclaimed = [it for it in chunks if it.skip_reason is None and max(it.reached, it.claimed) < (it.total or 0)]
        lines = 0
        for start in range(0, len(unclaimed), SKIPS_AT_ONCE):
            lines += sum(
                await asyncio.gather(*(self._skip(chunk, reason) for chunk in unclaimed[start : start + SKIPS_AT_ONCE]))
            )
        if lines:
            _log.info("lines_skipped", batch=batch.batch_id, lines=lines, reason=reason)
        return batch, lines

    async def _skip(self, chunk: Chunk, reason: Reason) -> int:
        """End what nobody has taken on of a chunk; returns how many lines.

        None where somebody has just taken on some of it: the next check skips what is left.
        """
        try:
            skipped = await self._chunks.skip_unclaimed(chunk, reason, now_ms=self._clock.now_ms())
        except ConditionFailed:
            return 0
        if not skipped.end:
            self._active_batches.wake()
        return skipped.skipped_lines

    async def _pause(self, batch: Batch) -> Batch:
        """Make a batch Paused once nothing runs any more that it has started."""
        jobs = await self._jobs.count_open(batch.batch_id)
        if any(jobs.get(state) for state in _STARTED):
            return batch
        batch = await self._batches.change(batch, state=BatchState.PAUSED)
        _log.info("batch_paused", batch=batch.batch_id)
        return batch

    async def _judge(self, batch: Batch, tally: Tally) -> Batch:
        """Pause a batch that goes wrong as a whole, before it costs more."""
        counts = tally.counts
        if counts.ended == batch.total:
            return batch
        judged = counts + -batch.excused
        failed_percent = self._failed_percent(judged)
        if judged.ended < self._settings.pause_failed_after or failed_percent <= self._settings.pause_failed_percent:
            return batch
        reason = await self._commonest_reason(batch.batch_id, tally.worst)
        because = (
            f"{judged.failed:,} of {judged.ended:,} lines have failed ({failed_percent:.0f} %), more than"
            f" {self._settings.pause_failed_percent:g} %" + (f"; most often as {reason}" if reason else "")
        )
        batch = await self._batches.change(batch, state=BatchState.PAUSING, held_because=because)
        self._metrics.count("BatchesPaused")
        _log.error(
            "batch_paused_itself",
            batch=batch.batch_id,
            because=because,
            mend="see in its report which lines failed and why, mend that, then resume or cancel the batch",
        )
        return batch

    @staticmethod
    def _failed_percent(counts: Counts) -> float:
        return 100 * counts.failed / counts.ended if counts.ended > 0 else 0

    async def _commonest_reason(self, batch_id: str, chunk: int) -> Reason | None:
        """The reason that most of the first failures of a chunk have."""
        reasons: Counter[Reason] = Counter()
        read = 0
        async for outcome in self._outcomes.of_chunk(batch_id, chunk):
            if outcome.status is OutcomeStatus.FAILED and outcome.reason is not None:
                reasons[outcome.reason] += 1
            read += 1
            if read == REASONS_READ:
                break
        return max(reasons, key=lambda reason: (reasons[reason], reason)) if reasons else None


def _counted(batch: Batch, part: _Part) -> tuple[Tally, Tally]:
    """The count with one more part, and the chunks at its beginning that are all done."""
    tally, done_tally = batch.tally, batch.done_tally
    for chunk in part.own:
        tally = tally.add(chunk)
        if tally.all_done and _is_whole(batch, tally):
            done_tally = tally
    return replace(tally, next=part.next), done_tally


def _is_whole(batch: Batch, tally: Tally) -> bool:
    """Whether no chunk below those counted can still appear."""
    if batch.manifest_key is None:
        return tally.chunks == tally.next
    # A data file of a cancelled inventory may still be split by a worker that does not know.
    return batch.total is not None and batch.stopped is None and batch.state is not BatchState.CANCELLING
