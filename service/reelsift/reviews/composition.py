"""Puts together what decides, out of a deployment."""

from functools import partial

from reelsift.aws.deployment import Deployment
from reelsift.aws.sealed_reviews import SealedDecisions, SealedReviews
from reelsift.domain.reason_catalogue import ReasonCatalogue
from reelsift.policy_versions.current import LiveHandling
from reelsift.reviews.deciding import Deciding
from reelsift.reviews.desk import reviewer_items
from reelsift.reviews.evidence import read_evidence
from reelsift.reviews.opining import Opining
from reelsift.reviews.table_clock import clock_of_reviews
from reelsift.runtime.clock import as_ms


def deciding(deployment: Deployment, catalogue: ReasonCatalogue) -> Deciding:
    """What carries out decisions of the deployment, by this catalogue."""
    clock = clock_of_reviews(deployment)
    items = reviewer_items(deployment, LiveHandling(deployment), clock)
    evidence = partial(read_evidence, work=deployment.work)
    opining = Opining(
        reviews=deployment.reviews,
        decisions=deployment.decisions,
        opinions=deployment.opinions,
        items=items,
        read_evidence=evidence,
        undo_ms=as_ms(deployment.settings.undo_s),
        clock=clock,
    )
    return Deciding(
        reviews=deployment.reviews,
        decisions=deployment.decisions,
        items=items,
        opining=opining,
        read_evidence=evidence,
        catalogue=catalogue,
        undo_ms=as_ms(deployment.settings.undo_s),
        clock=clock,
    )


def deciding_sealed(deployment: Deployment, catalogue: ReasonCatalogue) -> Deciding:
    """What carries out the decisions of specialists on sealed videos. Others may not: the table is not theirs."""
    rows, objects = deployment.sealed_rows, deployment.sealed_objects
    return Deciding(
        reviews=SealedReviews(deployment.reviews.table, rows),
        decisions=SealedDecisions(deployment.decisions.table, rows),
        items=None,
        read_evidence=partial(read_evidence, work=deployment.work if objects is None else objects.as_work),
        catalogue=catalogue,
        undo_ms=as_ms(deployment.settings.undo_s),
        clock=clock_of_reviews(deployment),
        of_sealed=True,
    )
