"""The message that wakes a fleet at zero tasks for work that stands in the tables only."""

from contextlib import suppress

from botocore.exceptions import BotoCoreError, ClientError

from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.queue import Queue
from reelsift.manifests.messages import TICK_MESSAGE


async def send_tick(queue: Queue) -> None:
    """Wake the fleet by a message on one of its queues: its scaling knows nothing of rows in a table.

    Where SQS refuses, the scheduled tick does the same later, so this never fails.
    """
    with suppress(ClientError, BotoCoreError, OSError, AwsUnavailable):
        await queue.send([TICK_MESSAGE])
