"""A reviewer's desk: what they are given, hold, put off and give back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.reviewer_rows import AtHand, Day, Held
from reelsift.aws.table import Item
from reelsift.console.resources import Resources
from reelsift.console.reviewing.disguise import HIDDEN_QUEUES, visible, with_hidden
from reelsift.console.reviewing.item_view import view_item
from reelsift.console.reviewing.limits import Limits, grave_in_a_row
from reelsift.console.reviewing.preferences import Preferences
from reelsift.console.viewer import Viewer
from reelsift.domain.review_item import UNPLAYABLE_QUEUE, Claim, ReviewItem, categories_of
from reelsift.errors import NotClaimed, NothingKnown
from reelsift.reviews.claims import Claimed, HandsFull, Holding
from reelsift.reviews.left_claims import LEFT_CLAIM_MS, count_left_claims
from reelsift.reviews.waking import wake

MOST_HELD = 2
"""Claims of one person in the console: the video that they are at, and the next one."""

HANDS_TRIES = 10
"""Windows of one person that ask at once are told apart by what they hold, which is read again so often."""

Given = TypeVar("Given")


class Nothing(StrEnum):
    """Why somebody is given nothing."""

    EMPTY = "empty"
    DECLINED = "declined"
    GRAVE = "grave_in_a_row"
    MINUTES = "minutes_used"


SENTENCES: Mapping[Nothing, str] = {
    Nothing.EMPTY: "Nothing waits that you may have.",
    Nothing.DECLINED: "What waits is of categories that you do not take.",
    Nothing.GRAVE: "What waits is grave, and you have had enough of that in a row. Take a break.",
    Nothing.MINUTES: "Your minutes of today are used up, and nothing light waits.",
}


@dataclass(slots=True)
class Wants:
    """Whether a reviewer takes an item, and why they did not take those that they were offered."""

    preferences: Preferences
    limits: Limits
    another_grave_one: bool
    light: frozenset[str] | None
    """The queues that are left once the minutes of the day are used; None: all of them."""
    seen: frozenset[str] | None
    """The queues that they see at all; None: all of them."""
    refused: set[Nothing] = field(default_factory=set)

    def __call__(self, item: ReviewItem) -> bool:
        if self.seen is not None and item.queue not in self.seen:
            return False
        if self.light is not None and item.queue not in self.light:
            self.refused.add(Nothing.MINUTES)
            return False
        if self.preferences.declines(item.categories):
            self.refused.add(Nothing.DECLINED)
            return False
        if not self.another_grave_one and self.limits.is_grave(item.categories):
            self.refused.add(Nothing.GRAVE)
            return False
        return True


class Desk:
    """One reviewer's, for one request."""

    def __init__(self, resources: Resources, viewer: Viewer) -> None:
        self._deployment = resources.deployment
        self._reviewer_rows = resources.deployment.reviewer_rows
        self._who = viewer.who
        self._clock = resources.clock
        self._handling = resources.handling
        self.claim_desk = resources.claim_desk

    async def next(self, queues: Sequence[str] = (), *, ahead: bool = False) -> dict[str, Any]:
        """What a reviewer is to look at: what they hold already, else the next item of these queues; with `ahead` the
        one after that. Where there is nothing for them, a sentence that says why.
        """
        return await self._with_hands(lambda: self._next(queues, ahead=ahead))

    async def _next(self, queues: Sequence[str], *, ahead: bool) -> dict[str, Any]:
        now_ms = self._clock.now_ms()
        (preferences, limits, day), at_hand = await asyncio.gather(
            self._settings(), self._reviewer_rows.at_hand(self._who.by, now_ms=now_ms)
        )
        held = await self._held(at_hand)
        if len(held) > int(ahead):
            return await self._view(held[int(ahead)], limits)
        holding = self._beside(len(held))
        light = frozenset(with_hidden(limits.light_queues)) if limits.minutes_are_used(day) else None
        seen = frozenset(with_hidden(limits.queues)) if limits.queues else None
        wants = Wants(preferences, limits, limits.another_grave_one(day, now_ms), light, seen)
        claimed = await self._parked(at_hand, wants, holding)
        if claimed is None and (offered := await self._queues(queues, wants)):
            claimed = await self.claim_desk.next(self._who, offered, wanted=wants, holding=holding)
        if claimed is None:
            return await self._nothing(wants)
        return await self._begin(claimed, limits, day, now_ms)

    async def held(self, video_id: str) -> dict[str, Any]:
        """What they hold, as it is now. Raises NotClaimed."""
        claimed = await self.claim_desk.held(video_id, self._who)
        _, limits, _ = await self._settings()
        return await self._view(claimed, limits)

    async def take(self, video_id: str) -> dict[str, Any] | None:
        """Claim a certain video. None where that cannot be. Where they hold as many as they may, that which they were
        given last goes back: they are not at it yet.
        """
        return await self._with_hands(lambda: self._take(video_id))

    async def _take(self, video_id: str) -> dict[str, Any] | None:
        held = await self._held(await self._at_hand())
        if len(held) >= MOST_HELD:
            await self.give_back(held.pop().item.video_id)
        claimed = await self.claim_desk.take(video_id, self._who, holding=self._beside(len(held)))
        if claimed is None:
            return None
        _, limits, day = await self._settings()
        return await self._begin(claimed, limits, day, self._clock.now_ms())

    async def renew(self, video_id: str) -> int:
        """Say that they are still at it; when that was. Raises NotClaimed."""
        return (await self.claim_desk.renew(video_id, self._who)).renewed_ms

    async def release(self, video_id: str, draft: Mapping[str, Any] | None = None) -> None:
        """Give a video back. What was begun to be said of it is kept whether it was still theirs or not. Raises
        NotClaimed.
        """
        if draft is not None:
            # Where there is nothing that it could be about any more, the video is given back all the same.
            with suppress(NothingKnown):
                await self.keep_draft(video_id, draft)
        await self._let_go(await self.claim_desk.release(video_id, self._who))

    async def give_back(self, video_id: str) -> None:
        """Give a video back, if they still have it."""
        with suppress(NotClaimed):
            await self._let_go(await self.claim_desk.release(video_id, self._who))

    async def keep_draft(self, video_id: str, draft: Mapping[str, Any]) -> None:
        """Keep what they have begun to say of a video. Raises NothingKnown where there is none, or none for them."""
        row = await self._deployment.reviews.get(video_id)
        if row is None or row.sealed:
            raise NothingKnown(video_id)
        await self._reviewer_rows.put_draft(self._who.by, video_id, draft, now_ms=self._clock.now_ms())

    async def skip(self, video_id: str) -> None:
        """Give a video back, and do not get it again today. Raises NotClaimed."""
        await self._let_go(await self.claim_desk.skip(video_id, self._who))

    async def park(self, video_id: str, for_whom: str | None) -> None:
        """Put a video off for a day: for themselves, or for a colleague. Raises NotClaimed."""
        whom = for_whom or self._who.by
        claim = await self.claim_desk.park(video_id, self._who, for_whom=whom)
        await self._reviewer_rows.park(whom, video_id, parked_by=self._who.by, now_ms=self._clock.now_ms())
        await self._let_go(claim)

    async def pass_on_unplayable(self, video_id: str) -> None:
        """Give a video that the browser cannot play to those who may download it. Raises NotClaimed."""
        await self._let_go(await self.claim_desk.pass_on(video_id, self._who, UNPLAYABLE_QUEUE))

    async def take_break(self, video_id: str | None = None, draft: Mapping[str, Any] | None = None) -> None:
        """Give everything back. What was begun to be said of a video is kept, where there is such a video still."""
        if video_id is not None and draft is not None:
            with suppress(NothingKnown):
                await self.keep_draft(video_id, draft)
        for held in (await self._at_hand()).held:
            await self.give_back(held.video_id)

    async def done(self, video_id: str, claim: Claim | None = None) -> None:
        """Note that a video is out of their hands, and by that which claim has ended: nothing of it is kept for them.
        Without the claim they are found not to hold it any more when they next ask.
        """
        await asyncio.gather(
            *([] if claim is None else [self._let_go(claim)]),
            self._reviewer_rows.unpark(self._who.by, video_id),
            self._reviewer_rows.delete_draft(self._who.by, video_id),
        )

    async def _let_go(self, claim: Claim) -> None:
        """After a claim has ended: that it is noted for longer is found out; that one is not noted would not be."""
        await self._reviewer_rows.let_go(self._who.by, claim.claim_id)

    async def _at_hand(self) -> AtHand:
        return await self._reviewer_rows.at_hand(self._who.by, now_ms=self._clock.now_ms())

    def _beside(self, number: int) -> Holding:
        """Notes a claim as the only one beside so many others."""

        def holding(claim: Claim) -> Item:
            held = Held(claim.claim_id, claim.video_id, claim.claimed_ms)
            return self._reviewer_rows.holding(self._who.by, held, beside=number)

        return holding

    async def _with_hands(self, claiming: Callable[[], Awaitable[Given]]) -> Given:
        """Claim something beside what they hold; once more where another request of theirs claims at the same time."""
        for _ in range(HANDS_TRIES):
            with suppress(HandsFull):
                return await claiming()
        raise AwsUnavailable("what somebody holds changes all the time")

    async def _settings(self) -> tuple[Preferences, Limits, Day]:
        preferences, limits, day = await self._reviewer_rows.settings(self._who.by, self.today())
        return Preferences.stored(preferences), Limits.stored(limits), day

    def today(self) -> str:
        """The day (UTC), in ISO 8601."""
        return datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC).date().isoformat()

    async def _held(self, at_hand: AtHand) -> list[Claimed]:
        """What they still hold, that first which they have had for longest."""
        held: list[Claimed] = []
        for one in at_hand.held:
            with suppress(NotClaimed):
                claimed = await self.claim_desk.held(one.video_id, self._who)
                if claimed.claim.claim_id == one.claim_id:
                    held.append(claimed)
                    continue
            await self._reviewer_rows.let_go(self._who.by, one.claim_id)
        return held

    async def _parked(self, at_hand: AtHand, wants: Wants, holding: Holding) -> Claimed | None:
        """What a colleague has parked for them."""
        for video_id, parked_by in at_hand.parked.items():
            if parked_by == self._who.by:
                continue
            claimed = await self.claim_desk.take(video_id, self._who, wanted=wants, holding=holding)
            if claimed is not None:
                await self._reviewer_rows.unpark(self._who.by, video_id)
                return claimed
        return None

    async def _queues(self, asked: Sequence[str], wants: Wants) -> list[str]:
        """The queues that they are given items of: those they ask for, else all; without what they may not have."""
        # Whoever wants what cannot be played says so.
        chosen = asked or [
            queue for queue in visible(await self._deployment.review_items.queues()) if queue != UNPLAYABLE_QUEUE
        ]
        queues = with_hidden([queue for queue in chosen if queue not in HIDDEN_QUEUES])
        return [queue for queue in queues if all(left is None or queue in left for left in (wants.light, wants.seen))]

    async def _nothing(self, wants: Wants) -> dict[str, Any]:
        refused = wants.refused | ({Nothing.MINUTES} if wants.light is not None else set())
        for why in (Nothing.MINUTES, Nothing.GRAVE, Nothing.DECLINED):
            if why in refused:
                return {"nothing": SENTENCES[why], "code": str(why)}
        # What somebody has left is given back by workers, of whom perhaps none runs.
        if await count_left_claims(self._deployment, before_ms=self._clock.now_ms() - LEFT_CLAIM_MS):
            await wake(self._deployment)
        return {"nothing": SENTENCES[Nothing.EMPTY], "code": str(Nothing.EMPTY)}

    async def _begin(self, claimed: Claimed, limits: Limits, day: Day, now_ms: int) -> dict[str, Any]:
        """Note what it is that somebody has been given; meanwhile read what they are shown of it."""
        row = grave_in_a_row(day, now_ms)
        now = row + 1 if limits.is_grave(categories_of(claimed.row)) else 0
        notes = []
        if now or row:
            notes.append(self._reviewer_rows.note_gravity(self._who.by, self.today(), in_a_row=now, at_ms=now_ms))
        view: dict[str, Any]
        view, *_ = await asyncio.gather(self._view(claimed, limits), *notes)
        return view

    async def _view(self, claimed: Claimed, limits: Limits) -> dict[str, Any]:
        draft, handling = await asyncio.gather(
            self._reviewer_rows.draft(self._who.by, claimed.item.video_id, now_ms=self._clock.now_ms()),
            self._handling(),
        )
        grave = limits.is_grave(categories_of(claimed.row))
        return await view_item(self._deployment, claimed, handling, draft=draft, grave=grave)
