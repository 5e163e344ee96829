"""How far reviewers are behind, counted up to a bound however much is open."""

import asyncio

from reelsift.aws.deployment import Deployment
from reelsift.aws.review_rows import SHARDS

PAST_DUE_COUNTED = 100
"""Items of each shard of a queue that are counted: it matters that there are some, and hardly how many."""

CLAIMS_COUNTED = 10


async def count_past_due(deployment: Deployment, *, now_ms: int) -> int | None:
    """Open items whose due time is over and that nobody is at; None where no item was ever open."""
    queues = await deployment.review_items.queues()
    if not queues:
        return None
    counts = await asyncio.gather(
        *(
            deployment.review_items.count_due(queue, shard, before_ms=now_ms, at_most=PAST_DUE_COUNTED)
            for queue in queues
            for shard in range(SHARDS)
        )
    )
    return sum(counts)


async def count_left_claims(deployment: Deployment, *, before_ms: int) -> int:
    """Claims that were last renewed before a time, by clocks of reviewers: likely left, so that somebody should watch.

    Whether they were is found out by watching; who is wrong here wakes a worker for nothing, or lets one sleep.
    """
    counts = await asyncio.gather(
        *(
            deployment.review_items.count_claims(shard, before_ms=before_ms, at_most=CLAIMS_COUNTED)
            for shard in range(SHARDS)
        )
    )
    return sum(counts)
