"""Wakes workers that sleep: what was written into a table has no message of its own."""

import json

from reelsift.aws.deployment import Deployment

TICK = json.dumps({"reelsift": "tick"})


async def wake(deployment: Deployment) -> None:
    """Send a message that says nothing. A fleet that runs has its next look anyway; one that sleeps starts up."""
    await deployment.intake_for(priority=True).send([TICK])
