"""Who looks at what: a reviewer gets the next item, and while they are at it nobody else gets its video."""

import asyncio
import random
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from reelsift.aws.deployment import Deployment
from reelsift.aws.review_items import ReviewItems
from reelsift.aws.reviews import Reviews
from reelsift.aws.table import ConditionFailed, Item, TransactionRefused
from reelsift.domain.handling import SECOND_OPINIONS_QUEUE
from reelsift.domain.review_item import Claim, Parked, ReviewItem, categories_of, is_over
from reelsift.domain.second_opinion import shown, undecided
from reelsift.domain.status import VideoStatus
from reelsift.errors import NotClaimed
from reelsift.reviews.desk import reviewer_items
from reelsift.reviews.giving_back import give_back
from reelsift.reviews.items import AskHandling, Items
from reelsift.reviews.offers import Offers
from reelsift.reviews.reviewer import Reviewer
from reelsift.runtime.clock import Clock

LOOKED_AT = (5, 50, 500)
"""Items of a shard of a queue, in each of two orders, that one `next` looks at: more only where a reviewer may have
none of the first, since they have skipped these today, or others have just taken them.
"""

DUE_SOON_MS = 3_600_000
"""What is due within this goes before all that is not, whatever its rank."""

PARKED_MS = 24 * 3_600_000
"""For so long an item that somebody has parked waits for one person alone."""

Wanted = Callable[[ReviewItem], bool]
"""Whether a reviewer takes an item at all, beside whether they may have it. Its categories are those of now."""

Holding = Callable[[Claim], Item]
"""Notes a claim with whoever gets it, in the transaction that makes it: where their hands are full there is none."""

_HANDS = "hands"

_log = structlog.get_logger(__name__)


class HandsFull(Exception):
    """Nothing was claimed: a reviewer has other claims by now than those beside which they wanted one."""


