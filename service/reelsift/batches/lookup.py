"""A batch by its id, and how its lines have ended."""

from reelsift.aws.batches import Batches
from reelsift.aws.chunks import Chunks
from reelsift.domain.batch import Batch, Counts
from reelsift.errors import AmbiguousBatch, NoSuchBatch

LONGEST_KEY_BYTES = 2048
"""A partition key of DynamoDB has 1 to 2,048 bytes; anything else is refused there in words of its own."""

NEWEST_BATCHES = 1000
"""Batches among which one is looked for by the beginning of its id."""


async def batch_named(batches: Batches, batch_id: str) -> Batch:
    """The batch as it is now. Raises NoSuchBatch."""
    # DynamoDB takes no empty key.
    batch = await batches.get(batch_id) if batch_id else None
    if batch is None:
        raise NoSuchBatch(batch_id)
    return batch


async def batch_id_of(batches: Batches, beginning: str) -> str:
    """The id of the batch that is named: its whole id, or a beginning of it that no other of the newest batches has.

    Raises NoSuchBatch and AmbiguousBatch.
    """
    if not 0 < len(beginning.encode("utf-8", "surrogatepass")) <= LONGEST_KEY_BYTES:
        raise NoSuchBatch(beginning)
    if await batches.get(beginning) is not None:
        return beginning
    ids = [batch.batch_id for batch in await batches.recent(NEWEST_BATCHES) if batch.batch_id.startswith(beginning)]
    if not ids:
        raise NoSuchBatch(beginning)
    if len(ids) > 1:
        raise AmbiguousBatch(beginning, ids)
    return ids[0]


async def read_counts(chunks: Chunks, batch_id: str) -> Counts:
    """How the lines of a batch have ended so far."""
    counts = Counts()
    async for chunk in chunks.of_batch(batch_id):
        counts += chunk.counts
    return counts
