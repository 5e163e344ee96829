"""What the console works with."""

from dataclasses import dataclass

from reelsift.aws.deployment import Deployment
from reelsift.aws.remembered import Remembered
from reelsift.console.access.gate import Gate
from reelsift.console.leading.desk import LeadDesk
from reelsift.domain.reason_catalogue import ReasonCatalogue
from reelsift.policy_versions.current import LiveHandling
from reelsift.queries.review_queues import QueueState, queue_states
from reelsift.reviews.claims import ClaimDesk, claim_desk
from reelsift.reviews.specialists import CarryingOut
from reelsift.runtime.clock import Clock

QUEUES_FRESH_S = 5.0
"""Pages of all reviewers ask every few seconds how much waits; so long they get the same answer."""

OFFERS_SHARED_S = 1.0
"""Reviewers who ask for the next item within so many seconds look at the same first items: one of them reads these."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What every request may use. Nothing that matters is kept in the process: several consoles run side by side.

    `clock` is one that agrees with DynamoDB's. `handling`, `claim_desk` and `carrying_out` are those of all
    requests, which so read the live policy once for all of them.
    """

    deployment: Deployment
    catalogue: ReasonCatalogue
    clock: Clock
    gate: Gate
    handling: LiveHandling
    claim_desk: ClaimDesk
    carrying_out: CarryingOut
    queues_read: Remembered[list[QueueState]]
    lead_desk: LeadDesk

    async def queue_states(self) -> list[QueueState]:
        """Where the queues stand, as it was within the last seconds."""
        return await self.queues_read.get(lambda: queue_states(self.deployment, now_ms=self.clock.now_ms()))


def resources_of(deployment: Deployment, catalogue: ReasonCatalogue, clock: Clock, gate: Gate) -> Resources:
    """What a console of a deployment works with."""
    handling = LiveHandling(deployment)
    return Resources(
        deployment=deployment,
        catalogue=catalogue,
        clock=clock,
        gate=gate,
        handling=handling,
        claim_desk=claim_desk(deployment, handling, clock, shared_s=OFFERS_SHARED_S),
        carrying_out=CarryingOut(deployment, catalogue),
        queues_read=Remembered(lambda _: QUEUES_FRESH_S),
        lead_desk=LeadDesk(deployment, clock),
    )
