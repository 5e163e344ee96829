"""Puts together what decides, out of a deployment."""

from functools import partial

from reelsift.aws.deployment import Deployment
from reelsift.domain.reason_catalogue import ReasonCatalogue
from reelsift.reviews.deciding import Deciding
from reelsift.reviews.evidence import read_evidence
from reelsift.runtime.clock import SystemClock, as_ms


def deciding(deployment: Deployment, catalogue: ReasonCatalogue) -> Deciding:
    """What carries out decisions of the deployment, by this catalogue."""
    return Deciding(
        reviews=deployment.reviews,
        decisions=deployment.decisions,
        items=None,
        read_evidence=partial(read_evidence, work=deployment.work),
        catalogue=catalogue,
        undo_ms=as_ms(deployment.settings.undo_s),
        clock=SystemClock(),
    )
