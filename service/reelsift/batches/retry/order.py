"""What a user asks of a retry, checked against the batch it is asked of."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reelsift.batches.control import Control
from reelsift.batches.retry.choice import RetryChoice
from reelsift.batches.retry.retry import Tally
from reelsift.domain.batch import HELD, OVER, Batch, BatchState, Counts
from reelsift.domain.failure import Reason
from reelsift.domain.line import OutcomeStatus
from reelsift.errors import CommandError, Exit
from reelsift.reports import wording


@dataclass(frozen=True, slots=True)
class RetryOrder:
    """`max_cost_micros` is the batch's new limit, in millionths of a dollar; with `lift` it has none any more."""

    choice: RetryChoice
    max_cost_micros: int | None = None
    lift: bool = False

    def check(self, batch: Batch, counts: Counts) -> None:
        """Raises CommandError where the batch cannot be retried so."""
        name = batch.batch_id
        if batch.state is BatchState.CANCELLING:
            raise CommandError(
                f"nothing of {name} was retried: it is being cancelled; run retry again once it is Cancelled"
            )
        if batch.direct and (self.lift or self.max_cost_micros is not None):
            raise CommandError(
                f"{name} only counts lines that others send straight to the queue: it has no --max-cost", Exit.WRONG_USE
            )
        unsaid = self.max_cost_micros is None and not self.lift
        if Reason.MAX_COST in self.choice.reasons and unsaid and batch.max_cost_micros is not None:
            raise CommandError(
                f"{name} may cost {_money(batch.max_cost_micros)}, and its lines would only be skipped again. Add"
                " --max-cost with a higher one, or --no-max-cost",
                Exit.WRONG_USE,
            )
        if self.max_cost_micros is not None and self.max_cost_micros <= counts.cost_micros:
            raise CommandError(
                f"{name} has cost {_money(counts.cost_micros)} already: --max-cost is to be more, all told",
                Exit.WRONG_USE,
            )

    def control(self, batch: Batch, counts: Counts, chosen: Mapping[OutcomeStatus, Tally]) -> Control:
        """The change of the batch before its lines are opened again: its new limit, and that its failures so far are
        no reason to pause. `counts` are those of the batch, with the `chosen` lines still in them.
        """
        self.check(batch, counts)
        changes: dict[str, object] = {}
        limit = self._limit(batch)
        if limit != batch.max_cost_micros:
            changes["max_cost_micros"] = limit
        if batch.state in OVER:
            changes["excused"] = replace(
                counts,
                failed=counts.failed - chosen[OutcomeStatus.FAILED].lines,
                skipped=counts.skipped - chosen[OutcomeStatus.SKIPPED].lines,
            )
        return Control("", changes)

    def afterwards(self, batch: Batch) -> str:
        """What happens next, in a few words."""
        if batch.state in HELD:
            return f"it is {batch.state}, so they wait for `reelsift resume {batch.batch_id}`"
        if batch.direct:
            return f"`reelsift status {batch.batch_id}` counts them"
        return f"`reelsift status {batch.batch_id} --watch` follows it"

    def _limit(self, batch: Batch) -> int | None:
        if self.lift:
            return None
        return batch.max_cost_micros if self.max_cost_micros is None else self.max_cost_micros


def _money(micros: int) -> str:
    return wording.money(micros)