def _anything(_: ReviewItem) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a reviewer was given: an item, the row of its video as it was then, and what else of it is open.

    Of a second opinion all of this is in disguise: it looks as if nobody had decided the video.
    """

    claim: Claim
    item: ReviewItem
    row: VideoStatus
    others: tuple[ReviewItem, ...] = ()


class ClaimDesk:
    """Gives items out and takes them back. Any number of these may be at work."""

    def __init__(
        self, *, review_items: ReviewItems, reviews: Reviews, items: Items, clock: Clock, shared_s: float = 0
    ) -> None:
        """`shared_s`: reviewers who ask within so many seconds look at the same first items."""
        self._review_items = review_items
        self._offers = Offers(review_items, fresh_s=shared_s, monotonic=clock.monotonic)
        self._reviews = reviews
        self._items = items
        self._clock = clock

    async def next(
        self,
        reviewer: Reviewer,
        queues: Sequence[str] = (),
        *,
        wanted: Wanted = _anything,
        holding: Holding | None = None,
    ) -> Claimed | None:
        """Claim the next item of some queues for a reviewer; of all where none is named. None where there is nothing
        that they may have, and take.

        What is due within an hour goes first, then what has the highest rank; what they have parked for themselves goes
        last. However many items are open, only the first of each shard are read. Second opinions go among the others,
        in disguise: by rank alone, and in the queues that they seem to be of.
        """
        claimed = await self._next(reviewer, queues, wanted, holding)
        if claimed is None and self._offers.shares:
            # What is remembered had nothing: what has come since may.
            self._offers.forget()
            claimed = await self._next(reviewer, queues, wanted, holding)
        return claimed

    async def _next(
        self, reviewer: Reviewer, queues: Sequence[str], wanted: Wanted, holding: Holding | None
    ) -> Claimed | None:
        everything = await self._offers.queues()
        asked = [queue for queue in queues or everything if queue != SECOND_OPINIONS_QUEUE]
        if SECOND_OPINIONS_QUEUE in everything:
            asked.append(SECOND_OPINIONS_QUEUE)
        for limit in LOOKED_AT:
            offered, more = await self._first(asked, limit)
            mine = [
                item
                for item in offered
                if self._may_have(item, reviewer) and _is_of(item, queues) and wanted(shown(item))
            ]
            claimed = await self._one_of(mine, reviewer, wanted, holding)
            if claimed is not None or not more:
                return claimed
        return None

    async def take(
        self, video_id: str, reviewer: Reviewer, *, wanted: Wanted = _anything, holding: Holding | None = None
    ) -> Claimed | None:
        """Claim a certain video for a reviewer; None where somebody is at it, or they may have no item of it. Raises
        HandsFull.
        """
        items = await self._review_items.of_video(video_id)
        mine = [item for item in items if self._may_have(item, reviewer)]
        return await self._one_of(sorted(mine, key=lambda item: item.order), reviewer, wanted, holding)

    async def held(self, video_id: str, reviewer: Reviewer) -> Claimed:
        """What a reviewer was given, as it is now. Raises NotClaimed where they are not at it, and where it is asked
        for no more: then they are not from now on.
        """
        claim = await self._own(video_id, reviewer)
        row, items = await asyncio.gather(self._reviews.get(video_id), self._review_items.of_video(video_id))
        item = next((each for each in items if _is_claimed(each, claim)), items[0] if items else None)
        if row is None or item is None:
            await give_back(self._review_items, claim)
            raise NotClaimed(video_id)
        return _given(claim, item, row, [each for each in items if each is not item])

    async def renew(self, video_id: str, reviewer: Reviewer) -> Claim:
        """Say that a reviewer is still at a video. Raises NotClaimed where they are not."""
        claim = await self._own(video_id, reviewer)
        try:
            return await self._review_items.renew(claim, now_ms=self._clock.now_ms())
        except ConditionFailed:
            raise NotClaimed(video_id) from None

    async def release(self, video_id: str, reviewer: Reviewer) -> Claim:
        """Give a video back: anybody may have it next. Tells which claim has ended. Raises NotClaimed."""
        return await self._give_back(await self._own(video_id, reviewer))

    async def skip(self, video_id: str, reviewer: Reviewer) -> Claim:
        """Give a video back, and do not get it again today (UTC). Raises NotClaimed."""
        return await self._give_back(await self._own(video_id, reviewer), skipped=reviewer.principal)

    async def park(self, video_id: str, reviewer: Reviewer, *, for_whom: str | None = None) -> Claim:
        """Give a video back, so that it waits for one person alone for PARKED_MS: for this reviewer, or for another by
        the pseudonym under which they decide. After that anybody gets it, whoever is at work then. Raises NotClaimed.
        """
        claim = await self._own(video_id, reviewer)
        until_ms = self._clock.now_ms() + PARKED_MS
        return await self._give_back(claim, parked=Parked(for_whom or reviewer.by, reviewer.by, until_ms))

    async def pass_on(self, video_id: str, reviewer: Reviewer, queue: str) -> Claim:
        """Give a video back into another queue. Raises NotClaimed."""
        claim = await self._own(video_id, reviewer)
        await self._review_items.name_queue(queue)
        return await self._give_back(claim, queue=queue)

    def _may_have(self, item: ReviewItem, reviewer: Reviewer) -> bool:
        now_ms = self._clock.now_ms()
        # The due time of a second opinion is the end of it.
        expired = item.disguise is not None and item.due_ms <= now_ms
        waits = item.waits_for_another(reviewer.by, now_ms)
        if item.disguise is not None and reviewer.sees_outcomes:
            return False
        return not waits and not expired and item.may_be_given_to(reviewer.principal, self._today())

    async def _own(self, video_id: str, reviewer: Reviewer) -> Claim:
        claim = await self._review_items.claim_of(video_id)
        if claim is None or claim.principal != reviewer.principal:
            raise NotClaimed(video_id)
        return claim

    async def _first(self, queues: Sequence[str], limit: int) -> tuple[list[ReviewItem], bool]:
        """The first items of some queues in the order in which they go, one a video; and whether there are more."""
        soon_ms = self._clock.now_ms() + DUE_SOON_MS
        # Nothing hurries of second opinions.
        may_be_due = [queue for queue in queues if queue != SECOND_OPINIONS_QUEUE]
        due, waiting, more = await self._offers.first(may_be_due, queues, before_ms=soon_ms, limit=limit)
        urgent = sorted(due, key=lambda item: (item.due_ms, item.order))
        others = sorted(waiting, key=lambda item: item.order)
        return list(_one_a_video([*urgent, *others])), more

    async def _one_of(
        self, offered: list[ReviewItem], reviewer: Reviewer, wanted: Wanted, holding: Holding | None
    ) -> Claimed | None:
        """Claim the first of these, and where somebody else was first, another of them by chance: those who met at one
        item would meet at the next one too, and so on, and the last of twenty would be beaten nineteen times.
        """
        turns: dict[int, list[ReviewItem]] = {}
        for item in offered:
            turns.setdefault(item.turn_of(reviewer.by, self._clock.now_ms()), []).append(item)
        for _, (first, *others) in sorted(turns.items()):
            random.shuffle(others)
            for item in (first, *others):
                claimed = await self._claim(item, reviewer, wanted, holding)
                if claimed is not None:
                    return claimed
        return None

    async def _claim(
        self, offered: ReviewItem, reviewer: Reviewer, wanted: Wanted, holding: Holding | None
    ) -> Claimed | None:
        """Claim the video of an item as an index told it; None where it cannot be had any more, or is not wanted."""
        taken, row, items = await asyncio.gather(
            self._review_items.claim_of(offered.video_id),
            self._reviews.get(offered.video_id),
            self._review_items.of_video(offered.video_id),
        )
        item = next((each for each in items if each.name == offered.name), None)
        if (
            taken is not None
            or row is None
            or item is None
            or not self._may_have(item, reviewer)
            or not wanted(replace(shown(item), categories=categories_of(row)))
        ):
            return None
        if is_over(item, row):
            # Whoever was to close it has died, or is about to.
            await self._items.settle(row)
            return None
        others = [each for each in items if each is not item]
        hides = item.disguise is not None
        if hides and others:
            # People are asked about it for another reason, and see what was decided.
            return None
        now_ms = self._clock.now_ms()
        claim = Claim(
            video_id=item.video_id,
            claim_id=uuid.uuid4().hex,
            item=shown(item).name,
            principal=reviewer.principal,
            by=reviewer.by,
            counter=0,
            claimed_ms=now_ms,
            renewed_ms=now_ms,
        )
        given_to = reviewer.principal if hides else None
        taking = {f"item {each.name}": self._review_items.taking(each) for each in others}
        taking[f"item {item.name}"] = self._review_items.taking(item, given_to=given_to)
        noting = {} if holding is None else {_HANDS: holding(claim)}
        try:
            await self._review_items.table.transact({"claim": self._review_items.claiming(claim), **taking, **noting})
        except TransactionRefused as refusal:
            if _HANDS in refusal.parts:
                raise HandsFull from None
            # Somebody else was first, or what is asked has just changed: the next look shows it.
            return None
        self._offers.took(item.video_id)
        return _given(claim, item, row, others)

    async def _give_back(
        self, claim: Claim, *, skipped: str | None = None, parked: Parked | None = None, queue: str | None = None
    ) -> Claim:
        if not await give_back(
            self._review_items, claim, skipped=skipped, today=self._today(), parked=parked, queue=queue
        ):
            raise NotClaimed(claim.video_id)
        self._offers.gave_back()
        return claim

    def _today(self) -> str:
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC).date().isoformat()


def claim_desk(deployment: Deployment, handling: AskHandling, clock: Clock, *, shared_s: float = 0) -> ClaimDesk:
    """What gives out the items of a deployment. `shared_s` is for a process that many reviewers use."""
    return ClaimDesk(
        review_items=deployment.review_items,
        reviews=deployment.reviews,
        items=reviewer_items(deployment, handling, clock),
        clock=clock,
        shared_s=shared_s,
    )


def _is_of(item: ReviewItem, queues: Sequence[str]) -> bool:
    """Whether an item seems to be of one of these queues, or is one of second opinions, where these are named."""
    return not queues or item.queue in queues or shown(item).queue in queues


def _is_claimed(item: ReviewItem, claim: Claim) -> bool:
    """Whether it is this item that was given with a claim: of a second opinion that has the name of its disguise."""
    return shown(item).name == claim.item and (item.disguise is None or claim.principal in item.given)


def _given(claim: Claim, item: ReviewItem, row: VideoStatus, others: Sequence[ReviewItem]) -> Claimed:
    """What is shown to whoever has a claim. Of a second opinion nothing shows that it is one."""
    if item.disguise is None:
        return Claimed(claim, item, row, tuple(each for each in others if each.disguise is None))
    return Claimed(claim, shown(item), undecided(row))


def _one_a_video(items: Sequence[ReviewItem]) -> Iterable[ReviewItem]:
    """The first of each video; a second opinion only where nothing else of it is there."""
    known: set[str] = set()
    others = {item.video_id for item in items if item.disguise is None}
    for item in items:
        if item.disguise is not None and item.video_id in others:
            continue
        if item.video_id not in known:
            known.add(item.video_id)
            yield item
