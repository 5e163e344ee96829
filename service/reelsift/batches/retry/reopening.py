"""Lines of a batch on their way back to work: each gets a new round, in which it is to end."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from reelsift.aws.batches import BatchChanged, is_ending
from reelsift.aws.deployment import Deployment
from reelsift.aws.outcomes import OpenLine
from reelsift.aws.table import ConditionFailed
from reelsift.batches.lookup import batch_named
from reelsift.domain.batch import AT_ONCE_MS, Batch, BatchState, Chunk
from reelsift.domain.line import Line
from reelsift.domain.outcome import Outcome
from reelsift.errors import RetryUnfinished
from reelsift.runtime.clock import now_ms

TRIES = 20
"""How often one group of lines is tried while the batch changes its state: workers do that a few times at its end."""

WATCH_MS = 5_000
"""While lines are reopened group after group, workers need not check the batch after each."""

_Result = TypeVar("_Result")


class Reopening:
    """Opens lines of one batch again. A batch that was over goes on with the first of them.

    `batch` is as it was last read.
    """

    def __init__(self, deployment: Deployment, batch: Batch) -> None:
        self._deployment = deployment
        self.batch = batch

    async def lines(self, outcomes: Sequence[Outcome], *, resend: bool) -> list[OpenLine]:
        """Give up to 98 lines of one chunk a new round, and return those that have one; others had ended otherwise
        meanwhile. With `resend` the workers send them, else whoever calls this has to.

        Raises RetryUnfinished where the batch keeps changing.
        """
        if not outcomes:
            return []
        now = now_ms()
        # Not later: some worker may have died over lines of this chunk, which wait for this check too.
        lease_ms = int(self._deployment.settings.expand_lease_s * 1000)
        return await self._in_its_state(
            lambda batch: self._deployment.outcomes.reopen(
                outcomes,
                batch,
                now_ms=now,
                due_at_ms=AT_ONCE_MS if resend else now + lease_ms,
                watch_at_ms=now + WATCH_MS,
                resend=resend,
            )
        )

    async def skipped_range(self, chunk: Chunk) -> int:
        """Have the lines of a chunk sent after all that were skipped as a range; returns how many, none where somebody
        else has just done that.
        """
        try:
            await self._in_its_state(
                lambda batch: self._deployment.chunks.unskip(batch, chunk, due_at_ms=AT_ONCE_MS),
            )
        except ConditionFailed:
            return 0
        return chunk.skipped_lines

    async def _in_its_state(self, work: Callable[[Batch], Awaitable[_Result]]) -> _Result:
        for _ in range(TRIES):
            try:
                result = await work(self.batch)
            except BatchChanged:
                await asyncio.sleep(0.05)
                self.batch = await batch_named(self._deployment.batches, self.batch.batch_id)
                continue
            if is_ending(self.batch):
                self.batch = replace(self.batch, state=BatchState.ACTIVE)
            return result
        raise RetryUnfinished(self.batch.batch_id)


def asked_again(line: Line, opened: OpenLine) -> Line:
    """A line as it is sent again: in its new round, asked for now, with what it has cost before."""
    return replace(line, id=opened.id, submitted_ms=now_ms(), paid_ms=opened.paid_ms, paid_micros=opened.paid_micros)
