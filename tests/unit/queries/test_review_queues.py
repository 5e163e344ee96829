"""Where queues stand, counted up to a bound."""

from dataclasses import replace
from typing import Any

import pytest

from reelsift.aws.review_items import ReviewItems, waiting_row
from reelsift.aws.review_rows import shard_of
from reelsift.domain.review_item import ItemCause, ReviewItem
from reelsift.queries import review_queues
from reelsift.queries.review_queues import QueueState, queue_states
from support.memory_worker import MemoryWorker


def _item(number: int, queue: str) -> ReviewItem:
    at_ms = 1_000 * number
    return ReviewItem(f"{number:032x}", ItemCause.VERDICT, queue, 500, created_ms=at_ms, due_ms=10 * at_ms)


async def test_a_queue_tells_what_waits_since_when_and_what_is_past_due(monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = MemoryWorker().deployment
    assert await queue_states(deployment, now_ms=1) == []
    table = deployment.review_items.table
    await table.write_many(puts=[waiting_row(_item(number, "violence")) for number in range(1, 30)])
    for queue in ("violence", "empty"):
        await deployment.review_items.name_queue(queue)
    empty, violence = await queue_states(deployment, now_ms=50_000)
    assert empty == QueueState("empty")
    assert (violence.waiting, violence.more) == (29, False)
    assert (violence.past_due, violence.past_due_more) == (5, False)
    assert (violence.oldest_ms, violence.next_due_ms) == (1_000, 10_000)
    monkeypatch.setattr(review_queues, "COUNTED", 2)
    monkeypatch.setattr(review_queues, "DUE_COUNTED", 1)
    (bounded,) = await queue_states(deployment, now_ms=500_000, queues=["violence"])
    assert bounded.more
    assert bounded.past_due_more
    assert bounded.waiting < violence.waiting
    assert replace(bounded, waiting=29, more=False, past_due=5, past_due_more=False) == violence


async def test_of_shards_in_which_nothing_waits_nothing_more_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = MemoryWorker().deployment
    items = [_item(number, "violence") for number in (1, 2)]
    await deployment.review_items.table.write_many(puts=[waiting_row(item) for item in items])
    asked: list[int] = []
    for name in ("count_due", "first_due"):
        whole = getattr(ReviewItems, name)

        async def noted(of: ReviewItems, queue: str, shard: int, whole: Any = whole, **bounds: Any) -> Any:
            asked.append(shard)
            return await whole(of, queue, shard, **bounds)

        monkeypatch.setattr(ReviewItems, name, noted)
    await queue_states(deployment, now_ms=1, queues=["violence", "empty"])
    assert sorted(asked) == sorted(2 * [*{shard_of(item.video_id) for item in items}])
