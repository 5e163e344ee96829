"""What is offered to reviewers: the first items of queues, as the indexes tell them."""

import asyncio
import time
from collections.abc import Callable, Sequence

from reelsift.aws.remembered import Remembered, RememberedByKey
from reelsift.aws.review_items import ReviewItems
from reelsift.aws.review_rows import SHARDS
from reelsift.domain.review_item import ReviewItem

STALE_S = 5.0
"""What reviewers of one process share is given so many seconds longer while it is read anew: nobody waits for that."""

_Place = tuple[str, int, int]
"""A queue, one of its shards, and how many items of it are read."""


class Offers:
    """Reads the first items of queues. With `fresh_s` reviewers of one process who ask within so many seconds share
    what one of them has read: of items that were taken meanwhile by somebody else they learn when they want to claim
    them, as they do where an index lags.
    """

    def __init__(
        self, review_items: ReviewItems, *, fresh_s: float = 0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._review_items = review_items
        self._fresh_s = fresh_s
        self._monotonic = monotonic
        self.forget()

    def forget(self) -> None:
        """Read all anew from now on: what is read then tells what was taken."""
        self._taken: dict[str, float] = {}
        self._queues = Remembered[list[str]](self._fresh, stale_s=STALE_S, monotonic=self._monotonic)
        self._due = RememberedByKey[_Place, list[ReviewItem]](self._fresh, stale_s=STALE_S, monotonic=self._monotonic)
        self._waiting = RememberedByKey[_Place, list[ReviewItem]](
            self._fresh, stale_s=STALE_S, monotonic=self._monotonic
        )

    @property
    def shares(self) -> bool:
        """Whether what is offered may be older than when somebody asks."""
        return self._fresh_s > 0

    async def queues(self) -> list[str]:
        """The queues that ever had an item."""
        if self.shares:
            return await self._queues.get(self._review_items.queues)
        return await self._review_items.queues()

    async def first(
        self, due: Sequence[str], waiting: Sequence[str], *, before_ms: int, limit: int
    ) -> tuple[list[ReviewItem], list[ReviewItem], bool]:
        """Of each shard of some queues the first items: those due before a time, and those that wait, of which none was
        taken here lately; and whether there are more.
        """
        read = await asyncio.gather(
            *(self._read_due(queue, shard, before_ms, limit) for queue in due for shard in range(SHARDS)),
            *(self._read_waiting(queue, shard, limit) for queue in waiting for shard in range(SHARDS)),
        )
        of_due = len(due) * SHARDS
        more = any(len(items) >= limit for items in read)
        return self._there(read[:of_due]), self._there(read[of_due:]), more

    def took(self, video_id: str) -> None:
        """Offer a video no more: somebody here has it. What is read from now on knows that."""
        if not self.shares:
            return
        now = self._monotonic()
        remembered_s = 2 * self._fresh_s + STALE_S
        self._taken = {other: since for other, since in self._taken.items() if now - since < remembered_s}
        self._taken[video_id] = now

    def gave_back(self) -> None:
        """Offer what somebody here had: what is remembered may have been read meanwhile."""
        if self.shares:
            self.forget()

    def _there(self, read: Sequence[Sequence[ReviewItem]]) -> list[ReviewItem]:
        return [item for items in read for item in items if item.video_id not in self._taken]

    async def _read_due(self, queue: str, shard: int, before_ms: int, limit: int) -> list[ReviewItem]:
        async def ask() -> list[ReviewItem]:
            return await self._review_items.due(queue, shard, before_ms=before_ms, limit=limit)

        return await (self._due.get((queue, shard, limit), ask) if self.shares else ask())

    async def _read_waiting(self, queue: str, shard: int, limit: int) -> list[ReviewItem]:
        async def ask() -> list[ReviewItem]:
            return await self._review_items.waiting(queue, shard, limit=limit)

        return await (self._waiting.get((queue, shard, limit), ask) if self.shares else ask())

    def _fresh(self, _: object) -> float:
        return self._fresh_s
