"""What is asked of a retry, checked against the batch it is asked of."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reelsift.batches.control import Changes
from reelsift.batches.retry.choice import RetryChoice
from reelsift.batches.retry.ended_lines import Tally
from reelsift.domain.batch import OVER, Batch, BatchState, Counts
from reelsift.domain.failure import Reason
from reelsift.domain.line import OutcomeStatus
from reelsift.errors import (
    BatchBeingCancelled,
    CostLimitStands,
    CostLimitTooLow,
    DirectBatchHasNoLimit,
    ReevaluationNotRetried,
)


@dataclass(frozen=True, slots=True)
class RetryOrder:
    """Which lines are done again, and what the batch may cost from now on, with what it has cost.

    `max_cost_micros` is the new limit, in millionths of a US dollar; None keeps the one it has, and with `lift` it has
    none any more.
    """

    choice: RetryChoice = field(default_factory=RetryChoice)
    max_cost_micros: int | None = None
    lift: bool = False

    @property
    def changes_limit(self) -> bool:
        return self.lift or self.max_cost_micros is not None

    def check(self, batch: Batch, counts: Counts) -> None:
        """Raises ReevaluationNotRetried, BatchBeingCancelled, DirectBatchHasNoLimit, CostLimitStands and
        CostLimitTooLow.
        """
        if batch.reevaluation is not None:
            raise ReevaluationNotRetried(batch.batch_id)
        if batch.state is BatchState.CANCELLING:
            raise BatchBeingCancelled(batch.batch_id)
        if batch.direct and self.changes_limit:
            raise DirectBatchHasNoLimit(batch.batch_id)
        if Reason.MAX_COST in self.choice.reasons and not self.changes_limit and batch.max_cost_micros is not None:
            raise CostLimitStands(batch.batch_id, batch.max_cost_micros)
        if self.max_cost_micros is not None and self.max_cost_micros <= counts.cost_micros:
            raise CostLimitTooLow(batch.batch_id, counts.cost_micros)

    def changes(self, batch: Batch, counts: Counts, chosen: Mapping[OutcomeStatus, Tally]) -> Changes:
        """What changes in the batch before its lines are opened again: its limit, and that its failures so far are no
        reason to pause. `counts` are those of the batch, with the `chosen` lines still in them.

        Raises what `check` raises.
        """
        self.check(batch, counts)
        changes: dict[str, object] = {}
        limit = self._limit(batch)
        if limit != batch.max_cost_micros:
            changes["max_cost_micros"] = limit
        if batch.state in OVER:
            changes["excused"] = replace(
                counts,
                succeeded=counts.succeeded - chosen[OutcomeStatus.SUCCEEDED].lines,
                partly_failed=counts.partly_failed - chosen[OutcomeStatus.SUCCEEDED].lines,
                failed=counts.failed - chosen[OutcomeStatus.FAILED].lines,
                skipped=counts.skipped - chosen[OutcomeStatus.SKIPPED].lines,
            )
        return changes

    def _limit(self, batch: Batch) -> int | None:
        if self.lift:
            return None
        return batch.max_cost_micros if self.max_cost_micros is None else self.max_cost_micros
