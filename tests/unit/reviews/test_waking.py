"""Decisions wake a fleet that sleeps, however the command ends that made them."""

import asyncio
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from reelsift.aws.deployment import Deployment
from reelsift.errors import DecisionFileChanged
from reelsift.manifests.messages import TICK_MESSAGE
from reelsift.reviews.waking import Waking, wake


class Intake:
    """Both queues for lines."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.sent: list[tuple[bool, str]] = []
        self.failure = failure

    def deployment(self) -> Deployment:
        return cast("Deployment", SimpleNamespace(intake_for=self._intake_for))

    def _intake_for(self, *, priority: bool) -> Any:
        async def send(bodies: list[str]) -> None:
            if self.failure is not None:
                raise self.failure
            self.sent += [(priority, body) for body in bodies]

        return SimpleNamespace(send=send)


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
    intake = Intake()

    async def work() -> None:
        async with Waking(intake.deployment()) as waking:
            waking.waits = waits
            if ending is not None:
                raise ending

    with nullcontext() if ending is None else pytest.raises(type(ending)):
        await work()
    assert intake.sent == ([(True, TICK_MESSAGE)] if woken else [])


async def test_a_queue_that_takes_nothing_fails_no_decision() -> None:
    await wake(Intake(EndpointConnectionError(endpoint_url="https://sqs")).deployment())
