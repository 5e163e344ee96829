from dataclasses import replace

import pytest

from reelsift.batches.lookup import batch_id_of
from reelsift.domain.batch import Batch
from reelsift.errors import AmbiguousBatch, NoSuchBatch
from support.memory_stores import MemoryBatches

PLAIN = Batch("20260731-101500-aaaaaa", "July", "list.csv", created_ms=0, total=10, chunks=1)


class RecentBatches(MemoryBatches):
    async def recent(self, limit: int) -> list[Batch]:
        return list(self.rows.values())[:limit]


BATCHES = RecentBatches(
    PLAIN,
    replace(PLAIN, batch_id="20260731-101500-bbbbbb"),
    replace(PLAIN, batch_id="20260801-090000-cccccc"),
    replace(PLAIN, batch_id="20260801"),
)


@pytest.mark.parametrize(
    ("named", "batch_id"),
    [
        (PLAIN.batch_id, PLAIN.batch_id),
        ("20260731-101500-b", "20260731-101500-bbbbbb"),
        ("20260801", "20260801"),
        ("20260801-", "20260801-090000-cccccc"),
    ],
)
async def test_a_batch_is_named_by_its_id_or_a_beginning_that_is_its_alone(named: str, batch_id: str) -> None:
    assert await batch_id_of(BATCHES, named) == batch_id


async def test_a_beginning_of_several_names_them() -> None:
    with pytest.raises(AmbiguousBatch) as refused:
        await batch_id_of(BATCHES, "20260731")
    assert len(refused.value.candidates) == 2


@pytest.mark.parametrize("named", ["", "2025", "x" * 5000])
async def test_what_begins_no_id_is_no_batch(named: str) -> None:
    with pytest.raises(NoSuchBatch):
        await batch_id_of(BATCHES, named)
