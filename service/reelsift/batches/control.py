"""Pausing, resuming and cancelling: from which states of a batch each is possible, and what it changes."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reelsift.aws.deployment import Deployment
from reelsift.aws.table import ConditionFailed
from reelsift.batches.lookup import batch_named, read_counts
from reelsift.batches.tick import send_tick
from reelsift.domain.batch import AT_ONCE_MS, HELD, OVER, WORKING, Batch, BatchState, Counts
from reelsift.domain.failure import Reason
from reelsift.errors import (
    BatchActionRefused,
    BatchKeepsChanging,
    BatchNotCancellable,
    BatchNotPausable,
    BatchNotResumable,
)

TRIES = 8
"""How often a batch is read again because a worker wrote to it in between."""

Changes = Mapping[str, Any]
"""New values of a batch's fields, by name; none where the batch is already as it should be."""


@dataclass(frozen=True, slots=True)
class Controlled:
    """A batch as it is now, and as it was `before`: the same where it already was as it should be."""

    before: Batch
    batch: Batch

    @property
    def changed(self) -> bool:
        return self.batch != self.before


async def pause(deployment: Deployment, batch_id: str) -> Controlled:
    """Start nothing more of a batch; what was started finishes and is paid. A paused batch stays as it is.

    Raises NoSuchBatch, BatchNotPausable and BatchKeepsChanging.
    """
    return await change_batch(deployment, batch_id, pausing)


async def resume(deployment: Deployment, batch_id: str) -> Controlled:
    """Go on with a paused batch, and wake the workers for it. Failures so far are no reason to pause it again.

    Raises NoSuchBatch, BatchNotResumable and BatchKeepsChanging.
    """
    batch = await batch_named(deployment.batches, batch_id)
    counts = await read_counts(deployment.chunks, batch_id)
    controlled = await change_batch(deployment, batch_id, lambda batch: resuming(batch, counts))
    if controlled.changed:
        await send_tick(deployment.intake_for(priority=batch.urgent))
    return controlled


async def cancel(deployment: Deployment, batch_id: str) -> Controlled:
    """End a batch early: what was started finishes and is paid, every other line ends as SKIPPED (cancelled).

    Raises NoSuchBatch, BatchNotCancellable and BatchKeepsChanging.
    """
    controlled = await change_batch(deployment, batch_id, cancelling)
    if controlled.changed:
        await send_tick(deployment.intake_for(priority=controlled.batch.urgent))
    return controlled


async def change_batch(deployment: Deployment, batch_id: str, decide: Callable[[Batch], Changes]) -> Controlled:
    """Change a batch as `decide` says of its present state, however often workers write to it meanwhile.

    Raises NoSuchBatch, BatchKeepsChanging, and what `decide` raises.
    """
    for _ in range(TRIES):
        batch = await batch_named(deployment.batches, batch_id)
        changes = decide(batch)
        if not changes:
            return Controlled(batch, batch)
        try:
            return Controlled(batch, await deployment.batches.change(batch, **changes, due_at_ms=AT_ONCE_MS))
        except ConditionFailed:
            await asyncio.sleep(0.1)
    raise BatchKeepsChanging(batch_id, TRIES)


def pausing(batch: Batch) -> Changes:
    """What pausing changes. Raises BatchNotPausable."""
    if batch.direct or batch.state not in WORKING | HELD:
        raise _refused(BatchNotPausable, batch)
    return {} if batch.state in HELD else {"state": BatchState.PAUSING}


def resuming(batch: Batch, counts: Counts) -> Changes:
    """What resuming changes in a batch of which `counts` lines have ended. Raises BatchNotResumable."""
    if batch.direct or batch.state not in WORKING | HELD:
        raise _refused(BatchNotResumable, batch)
    if batch.state in WORKING:
        return {}
    reading = batch.total is None and batch.manifest_key is not None
    return {
        "state": BatchState.PREPARING if reading else BatchState.ACTIVE,
        "held_because": None,
        "excused": counts,
        # A count that began before has not seen all that is excused.
        "tally": batch.done_tally,
    }


def cancelling(batch: Batch) -> Changes:
    """What cancelling changes. Raises BatchNotCancellable."""
    if batch.direct:
        raise _refused(BatchNotCancellable, batch)
    if batch.state in {BatchState.CANCELLING, BatchState.CANCELLED}:
        return {}
    if batch.state in OVER or batch.state is BatchState.COMPLETING:
        raise _refused(BatchNotCancellable, batch)
    # Counted from the beginning: on its way the count skips what nobody has taken on.
    return {
        "state": BatchState.CANCELLING,
        "stopped": Reason.CANCELLED,
        "held_because": None,
        "tally": batch.done_tally,
    }


def _refused(kind: type[BatchActionRefused], batch: Batch) -> BatchActionRefused:
    return kind(batch.batch_id, batch.state, batch.stopped, batch.direct)
