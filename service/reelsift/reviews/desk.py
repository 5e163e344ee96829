"""Puts together what opens and closes review items, from the stores of a deployment."""

from reelsift.aws.deployment import Deployment
from reelsift.reviews.items import AskHandling, Items
from reelsift.runtime.clock import Clock


def worker_items(deployment: Deployment, handling: AskHandling, clock: Clock) -> Items:
    """For workers, who draw samples too."""
    return Items(
        review_items=deployment.review_items,
        reviews=deployment.reviews,
        batches=deployment.batches,
        draw_secret=deployment.draw_secret,
        handling=handling,
        metrics=deployment.metrics,
        clock=clock,
    )


def reviewer_items(deployment: Deployment, handling: AskHandling, clock: Clock) -> Items:
    """For whoever decides or asks for a look. They need not be able to read batches or the secret of draws."""
    return Items(
        review_items=deployment.review_items,
        reviews=deployment.reviews,
        batches=None,
        draw_secret=None,
        handling=handling,
        metrics=deployment.metrics,
        clock=clock,
    )
