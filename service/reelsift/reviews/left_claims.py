"""Whether reviewers seem to have left what they were at."""

import asyncio

from reelsift.aws.deployment import Deployment
from reelsift.aws.review_rows import SHARDS

LEFT_CLAIM_MS = 600_000
"""A claim that was not renewed for so long is likely left: a worker has to watch it for as long to know."""

CLAIMS_COUNTED = 10


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
