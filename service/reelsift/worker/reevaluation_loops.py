"""What re-evaluates the archive, put together from the stores of a deployment."""

import asyncio
from dataclasses import dataclass
from functools import partial

from reelsift.aws.deployment import Deployment
from reelsift.domain.reevaluation import Reevaluation
from reelsift.events.teller import StatusTeller
from reelsift.reevaluation.candidates import Candidates, OfArchive, OfBatch
from reelsift.reevaluation.passes import Passes
from reelsift.reevaluation.reevaluator import Reevaluator
from reelsift.reevaluation.walker import Walker
from reelsift.reviews.items import Items
from reelsift.reviews.judging import Judging
from reelsift.reviews.rejecting import rejections
from reelsift.runtime.active_batches import ActiveBatches
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults
from reelsift.runtime.holds import Holds
from reelsift.runtime.live_policy import LivePolicies
from reelsift.runtime.timings import Timings


@dataclass(frozen=True, slots=True)
class ReevaluationParts:
    """What walks the archive, and what sees to its passes."""

    walker: Walker
    passes: Passes


def compose_reevaluation(
    deployment: Deployment,
    *,
    policies: LivePolicies,
    items: Items,
    teller: StatusTeller,
    holds: Holds,
    active_batches: ActiveBatches,
    stop: asyncio.Event,
    timings: Timings,
    clock: Clock,
) -> ReevaluationParts:
    """Make what has to do with re-evaluations."""
    faults = Faults(deployment.metrics)
    reevaluator = Reevaluator(
        jobs=deployment.jobs,
        reviews=deployment.reviews,
        rejections=rejections(deployment, clock),
        judging=Judging(deployment.work, clock),
        items=items,
        teller=teller,
        metrics=deployment.metrics,
        clock=clock,
    )
    walker = Walker(
        walks=deployment.walks,
        reviews=deployment.reviews,
        outcomes=deployment.outcomes,
        candidates_of=partial(_candidates_of, deployment),
        reevaluator=reevaluator,
        policies=policies,
        active_batches=active_batches,
        teller=teller,
        holds=holds,
        faults=faults,
        stop=stop,
        timings=timings,
        clock=clock,
    )
    passes = Passes(
        batches=deployment.batches,
        chunks=deployment.chunks,
        walks=deployment.walks,
        policies=policies,
        policy_versions=deployment.policy_versions,
        active_batches=active_batches,
        faults=faults,
        timings=timings,
        clock=clock,
    )
    return ReevaluationParts(walker, passes)


def _candidates_of(deployment: Deployment, terms: Reevaluation) -> Candidates:
    if terms.of_batch is None:
        return OfArchive(deployment.jobs)
    return OfBatch(deployment.chunks, deployment.outcomes, terms.of_batch)
