"""A retry from start to end: what it would do and cost, and then its lines sent back to work."""

from collections.abc import Mapping
from dataclasses import dataclass

from reelsift.aws.deployment import Deployment
from reelsift.batches.control import change_batch
from reelsift.batches.lookup import batch_named, read_counts
from reelsift.batches.paid_videos import PaidVideos, read_paid_videos
from reelsift.batches.retry.ended_lines import EndedLines, Tally
from reelsift.batches.retry.order import RetryOrder
from reelsift.batches.retry.retrying import OnLines, Retrying
from reelsift.batches.tick import send_tick
from reelsift.domain.batch import Batch, Counts
from reelsift.domain.line import OutcomeStatus


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """What a retry of a batch would do.

    `counts` are those of the batch, and `ended` its lines by how they ended. The forecast follows from `paid`, the time
    and money that earlier videos took.
    """

    batch: Batch
    order: RetryOrder
    counts: Counts
    ended: EndedLines
    paid: PaidVideos

    @property
    def chosen(self) -> Mapping[OutcomeStatus, Tally]:
        """Of each status, the lines that are done again."""
        return self.ended.chosen(self.order.choice)

    @property
    def lines(self) -> int:
        """How many lines are done again."""
        return sum(tally.lines for tally in self.chosen.values())

    @property
    def empty(self) -> bool:
        """Whether there is nothing to send back to work."""
        return not self.lines and not self.ended.unsent

    @property
    def billed_ms(self) -> float | None:
        """The video time that will probably be paid for; None where nobody knows."""
        tallies = self.chosen.values()
        if any(tally.sized != tally.lines for tally in tallies):
            return None
        return self.paid.billed_ms(sum(tally.to_analyse for tally in tallies))

    @property
    def cost_micros(self) -> int | None:
        """What they will probably cost, in millionths of a US dollar; None where nobody knows."""
        return None if self.billed_ms is None else self.paid.cost_micros(self.billed_ms)


@dataclass(frozen=True, slots=True)
class Retried:
    """How many lines were sent back to work, and the batch as it was then."""

    batch: Batch
    sent: int


def _ignore(_lines: int) -> None:
    """Nobody asked how far it is."""


async def plan_retry(
    deployment: Deployment, batch_id: str, order: RetryOrder, on_lines: OnLines = _ignore
) -> RetryPlan:
    """What `order` would do, by the ended lines of the batch. Changes nothing. `on_lines` is called with how many lines
    have been read.

    Raises NoSuchBatch, and what `RetryOrder.check` raises.
    """
    batch = await batch_named(deployment.batches, batch_id)
    counts = await read_counts(deployment.chunks, batch_id)
    order.check(batch, counts)
    ended = await Retrying(deployment, batch, order.choice).ended_lines(on_lines)
    plan = RetryPlan(batch, order, counts, ended, PaidVideos(counts))
    if plan.lines and not plan.paid.enough:
        return RetryPlan(
            batch,
            order,
            counts,
            ended,
            await read_paid_videos(deployment.batches, deployment.chunks, deployment.settings.analyses, batch),
        )
    return plan


async def carry_out(deployment: Deployment, plan: RetryPlan, on_lines: OnLines = _ignore) -> Retried:
    """Send the lines of a plan back to work, and wake the workers for them. `on_lines` is called with how many lines
    have been sent.

    Interrupted at any moment, it can simply be planned and carried out again. Raises what `RetryOrder.check` raises,
    BatchKeepsChanging, RetryUnfinished, and BatchBeingCancelled where somebody cancels the batch meanwhile.
    """
    controlled = await change_batch(
        deployment, plan.batch.batch_id, lambda batch: plan.order.changes(batch, plan.counts, plan.chosen)
    )
    batch = controlled.batch
    try:
        sent = await Retrying(deployment, batch, plan.order.choice).carry_out(on_lines)
    finally:
        await send_tick(deployment.intake_for(priority=batch.urgent))
    return Retried(batch, sent)


async def retry(deployment: Deployment, batch_id: str, order: RetryOrder) -> Retried:
    """Do the ended lines of a batch that `order` chooses again. Raises what `plan_retry` and `carry_out` raise."""
    return await carry_out(deployment, await plan_retry(deployment, batch_id, order))
