"""A batch by its id, and how its lines have ended."""

from reelsift.aws.batches import Batches
from reelsift.aws.chunks import Chunks
from reelsift.domain.batch import Batch, Counts
from reelsift.errors import NoSuchBatch


async def batch_named(batches: Batches, batch_id: str) -> Batch:
    """The batch as it is now. Raises NoSuchBatch."""
    # DynamoDB takes no empty key.
    batch = await batches.get(batch_id) if batch_id else None
    if batch is None:
        raise NoSuchBatch(batch_id)
    return batch


async def read_counts(chunks: Chunks, batch_id: str) -> Counts:
    """How the lines of a batch have ended so far."""
    counts = Counts()
    async for chunk in chunks.of_batch(batch_id):
        counts += chunk.counts
    return counts
