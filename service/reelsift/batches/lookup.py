"""A batch by its id, and how its lines have ended."""

from reelsift.aws.deployment import Deployment
from reelsift.domain.batch import Batch, Counts
from reelsift.errors import NoSuchBatch


async def batch_named(deployment: Deployment, batch_id: str) -> Batch:
    """The batch as it is now. Raises NoSuchBatch."""
    # DynamoDB takes no empty key.
    batch = await deployment.batches.get(batch_id) if batch_id else None
    if batch is None:
        raise NoSuchBatch(batch_id)
    return batch


async def read_counts(deployment: Deployment, batch: Batch) -> Counts:
    """How the lines of a batch have ended so far."""
    counts = Counts()
    async for chunk in deployment.chunks.of_batch(batch.batch_id):
        counts += chunk.counts
    return counts
