"""Appeals as a lead sees them: those that are open, and by the audit those that were decided."""

from typing import Any

from reelsift.console.call import Call
from reelsift.domain.review_item import OWN_QUEUES, ItemCause, ReviewItem
from reelsift.domain.status import VideoStatus
from reelsift.reviews.listing import claims, waiting_items
from reelsift.reviews.reviewer import Reviewer

MOST_OPEN = 200
CLAIMS_LOOKED_AT = 200


async def appeals(call: Call) -> dict[str, Any]:
    """The open ones, those first that are due first; `more` where there may be others. What somebody looks at just now
    says so.
    """
    queue = OWN_QUEUES[ItemCause.APPEAL]
    waiting = await waiting_items(call.deployment, [queue], MOST_OPEN, viewer=lambda: _who(call))
    taken = await _taken(call)
    listed = sorted([*waiting, *taken], key=lambda pair: pair[0].due_ms)
    at_it = {item.video_id for item, _ in taken}
    return {
        "now_ms": call.resources.clock.now_ms(),
        "open": [
            _members(item, row, at_it=item.video_id in at_it)
            for item, row in listed
            if row is not None and not row.sealed
        ],
        "more": len(waiting) == MOST_OPEN,
    }


async def _who(call: Call) -> Reviewer:
    return call.viewer.who


async def _taken(call: Call) -> list[tuple[ReviewItem, VideoStatus | None]]:
    """Those whose videos somebody is at: they are in no queue."""
    held = [
        claim.video_id
        for claim in await claims(call.deployment, CLAIMS_LOOKED_AT)
        if claim.item.startswith(str(ItemCause.APPEAL))
    ]
    rows, _ = await call.deployment.reviews.get_readable(sorted(held)[:100])
    found: list[tuple[ReviewItem, VideoStatus | None]] = []
    for video_id, row in rows.items():
        items = await call.deployment.review_items.of_video(video_id)
        found += [(item, row) for item in items if item.cause is ItemCause.APPEAL]
    return found


def _members(item: ReviewItem, row: VideoStatus, *, at_it: bool) -> dict[str, Any]:
    return {
        "video_id": item.video_id,
        "video": None if row.video is None else row.video.uri,
        "appeal": item.appeal,
        "text": item.text,
        "created_ms": item.created_ms,
        "due_ms": item.due_ms,
        "status": None if row.status is None else str(row.status),
        "looked_at": at_it,
    }
