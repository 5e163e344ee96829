"""How far reviewers are behind, counted up to a bound however much is open."""

import asyncio

from reelsift.aws.deployment import Deployment
from reelsift.aws.review_rows import SHARDS
from reelsift.domain.handling import SECOND_OPINIONS_QUEUE

PAST_DUE_COUNTED = 100
"""Items of each shard of a queue that are counted: it matters that there are some, and hardly how many."""


async def count_past_due(deployment: Deployment, *, now_ms: int) -> int | None:
    """Open items whose due time is over and that nobody is at; None where no item was ever open. Second opinions are
    not among them: they expire.
    """
    queues = [queue for queue in await deployment.review_items.queues() if queue != SECOND_OPINIONS_QUEUE]
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
