"""What `pause`, `resume` and `cancel` make of a batch: which state each takes it from, and into which."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reelsift.aws.deployment import Deployment
from reelsift.aws.table import ConditionFailed
from reelsift.batches.lookup import batch_named
from reelsift.batches.tick import send_tick
from reelsift.domain.batch import HELD, OVER, WORKING, Batch, BatchState, Counts
from reelsift.domain.failure import Reason
from reelsift.errors import CommandError, Exit
from reelsift.runtime.clock import now_ms

TRIES = 8
"""How often a batch is read again because a worker wrote to it in between."""


@dataclass(frozen=True, slots=True)
class Control:
    """The fields of a batch that a command changes, none where the batch is so already; and what its user is told.

    `wakes` is for what workers have to do about it at once.
    """

    told: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    wakes: bool = False


async def carry_out(deployment: Deployment, batch_id: str, decide: Callable[[Batch], Control]) -> tuple[Batch, Control]:
    """Change a batch as `decide` says of it, however often workers write to it meanwhile.

    Raises CommandError where there is no such batch, or it keeps changing; and what `decide` raises.
    """
    for _ in range(TRIES):
        batch = await batch_named(deployment, batch_id)
        control = decide(batch)
        if not control.changes:
            return batch, control
        try:
            changed = await deployment.batches.change(batch, **control.changes, due_at_ms=now_ms())
        except ConditionFailed:
            await asyncio.sleep(0.1)
            continue
        if control.wakes:
            await send_tick(deployment, priority=batch.urgent)
        return changed, control
    raise CommandError(
        f"{batch_id} was left as it is: workers wrote to it {TRIES} times while this was tried; run the command again"
    )


def pausing(batch: Batch) -> Control:
    """Pause a batch. Raises CommandError where that has no sense."""
    name = batch.batch_id
    _check_submitted(batch, "paused")
    if batch.state in HELD:
        because = f": {batch.held_because}" if batch.held_because else ""
        return Control(f"{name} is {batch.state} already{because}; `reelsift resume {name}` goes on with it")
    if batch.state not in WORKING:
        raise CommandError(f"{name} was not paused: {_no_more(batch)}")
    return Control(
        f"{name} pauses: nothing more of it is started. What was started finishes, is paid and counted; its messages"
        f" that stand in the queue are dropped as they come up, and sent again later. `reelsift resume {name}` goes on",
        {"state": BatchState.PAUSING},
    )


def resuming(batch: Batch, counts: Counts) -> Control:
    """Go on with a batch of which `counts` lines have ended. Raises CommandError where that has no sense."""
    name = batch.batch_id
    _check_submitted(batch, "paused")
    if batch.state in WORKING:
        return Control(f"{name} is not paused: it is {batch.state} and goes on by itself")
    if batch.state not in HELD:
        raise CommandError(f"{name} was not resumed: {_no_more(batch)}")
    reading = batch.total is None and batch.manifest_key is not None
    told = f"{name} goes on: workers send what is left of it, and of what was dropped, as there is room"
    if batch.held_because:
        told += (
            f". It had paused itself ({batch.held_because}): failures are judged anew, from the {counts.ended:,} lines"
            " on that have ended so far"
        )
    return Control(
        told,
        {
            "state": BatchState.PREPARING if reading else BatchState.ACTIVE,
            "held_because": None,
            "excused": counts,
        },
        wakes=True,
    )


def cancelling(batch: Batch) -> Control:
    """Cancel a batch. Raises CommandError where that has no sense."""
    name = batch.batch_id
    _check_submitted(batch, "cancelled")
    if batch.state is BatchState.CANCELLING:
        return Control(f"{name} is being cancelled already; `reelsift status {name} --watch` follows it to its end")
    if batch.state is BatchState.CANCELLED:
        return Control(f"{name} is cancelled already; `reelsift report {name}` says what became of its lines")
    if batch.state in OVER or batch.state is BatchState.COMPLETING:
        raise CommandError(f"{name} was not cancelled: {_no_more(batch)}")
    return Control(
        f"{name} is being cancelled: nothing more of it is started. What was started finishes, is paid and reported;"
        " every other line ends as SKIPPED (cancelled). Once it is over,"
        f" `reelsift retry {name} --reason cancelled` takes these up again",
        {"state": BatchState.CANCELLING, "stopped": Reason.CANCELLED, "held_because": None},
        wakes=True,
    )


def _check_submitted(batch: Batch, done: str) -> None:
    if batch.direct:
        raise CommandError(
            f"{batch.batch_id} was not {done}: it only counts lines that others send straight to the queue, so there is"
            " nothing to hold back; stop whoever sends them",
            Exit.WRONG_USE,
        )


def _no_more(batch: Batch) -> str:
    """Why nothing more of a batch is started, and what its user can do."""
    name = batch.batch_id
    if batch.state is BatchState.CANCELLING:
        return (
            f"it is being cancelled ({batch.stopped or Reason.CANCELLED}), which cannot be taken back. Once it is over,"
            f" `reelsift retry {name} --reason {batch.stopped or Reason.CANCELLED}` takes up what was not started"
        )
    if batch.state is BatchState.COMPLETING:
        return "every line of it has ended, and its report is being written"
    if batch.state is BatchState.CANCELLED:
        reason = batch.stopped or Reason.CANCELLED
        return f"it is Cancelled; `reelsift retry {name} --reason {reason}` takes up what was not started"
    return f"it is {batch.state}; `reelsift retry {name}` does its failed lines again"
