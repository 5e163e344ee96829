"""Which review items a video has: opened as its status asks for them, closed when it no longer does."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import structlog

from reelsift.aws.batches import Batches
from reelsift.aws.draw_secret import DrawSecret
from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.metrics import Metrics
from reelsift.aws.review_items import DECIDED, OPINED, ReviewItems
from reelsift.aws.reviews import Reviews
from reelsift.aws.table import Item, TransactionRefused
from reelsift.domain.draws import Draw, is_drawn
from reelsift.domain.handling import Handling
from reelsift.domain.opinion import Opinion
from reelsift.domain.review_item import Claim, ItemCause, ReviewItem, asked_for, is_over, new_item
from reelsift.domain.second_opinion import disagreement
from reelsift.domain.status import Status, VideoStatus
from reelsift.runtime.clock import Clock

AskHandling = Callable[[], Awaitable[Handling]]
"""What people are asked, by the policy of this moment."""

SETTLE_TRIES = 10
"""A row that others change meanwhile is read again so often; each of them settles it too."""

NOT_ASKED_FOR = "not_asked_for"
"""Why an item was closed, where nothing asks for it any more."""

_ASKED_AGAIN = frozenset({ItemCause.SAMPLE, ItemCause.REQUESTED})
"""What no status asks for by itself, and is asked again once the decision that answered it is taken back."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ItemChanges:
    """What becomes of a video's items: these are opened, these are closed."""

    opened: tuple[ReviewItem, ...] = ()
    closed: tuple[ReviewItem, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.opened or self.closed)


