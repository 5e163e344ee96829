"""Draws about which decisions another person is asked, and ends what nobody has answered in time."""

import asyncio

import structlog

from reelsift.aws.decisions import Decisions, Undrawn
from reelsift.aws.deployment import Deployment
from reelsift.aws.draw_secret import DrawSecret
from reelsift.aws.errors import is_outage
from reelsift.aws.opinions import Opinions
from reelsift.aws.review_items import ReviewItems
from reelsift.aws.review_rows import SHARDS
from reelsift.aws.reviews import Reviews
from reelsift.aws.table import TransactionRefused
from reelsift.domain.draws import Draw, is_drawn
from reelsift.domain.handling import SECOND_OPINIONS_QUEUE
from reelsift.domain.review_item import ItemCause, ReviewItem
from reelsift.domain.second_opinion import may_be_asked_about, second_opinion
from reelsift.domain.status import VideoStatus
from reelsift.reviews.items import AskHandling, Items
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults

AT_A_TIME = 100
"""Decisions, and items of each shard, that one look takes up."""

EXPIRED = "expired"
"""Why an item was closed, where nobody has answered it in time."""

_log = structlog.get_logger(__name__)


class SecondOpinions:
    """Any worker may, at any time: a draw falls the same whoever makes it, and that it was made is noted in the same
    transaction that opens the item.
    """

    def __init__(
        self,
        *,
        reviews: Reviews,
        decisions: Decisions,
        opinions: Opinions,
        review_items: ReviewItems,
        draw_secret: DrawSecret,
        items: Items,
        handling: AskHandling,
        faults: Faults,
        stop: asyncio.Event,
        clock: Clock,
    ) -> None:
        self._reviews = reviews
        self._decisions = decisions
        self._opinions = opinions
        self._review_items = review_items
        self._draw_secret = draw_secret
        self._items = items
        self._handling = handling
        self._faults = faults
        self._stop = stop
        self._clock = clock

    async def step(self) -> None:
        """Draw what can be drawn by now, and close what has expired."""
        for undrawn in await self._decisions.undrawn(self._clock.now_ms(), limit=AT_A_TIME):
            if self._stop.is_set():
                return
            try:
                await self.draw(undrawn)
            except Exception as error:
                if is_outage(error):
                    raise
                # A fault of this program, or a row that it cannot read: the other decisions do not wait for it.
                facts = {"video_id": undrawn.decision.video_id, "decision": undrawn.decision.number}
                self._faults.swallow("second_opinion_not_drawn", error, **facts)
        if SECOND_OPINIONS_QUEUE in await self._review_items.queues():
            for shard in range(SHARDS):
                await self._expire(shard)

    async def draw(self, undrawn: Undrawn) -> None:
        """Draw whether another person is asked about a decision, and ask. Where its video changes meanwhile that is
        left to the next look.
        """
        decision = undrawn.decision
        name = f"{decision.video_id}#{decision.number}"
        drawn = is_drawn(await self._draw_secret.get(), Draw.SECOND_OPINIONS, name, undrawn.share)
        row = await self._reviews.get(decision.video_id) if drawn else None
        if row is None or not may_be_asked_about(decision, row):
            await self._decisions.note_drawn(decision)
            return
        item = await self._item(row, undrawn)
        await self._items.open(item, row, beside={"undrawn": self._decisions.drawn_item(decision)})

    async def _item(self, row: VideoStatus, undrawn: Undrawn) -> ReviewItem:
        decided = [decision.principal async for decision in self._decisions.of_video(row.video_id)]
        opined = [opinion.principal for opinion in await self._opinions.of_video(row.video_id)]
        return second_opinion(
            row,
            await self._handling(),
            excluded={*decided, *opined},
            probability=undrawn.share,
            now_ms=self._clock.now_ms(),
            priority=await self._items.has_priority(row),
        )

    async def _expire(self, shard: int) -> None:
        """Close those items of a shard that can be answered no longer and that nobody is at."""
        now_ms = self._clock.now_ms()
        for item in await self._review_items.due(SECOND_OPINIONS_QUEUE, shard, before_ms=now_ms, limit=AT_A_TIME):
            if item.cause is not ItemCause.SECOND_OPINION:
                continue
            parts = {
                "item": self._review_items.closing(item, now_ms=now_ms, because=EXPIRED),
                "claim": self._review_items.claim_is(item.video_id, None),
            }
            try:
                await self._review_items.table.transact(parts)
            except TransactionRefused:
                # Somebody has just answered it, or taken it up.
                continue
            _log.info("item_expired", video_id=item.video_id, item=item.name)


def second_opinions(
    deployment: Deployment, items: Items, handling: AskHandling, stop: asyncio.Event, clock: Clock
) -> SecondOpinions:
    """What draws in a deployment: for workers, who may read the secret."""
    return SecondOpinions(
        reviews=deployment.reviews,
        decisions=deployment.decisions,
        opinions=deployment.opinions,
        review_items=deployment.review_items,
        draw_secret=deployment.draw_secret,
        items=items,
        handling=handling,
        faults=Faults(deployment.metrics),
        stop=stop,
        clock=clock,
    )
