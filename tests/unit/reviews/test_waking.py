"""Decisions wake a fleet that sleeps, however the command ends that made them."""

import asyncio
from contextlib import nullcontext
from types import SimpleNamespace
from typing import cast

import pytest
from botocore.exceptions import EndpointConnectionError

from reelsift.aws.deployment import Deployment
from reelsift.errors import DecisionFileChanged
from reelsift.manifests.messages import TICK_MESSAGE
from reelsift.reviews.waking import Waking, wake


class Completions:
    """The queue of completions: who decides may write to no other."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.sent: list[str] = []
        self.failure = failure

    def deployment(self) -> Deployment:
        return cast("Deployment", SimpleNamespace(queues={"completion": self}))

    async def send(self, bodies: list[str]) -> None:
        if self.failure is not None:
            raise self.failure
        self.sent += bodies


@pytest.mark.parametrize(
    ("waits", "ending", "woken"),
    [
        (True, None, True),
        (False, None, False),
        (True, DecisionFileChanged("a.csv"), True),
        # It was refused: nothing is there that nobody knows of.
        (False, DecisionFileChanged("a.csv"), False),
        # It may have been written, and the answer is missing.
        (False, asyncio.CancelledError(), True),
        (False, EndpointConnectionError(endpoint_url="https://dynamodb"), True),
    ],
)
async def test_what_waits_wakes_the_fleet_however_it_ends(
    *, waits: bool, ending: BaseException | None, woken: bool
) -> None:
    completions = Completions()

    async def work() -> None:
        async with Waking(completions.deployment()) as waking:
            waking.waits = waits
            if ending is not None:
                raise ending

    with nullcontext() if ending is None else pytest.raises(type(ending)):
        await work()
    assert completions.sent == ([TICK_MESSAGE] if woken else [])


async def test_a_queue_that_takes_nothing_fails_no_decision() -> None:
    await wake(Completions(EndpointConnectionError(endpoint_url="https://sqs")).deployment())
