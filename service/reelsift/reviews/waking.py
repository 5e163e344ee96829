"""Wakes workers that sleep: what was written into a table has no message of its own."""

from dataclasses import dataclass
from typing import Self

from reelsift.aws.deployment import Deployment
from reelsift.batches.tick import send_tick
from reelsift.errors import ReelsiftError


async def wake(deployment: Deployment) -> None:
    """Send a message that says nothing. A fleet that runs has its next look anyway; one that sleeps starts up.

    It goes to the queue of completions: whoever may write there can start no analysis, as by a line on another.
    It never fails: where SQS refuses, the scheduled tick does the same later, and what was written stands.
    """
    await send_tick(deployment.queues["completion"])


@dataclass(slots=True)
class Waking:
    """Wakes workers at the end of its block if something `waits` for them, however the block ends.

    Where it is interrupted, or AWS fails, something may have been written of which nobody has heard: it wakes them then
    too. What was refused was not written.
    """

    deployment: Deployment
    waits: bool = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if self.waits or not (error is None or isinstance(error, ReelsiftError)):
            await wake(self.deployment)