class Items:
    """Opens and closes items. Any process may, at any time: what is done is not done again."""

    def __init__(
        self,
        *,
        review_items: ReviewItems,
        reviews: Reviews,
        batches: Batches | None,
        draw_secret: DrawSecret | None,
        handling: AskHandling,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        """`handling` is asked anew each time: the policy may change. `batches` and `draw_secret` are for those who may
        read them: workers. Others leave what is drawn to them, and know of no priorities.
        """
        self._review_items = review_items
        self._reviews = reviews
        self._batches = batches
        self._draw_secret = draw_secret
        self._handling = handling
        self._metrics = metrics
        self._clock = clock

    async def settle(self, row: VideoStatus) -> None:
        """Open what the status of a video asks for, and close what it no longer does. `row` is as it was read or
        written last; where it has changed since, it is read again.

        For a video that the policy approved at once, and that was not drawn, nothing is read or written; nor for one
        without a status, which asks for nothing, unless it was forgotten.
        """
        for _ in range(SETTLE_TRIES):
            handling = await self._handling()
            drawn = await self._is_drawn(row, handling)
            if not drawn and (_has_no_status_yet(row) or _was_approved_at_once(row)):
                return
            claim, items = await self._claim_and_items(row.video_id)
            changes = await self._changes(row, items, handling, drawn=drawn)
            if not changes:
                return
            await self._name_queues(changes)
            parts = self._parts(row.video_id, changes, claim, NOT_ASKED_FOR)
            parts["status"] = self._reviews.unchanged(row)
            try:
                await self._review_items.table.transact(parts)
            except TransactionRefused:
                now = await self._reviews.get(row.video_id)
                assert now is not None  # noqa: S101 -- the row of a video is never deleted
                row = now
                continue
            self._tell(row, changes)
            return
        raise AwsUnavailable(f"what is asked of video {row.video_id} changes all the time")

    async def decision_parts(self, now: VideoStatus, appeal: str | None = None) -> dict[str, Item]:
        """Parts of the transaction that writes a decision, after which the row of its video is `now`: items that are
        no longer asked for are closed, what the decision asks for is opened, and the claim on the video ends. With
        `appeal`, its item is closed too: it is what the decision answers. What a decision had answered that is taken
        back now is asked again.

        Where one of them is refused, somebody else was at the items: ask for the parts anew.
        """
        claim = await self._review_items.claim_of(now.video_id)
        items, answered_before = await self._review_items.open_and_decided(now.video_id)
        changes = await self._changes(now, items, await self._handling(), drawn=False)
        again = [item for item in answered_before if item.cause in _ASKED_AGAIN and not is_over(item, now)]
        changes = replace(changes, opened=(*changes.opened, *again))
        answered = tuple(item for item in items if appeal is not None and item.appeal == appeal)
        changes = replace(changes, closed=(*changes.closed, *(item for item in answered if item not in changes.closed)))
        await self._name_queues(changes)
        parts = self._parts(now.video_id, changes, None, DECIDED)
        if claim is not None:
            parts["claim"] = self._review_items.ending(claim)
            # What stays open waits for somebody else.
            staying = [item for item in items if item not in changes.closed]
            parts |= {f"item {item.name}": self._review_items.returning(item) for item in staying}
        return parts

    async def open(
        self, item: ReviewItem, row: VideoStatus, *, beside: Mapping[str, Item] = MappingProxyType({})
    ) -> ReviewItem | None:
        """Open an item that somebody asks for. Gives the one that is open already for the same cause, if there is one.

        `row` is as it was read when the item was made. None where it has changed since: it may ask for another item
        then, or for none. So it is where a part that is to be written `beside` was refused.
        """
        await self._review_items.name_queue(item.queue)
        for _ in range(SETTLE_TRIES):
            claim, items = await self._claim_and_items(item.video_id)
            already = next((each for each in items if each.name == item.name), None)
            if already is not None:
                return already
            parts = self._parts(item.video_id, ItemChanges(opened=(item,)), claim, NOT_ASKED_FOR)
            parts["status"] = self._reviews.unchanged(row)
            try:
                await self._review_items.table.transact({**parts, **beside})
            except TransactionRefused as refusal:
                if refusal.parts & {"status", *beside}:
                    return None
                continue
            self._count(item)
            return item
        raise AwsUnavailable(f"what is asked of video {item.video_id} changes all the time")

    async def opinion_parts(self, row: VideoStatus, asked: ReviewItem, opinion: Opinion) -> dict[str, Item]:
        """Parts of the transaction that writes an opinion, which `asked` has asked for: that is closed, a third person
        is asked where the opinion does not agree, and the claim on the video ends. `row` is as it was read, and has to
        be so still.

        Where one of them is refused, somebody else was at the items, or has decided: look anew.
        """
        claim, items = await self._claim_and_items(row.video_id)
        third = () if opinion.agrees else (disagreement(row, await self._handling(), opinion, asked),)
        names = {item.name for item in items}
        changes = ItemChanges(tuple(item for item in third if item.name not in names))
        await self._name_queues(changes)
        parts = self._parts(row.video_id, changes, None, OPINED)
        parts[f"item {asked.name}"] = self._review_items.closing(asked, now_ms=self._clock.now_ms(), because=OPINED)
        parts["status"] = self._reviews.unchanged(row)
        if claim is not None:
            parts["claim"] = self._review_items.ending(claim)
            staying = [item for item in items if item.name != asked.name]
            parts |= {f"item {item.name}": self._review_items.returning(item) for item in staying}
        return parts

    async def taken_back_parts(self, row: VideoStatus, asked: ReviewItem) -> dict[str, Item] | None:
        """Parts of the transaction that takes back an opinion which `asked` had asked for: that is asked again, and no
        third person any more. None where somebody is at the video by now. `row` is as it was read, and has to be so
        still.
        """
        claim, items = await self._claim_and_items(row.video_id)
        if claim is not None:
            return None
        third = tuple(item for item in items if item.opinion == asked.after_decision)
        parts = self._parts(row.video_id, ItemChanges((asked,), third), None, NOT_ASKED_FOR)
        return parts | {"status": self._reviews.unchanged(row)}

    async def with_second_opinion(self, video_id: str) -> tuple[list[ReviewItem], ReviewItem | None]:
        """The open items of a video, and that of its second opinion, open or not."""
        return await self._review_items.with_second_opinion(video_id)

    async def second_opinions(self) -> float:
        """The share (0-1) of decisions about which another person is asked."""
        return (await self._handling()).second_opinions

    async def claim_of(self, video_id: str) -> Claim | None:
        """Who is at a video now."""
        return await self._review_items.claim_of(video_id)

    async def of_video(self, video_id: str) -> list[ReviewItem]:
        """The open items of a video."""
        return await self._review_items.of_video(video_id)

    async def _changes(
        self, row: VideoStatus, items: list[ReviewItem], handling: Handling, *, drawn: bool
    ) -> ItemChanges:
        opened = asked_for(row, handling, drawn=drawn) - {item.cause for item in items}
        closed = tuple(item for item in items if is_over(item, row))
        if not opened:
            return ItemChanges((), closed)
        priority = await self.has_priority(row)
        return ItemChanges(
            tuple(
                new_item(
                    row,
                    cause,
                    handling,
                    now_ms=self._clock.now_ms(),
                    priority=priority,
                    probability=handling.audit_approvals if cause is ItemCause.SAMPLE else None,
                )
                for cause in sorted(opened)
            ),
            closed,
        )

    async def has_priority(self, row: VideoStatus) -> bool:
        """Whether the batch that asked for the video last goes before others."""
        if row.asked_by is None or self._batches is None:
            return False
        batch = await self._batches.get(row.asked_by[0])
        return batch is not None and batch.urgent

    async def _is_drawn(self, row: VideoStatus, handling: Handling) -> bool:
        """Whether an approval is among those that people look at. A draw is the same whenever it is made."""
        share = handling.audit_approvals
        if row.status is not Status.APPROVED or row.standing or not share or self._draw_secret is None:
            return False
        return is_drawn(await self._draw_secret.get(), Draw.AUDIT_APPROVALS, row.video_id, share)

    async def _claim_and_items(self, video_id: str) -> tuple[Claim | None, list[ReviewItem]]:
        """The claim on a video, read first: it counts the items that are opened after it was read."""
        claim = await self._review_items.claim_of(video_id)
        return claim, await self._review_items.of_video(video_id)

    def _parts(self, video_id: str, changes: ItemChanges, claim: Claim | None, because: str) -> dict[str, Item]:
        """What opens and closes items, on condition that the claim is as it was read."""
        now_ms = self._clock.now_ms()
        opening = {
            f"item {item.name}": self._review_items.opening(item, claimed=claim is not None) for item in changes.opened
        }
        closing = {
            f"item {item.name}": self._review_items.closing(item, now_ms=now_ms, because=because)
            for item in changes.closed
        }
        if claim is not None and changes.opened:
            return opening | closing | {"claim": self._review_items.joining(claim)}
        return opening | closing | {"claim": self._review_items.claim_is(video_id, claim)}

    async def _name_queues(self, changes: ItemChanges) -> None:
        for item in changes.opened:
            await self._review_items.name_queue(item.queue)

    def _tell(self, row: VideoStatus, changes: ItemChanges) -> None:
        for item in changes.opened:
            self._count(item)
        if changes.closed:
            _log.info("items_closed", video_id=row.video_id, items=[item.name for item in changes.closed])

    def _count(self, item: ReviewItem) -> None:
        self._metrics.count("ItemsOpened", Cause=item.cause)
        _log.info("item_opened", video_id=item.video_id, item=item.name, queue=item.queue)


def _has_no_status_yet(row: VideoStatus) -> bool:
    """Whether a video has items at most that somebody asked for by hand. One that was forgotten has none."""
    return row.status is None and row.video is not None


def _was_approved_at_once(row: VideoStatus) -> bool:
    """Whether no status of a video before this one can have asked for an item."""
    return row.status is Status.APPROVED and not row.standing and row.revision <= 1
