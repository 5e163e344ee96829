"""The message that wakes a fleet at zero tasks for work that stands in the tables only."""

from contextlib import suppress

from botocore.exceptions import BotoCoreError, ClientError

from reelsift.aws.deployment import Deployment
from reelsift.aws.errors import AwsUnavailable
from reelsift.manifests.messages import TICK_MESSAGE


async def send_tick(deployment: Deployment, *, priority: bool) -> None:
    """Tell the fleet that there is work: of rows in a table its scaling knows nothing.

    Where SQS refuses, the scheduled tick does the same later, so this never fails.
    """
    with suppress(ClientError, BotoCoreError, OSError, AwsUnavailable):
        await deployment.intake_for(priority=priority).send([TICK_MESSAGE])
