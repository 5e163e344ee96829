"""Re-evaluations from their order to their end: their passes over the archive, and what pauses or stops them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import structlog

from reelsift.aws.batches import Batches
from reelsift.aws.chunks import Chunks
from reelsift.aws.errors import is_outage
from reelsift.aws.policy_versions import PolicyVersions
from reelsift.aws.table import ConditionFailed
from reelsift.aws.walks import Walks
from reelsift.domain.batch import HELD, WORKING, Batch, BatchState
from reelsift.domain.failure import Reason
from reelsift.domain.reevaluation import ENDED, Reevaluation, Walk
from reelsift.policy_versions.reports import SLACK_S, all_report
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import Clock, as_ms
from reelsift.runtime.faults import Faults
from reelsift.runtime.live_policy import LivePolicies
from reelsift.runtime.timings import Timings

_log = structlog.get_logger(__name__)


class Passes:
    """Makes the changes of state of re-evaluations. Any worker may, one of them a batch at a time."""

    def __init__(
        self,
        *,
        batches: Batches,
        chunks: Chunks,
        walks: Walks,
        policies: LivePolicies,
        policy_versions: PolicyVersions,
        active_batches: ActiveBatches,
        faults: Faults,
        timings: Timings,
        clock: Clock,
    ) -> None:
        self._batches = batches
        self._chunks = chunks
        self._walks = walks
        self._policies = policies
        self._policy_versions = policy_versions
        self._active_batches = active_batches
        self._faults = faults
        self._timings = timings
        self._clock = clock

    async def step(self) -> None:
        """Look after each re-evaluation that is due."""
        for batch in await self._active_batches.batches():
            now = self._clock.now_ms()
            if batch.reevaluation is None or (batch.due_at_ms or 0) > now:
                continue
            pause_s = self._timings.reevaluation_check_s
            if batch.state is BatchState.PAUSED:
                pause_s += self._timings.paused_batch_check_s
            try:
                claimed = await self._batches.change(batch, due_at_ms=now + as_ms(pause_s))
                await self._check(claimed, batch.reevaluation)
            except ConditionFailed:
                continue
            except Exception as error:
                if is_outage(error):
                    raise
                self._faults.swallow("batch_not_checked", error, batch=batch.batch_id, again_in_s=pause_s)

    async def _check(self, batch: Batch, terms: Reevaluation) -> None:
        walks = await self._walks.of_batch(batch.batch_id)
        if len(walks) < terms.walks:
            # Whoever ordered it wrote the batch alone, or an earlier look was killed half-way.
            there = {walk.number for walk in walks}
            await self._walks.add(Walk(batch.batch_id, number) for number in range(terms.walks) if number not in there)
            walks = await self._walks.of_batch(batch.batch_id)
        if batch.state in WORKING:
            if await self._is_overtaken(terms):
                batch = await self._batches.change(
                    batch, state=BatchState.CANCELLING, stopped=Reason.POLICY_CHANGED, held_because=None
                )
                _log.warning("reevaluation_overtaken", batch=batch.batch_id, epoch=terms.epoch)
            else:
                await self._go_on(batch, terms, walks)
                return
        if batch.state is BatchState.CANCELLING:
            await self._end(batch, walks)
        elif batch.state in HELD and batch.state is not BatchState.PAUSED and not self._taken(walks):
            batch = await self._batches.change(batch, state=BatchState.PAUSED)
            _log.info("batch_paused", batch=batch.batch_id)

    async def _is_overtaken(self, terms: Reevaluation) -> bool:
        """Whether a newer version is live: what it would change nobody has been shown."""
        return (await self._policies.current()).epoch > terms.epoch

    async def _go_on(self, batch: Batch, terms: Reevaluation, walks: Sequence[Walk]) -> None:
        now = self._clock.now_ms()
        if terms.seen_ms is None:
            terms = replace(terms, seen_ms=now)
            batch = await self._batches.change(batch, reevaluation=terms)
        if terms.begins_ms is None:
            # Before the first pass begins: who judges by an older version then may write behind it.
            all_follow = await all_report(self._policy_versions, terms.epoch, timings=self._timings, now_ms=now)
            if all_follow or now - (terms.seen_ms or now) >= as_ms(self._timings.follow_wait_s):
                await self._batches.change(batch, reevaluation=terms.begun(now, all_follow=all_follow), due_at_ms=now)
                self._active_batches.wake()
                _log.info("reevaluation_begins", batch=batch.batch_id, epoch=terms.epoch, all_follow=all_follow)
        elif all(walk.passes >= terms.number for walk in walks):
            if terms.is_last:
                await self._end(batch, walks)
                return
            stale_ms = as_ms(self._timings.policy_stale_s + SLACK_S)
            later = terms.next_pass(now, stale_ms=stale_ms)
            await self._batches.change(batch, reevaluation=later)
            _log.info("reevaluation_passes_again", batch=batch.batch_id, begins_ms=later.begins_ms)

    async def _end(self, batch: Batch, walks: Sequence[Walk]) -> None:
        """End a re-evaluation: first nobody walks any more, then its lines are reported, and then the whole."""
        if self._taken(walks):
            return
        for walk in walks:
            if walk.passes < ENDED:
                # Refused where a worker has just taken it on: then the next look sees that.
                await self._walks.change(walk, passes=ENDED, due_at_ms=None)
        chunks = [chunk async for chunk in self._chunks.of_batch(batch.batch_id)]
        for chunk in chunks:
            if not chunk.closed:
                with suppress(ConditionFailed):
                    await self._chunks.close(chunk, now_ms=self._clock.now_ms())
                    self._active_batches.wake()
        if not all(chunk.closed and chunk.reported for chunk in chunks):
            return
        lines = sum(chunk.counts.ended for chunk in chunks)
        await self._batches.change(
            batch,
            state=BatchState.COMPLETING,
            total=lines,
            chunks=len(chunks),
            due_at_ms=self._clock.now_ms(),
        )
        self._active_batches.wake()
        _log.info("batch_completing", batch=batch.batch_id, lines=lines)

    def _taken(self, walks: Sequence[Walk]) -> bool:
        """Whether some worker is at a part, or was until a moment ago."""
        now = self._clock.now_ms()
        return any(walk.is_taken(now) for walk in walks)
