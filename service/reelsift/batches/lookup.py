"""The batch that a user named."""

from reelsift.aws.deployment import Deployment
from reelsift.domain.batch import Batch
from reelsift.errors import CommandError

LONGEST_SHOWN = 100
"""Characters of a name that is none which are repeated."""


async def batch_named(deployment: Deployment, batch_id: str) -> Batch:
    """Raises CommandError where there is no such batch."""
    # DynamoDB takes no empty key.
    batch = await deployment.batches.get(batch_id) if batch_id else None
    if batch is None:
        shown = batch_id if len(batch_id) <= LONGEST_SHOWN else f"{batch_id[:LONGEST_SHOWN]}…"
        raise CommandError(f"there is no batch {shown}; `reelsift status` lists the newest")
    return batch
