"""Parts of the archive in the table: of several workers who take one on, one succeeds."""

import pytest

from reelsift.aws.batches import Batches
from reelsift.aws.open_index import OpenIndex
from reelsift.aws.table import ConditionFailed
from reelsift.aws.walks import Walks
from reelsift.domain.batch import Batch
from reelsift.domain.reevaluation import Reevaluation, Walk
from support.memory_table import MemoryTable


def walks_of(table: MemoryTable) -> Walks:
    return Walks(table, OpenIndex(table))


async def test_a_walk_is_read_as_it_was_written_and_is_written_once() -> None:
    walks = walks_of(MemoryTable("batches"))
    await walks.add([Walk("b1", number) for number in range(3)])
    taken = await walks.change(Walk("b1", 1), due_at_ms=5_000, after="abc")
    await walks.add([Walk("b1", 1), Walk("b2", 0)])
    assert await walks.of_batch("b1") == [Walk("b1", 0), taken, Walk("b1", 2)]
    assert await walks.count_open("b1", at_most=10) == 1
    ended = await walks.change(taken, due_at_ms=None, after=None, passes=1)
    assert await walks.of_batch("b1") == [Walk("b1", 0), Walk("b1", 1, passes=1), Walk("b1", 2)]
    assert await walks.count_open("b1", at_most=10) == 0
    assert await walks.change(ended) == ended


async def test_whoever_comes_second_is_refused() -> None:
    walks = walks_of(MemoryTable("batches"))
    await walks.add([Walk("b1", 0)])
    taken = await walks.change(Walk("b1", 0), due_at_ms=5_000)
    with pytest.raises(ConditionFailed):
        await walks.change(Walk("b1", 0), due_at_ms=5_000)
    ended = await walks.change(taken, due_at_ms=None, passes=1)
    # A worker that has slept through its lease and through the end of the pass.
    with pytest.raises(ConditionFailed):
        await walks.change(taken, after="abc")
    with pytest.raises(ConditionFailed):
        await walks.change(Walk("b1", 0), due_at_ms=9_000)
    assert await walks.of_batch("b1") == [ended]


async def test_a_re_evaluation_is_read_as_it_was_written() -> None:
    table = MemoryTable("batches")
    batches = Batches(table, OpenIndex(table))
    terms = Reevaluation(epoch=8, policy="0123456789abcdef", walks=4, of_batch="b0", videos=17)
    batch = Batch("r1", "r1", "the archive", 1, None, 4, reevaluation=terms, due_at_ms=1)
    assert not batch.direct
    await batches.create(batch)
    assert await batches.get("r1") == batch
    assert await batches.active(10) == [batch]
    later = await batches.change(batch, reevaluation=terms.begun(7, all_follow=True), due_at_ms=2)
    assert await batches.get("r1") == later
    assert later.reevaluation is not None
    assert later.reevaluation.is_last
