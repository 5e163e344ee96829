"""Puts the items of a video back into their queues once nobody is at it any more."""

from dataclasses import replace

from reelsift.aws.review_items import ReviewItems
from reelsift.aws.table import TransactionRefused
from reelsift.domain.review_item import Claim, Parked, skipped_by

GIVING_BACK_TRIES = 10
"""Items of a video that is given back may be opened and closed meanwhile: they are read again so often."""


async def give_back(
    review_items: ReviewItems,
    claim: Claim,
    *,
    skipped: str | None = None,
    today: str = "",
    parked: Parked | None = None,
    queue: str | None = None,
    stood_still: bool = False,
) -> bool:
    """End a claim and put the items of its video back into their queues. With `skipped`, a principal, they remember who
    has skipped them on which day; with `parked`, they wait for one person, with `queue` in that one. False where the
    claim was ended, or with `stood_still` renewed, meanwhile.
    """
    for _ in range(GIVING_BACK_TRIES):
        items = await review_items.of_video(claim.video_id)
        if skipped is not None:
            items = [replace(item, skipped=skipped_by(item, skipped, today)) for item in items]
        items = [replace(item, parked=parked, queue=queue or item.queue) for item in items]
        parts = {"claim": review_items.ending(claim, stood_still=stood_still)}
        try:
            await review_items.table.transact(
                parts | {f"item {item.name}": review_items.returning(item) for item in items}
            )
        except TransactionRefused as refusal:
            if "claim" not in refusal.parts:
                continue
            now = await review_items.claim_of(claim.video_id)
            if now is None or now.claim_id != claim.claim_id or (stood_still and now.counter != claim.counter):
                return False
            # An item was opened meanwhile: it waits with the others.
            claim = now
            continue
        return True
    return False
