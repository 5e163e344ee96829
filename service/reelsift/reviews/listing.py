"""What waits for reviewers, and who is at what, as lists of bounded length."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence

from reelsift.aws.deployment import Deployment
from reelsift.aws.review_rows import SHARDS
from reelsift.aws.table import READ_ITEMS
from reelsift.domain.handling import SECOND_OPINIONS_QUEUE
from reelsift.domain.review_item import Claim, ReviewItem
from reelsift.domain.second_opinion import shown
from reelsift.domain.status import VideoStatus
from reelsift.errors import NoSuchReviewQueue
from reelsift.reviews.reviewer import Reviewer

AskViewer = Callable[[], Awaitable[Reviewer]]
"""Says who looks."""


async def require_queues(deployment: Deployment, queues: Sequence[str]) -> None:
    """Raises NoSuchReviewQueue where a queue is named that nothing has ever waited in."""
    if not queues:
        return
    known = await deployment.review_items.queues()
    for queue in queues:
        if queue not in known:
            raise NoSuchReviewQueue(queue, tuple(known))


async def waiting_items(
    deployment: Deployment, queues: Sequence[str], limit: int, *, viewer: AskViewer
) -> list[tuple[ReviewItem, VideoStatus | None]]:
    """The first items of some queues, or of all, with the rows of their videos.

    Second opinions are among them in disguise, in the queues that they seem to be of, and as they are only where their
    own queue is named. The `viewer`, who is asked for where there are any, does not see those that they may not give.
    """
    plainly = SECOND_OPINIONS_QUEUE in queues
    everything = await deployment.review_items.queues()
    asked = [queue for queue in queues or everything if queue != SECOND_OPINIONS_QUEUE]
    if SECOND_OPINIONS_QUEUE in everything:
        asked.append(SECOND_OPINIONS_QUEUE)
    shards = await asyncio.gather(
        *(deployment.review_items.waiting(queue, shard, limit=limit) for queue in asked for shard in range(SHARDS))
    )
    found = [item for shard in shards for item in shard]
    if any(item.disguise is not None for item in found):
        found = list(_seen_by((await viewer()).principal, found, queues, plainly=plainly))
    items = sorted(found, key=lambda item: item.order)[:limit]
    rows: dict[str, VideoStatus] = {}
    names = sorted({item.video_id for item in items})
    for start in range(0, len(names), READ_ITEMS):
        rows |= await deployment.reviews.get_many(names[start : start + READ_ITEMS])
    return [(item, rows.get(item.video_id)) for item in items]


def _seen_by(
    principal: str, items: Sequence[ReviewItem], queues: Sequence[str], *, plainly: bool
) -> Iterator[ReviewItem]:
    """The items as somebody sees them."""
    others = {item.video_id for item in items if item.disguise is None}
    for item in items:
        if item.disguise is None:
            yield item
        elif principal in item.excluded:
            continue
        elif plainly:
            yield item
        elif item.video_id not in others and (not queues or item.disguise.queue in queues):
            yield shown(item)


async def claims(deployment: Deployment, limit: int) -> list[Claim]:
    """Who is at which video, those first that were not renewed for the longest time."""
    shards = await asyncio.gather(*(deployment.review_items.claims(shard, limit=limit) for shard in range(SHARDS)))
    return sorted((claim for shard in shards for claim in shard), key=lambda claim: claim.renewed_ms)[:limit]
