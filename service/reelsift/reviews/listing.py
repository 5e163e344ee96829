"""What waits for reviewers, and who is at what, as lists of bounded length."""

import asyncio
from collections.abc import Sequence

from reelsift.aws.deployment import Deployment
from reelsift.aws.review_rows import SHARDS
from reelsift.aws.table import READ_ITEMS
from reelsift.domain.review_item import OWN_QUEUES, Claim, ItemCause, ReviewItem
from reelsift.domain.status import VideoStatus
from reelsift.errors import NoSuchReviewQueue


async def require_queues(deployment: Deployment, queues: Sequence[str]) -> None:
    """Raises NoSuchReviewQueue where a queue is named that nothing has ever waited in."""
    if not queues:
        return
    known = await deployment.review_items.queues()
    for queue in queues:
        if queue not in known:
            raise NoSuchReviewQueue(queue, tuple(known))


async def waiting_items(
    deployment: Deployment, queues: Sequence[str], limit: int
) -> list[tuple[ReviewItem, VideoStatus | None]]:
    """The first items of some queues, or of all but second opinions, with the rows of their videos."""
    if not queues:
        everything = await deployment.review_items.queues()
        queues = [queue for queue in everything if queue != OWN_QUEUES[ItemCause.SECOND_OPINION]]
    shards = await asyncio.gather(
        *(deployment.review_items.waiting(queue, shard, limit=limit) for queue in queues for shard in range(SHARDS))
    )
    items = sorted((item for shard in shards for item in shard), key=lambda item: item.order)[:limit]
    rows: dict[str, VideoStatus] = {}
    names = sorted({item.video_id for item in items})
    for start in range(0, len(names), READ_ITEMS):
        rows |= await deployment.reviews.get_many(names[start : start + READ_ITEMS])
    return [(item, rows.get(item.video_id)) for item in items]


async def claims(deployment: Deployment, limit: int) -> list[Claim]:
    """Who is at which video, those first that were not renewed for the longest time."""
    shards = await asyncio.gather(*(deployment.review_items.claims(shard, limit=limit) for shard in range(SHARDS)))
    return sorted((claim for shard in shards for claim in shard), key=lambda claim: claim.renewed_ms)[:limit]
