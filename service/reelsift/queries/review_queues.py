"""Where each queue of reviewers stands, counted up to a bound however much is open."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from reelsift.aws.deployment import Deployment
from reelsift.aws.review_rows import SHARDS

COUNTED = 500
"""Items of each shard of a queue that are counted: beyond that it hardly matters how many there are."""

DUE_COUNTED = 100
"""Overdue items of each shard that are counted."""

FIRST_LOOKED_AT = 5
"""Items of each shard, those that are due first, among which the oldest is looked for."""


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue at one moment. Times are in epoch milliseconds, None where nothing waits.

    `waiting` items nobody is at, `past_due` of which should have been decided; with `more`, and `past_due_more`, there
    are more than so many. `oldest_ms` is when the oldest was opened of those that are due first.
    """

    queue: str
    waiting: int = 0
    more: bool = False
    past_due: int = 0
    past_due_more: bool = False
    oldest_ms: int | None = None
    next_due_ms: int | None = None


async def queue_states(deployment: Deployment, *, now_ms: int, queues: Sequence[str] | None = None) -> list[QueueState]:
    """The states of these queues, or of all that ever had an item, by name."""
    names = sorted(await deployment.review_items.queues()) if queues is None else queues
    return list(await asyncio.gather(*(_state(deployment, queue, now_ms) for queue in names)))


async def _state(deployment: Deployment, queue: str, now_ms: int) -> QueueState:
    review_items = deployment.review_items
    counts = await asyncio.gather(
        *(review_items.count_waiting(queue, shard, at_most=COUNTED) for shard in range(SHARDS))
    )
    # Of most queues most shards are empty: nothing more is asked of those.
    shards = [shard for shard, waiting in enumerate(counts) if waiting]
    due, firsts = await asyncio.gather(
        asyncio.gather(
            *(review_items.count_due(queue, shard, before_ms=now_ms, at_most=DUE_COUNTED) for shard in shards)
        ),
        asyncio.gather(*(review_items.first_due(queue, shard, limit=FIRST_LOOKED_AT) for shard in shards)),
    )
    items = [item for shard in firsts for item in shard]
    return QueueState(
        queue=queue,
        waiting=sum(counts),
        more=COUNTED in counts,
        past_due=sum(due),
        past_due_more=DUE_COUNTED in due,
        oldest_ms=min((item.created_ms for item in items), default=None),
        next_due_ms=min((item.due_ms for item in items), default=None),
    )
