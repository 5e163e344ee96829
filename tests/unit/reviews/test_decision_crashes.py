"""A decision that is broken off anywhere, or crosses another write anywhere, is made once or not at all."""

from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelsift.aws.table import ConditionFailed, Item
from reelsift.domain.decision import Action, broken_link
from reelsift.domain.policy import Verdict
from reelsift.domain.status import Status
from reelsift.errors import DecidedMeanwhile
from support.decisions import ANNA, BEN, DecidedVideos
from support.interleaving import Interleaving
from support.memory_table import MemoryTable
from support.thoroughness import examples

_Result = TypeVar("_Result")


class Died(Exception):
    """The process is gone."""


class FaultyTable(MemoryTable):
    """Dies at one of its requests: before it is done, or with `done_first` right after."""

    def __init__(self) -> None:
        super().__init__("reviews")
        self.left: int | None = None
        self.done_first = False

    async def get(self, key: Mapping[str, Any], *, consistent: bool = True) -> dict[str, Any] | None:
        return await self._dying(super().get(key, consistent=consistent))

    async def put(self, item: Mapping[str, Any], condition: str | None = None, **values: Any) -> None:
        await self._dying(super().put(item, condition, **values))

    async def transact(self, parts: Mapping[Any, Item]) -> None:
        await self._dying(super().transact(parts))

    async def _dying(self, request: Coroutine[Any, Any, _Result]) -> _Result:
        dies = self.left == 0
        if self.left is not None:
            self.left -= 1
        if dies and not self.done_first:
            request.close()
            raise Died
        answer = await request
        if dies:
            raise Died
        return answer


@pytest.mark.parametrize("done_first", [False, True])
@pytest.mark.parametrize("requests", range(4))
async def test_a_decision_that_died_at_any_request_is_made_once_when_it_is_asked_for_again(
    requests: int, *, done_first: bool
) -> None:
    table = FaultyTable()
    videos = DecidedVideos(table=table)
    await videos.judge(Verdict.REVIEW)
    table.left, table.done_first = requests, done_first
    with suppress(Died):
        await videos.decide(Action.REJECT, key="k")
    table.left = None
    decided = await videos.decide(Action.REJECT, key="k")
    assert decided.decision.number == 1
    row = await videos.row()
    assert (row.status, row.revision, row.last_decision) == (Status.REJECTED, 2, 1)
    assert [event.revision.number for event in row.unpublished if event.revision.decision] == [2]
    assert broken_link(await videos.all_decisions(), 1) is None


@settings(max_examples=examples(20), deadline=None)
@given(st.data())
async def test_a_decision_stands_whatever_it_crosses_while_the_video_settles_again(data: st.DataObject) -> None:
    videos = DecidedVideos()
    await videos.judge(Verdict.REVIEW)
    order = Interleaving()
    order.hold("reviews", videos.table, "get", "put", "update", "transact")

    async def decide() -> None:
        await videos.decide(Action.REJECT, ANNA)

    await order.begin(decide())
    await order.begin(_until_written(videos))
    while await order.waits():
        await order.let_through(data.draw(st.integers(0, order.held - 1)))
    row = await videos.row()
    assert (row.status, row.standing) == (Status.REJECTED, 1)
    assert row.verdict is not None
    assert row.verdict.verdict is Verdict.APPROVE
    assert [revision.number for revision in row.history] == list(range(1, row.revision + 1))


@settings(max_examples=examples(20), deadline=None)
@given(st.data())
async def test_of_two_who_decide_at_once_one_is_told_of_the_other_in_every_order(data: st.DataObject) -> None:
    videos = DecidedVideos()
    await videos.judge(Verdict.REVIEW)
    order = Interleaving()
    order.hold("reviews", videos.table, "get", "put", "update", "transact")
    refused: list[DecidedMeanwhile] = []

    async def decide(action: Action, who: Any) -> None:
        try:
            await videos.decide(action, who)
        except DecidedMeanwhile as told:
            refused.append(told)

    await order.begin(decide(Action.REJECT, ANNA))
    await order.begin(decide(Action.APPROVE, BEN))
    while await order.waits():
        await order.let_through(data.draw(st.integers(0, order.held - 1)))
    made = await videos.all_decisions()
    # Whoever began once the other had ended has seen what that decided.
    assert len(made) + len(refused) == 2
    assert [told.by for told in refused] == [made[0].by] * len(refused)
    assert broken_link(made, len(made)) is None


async def _until_written(videos: DecidedVideos) -> None:
    """As workers do: where somebody else was first, read again."""
    for _ in range(10):
        try:
            await videos.judge(Verdict.APPROVE, attempt=2)
        except ConditionFailed:
            continue
        return
