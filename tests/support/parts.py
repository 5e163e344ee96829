"""The parts of a worker without its loops."""

import asyncio

from reelsift.aws.deployment import Deployment
from reelsift.aws.mail import Outbox
from reelsift.domain.policy import Policy
from reelsift.jobs.alerts.mailing import Mailing
from reelsift.jobs.alerts.publisher import AlertPublisher
from reelsift.runtime.clock import Clock, SystemClock
from reelsift.runtime.faults import Faults
from reelsift.runtime.timings import Timings
from reelsift.worker.composition import Parts, compose


def parts_of(deployment: Deployment, owner: str = "w") -> Parts:
    """The parts of a worker of this name."""
    return compose(deployment, Policy.built_in(), owner, asyncio.Event(), Timings(), SystemClock())


def mailing_of(deployment: Deployment, outbox: Outbox, stop: asyncio.Event, clock: Clock = SystemClock()) -> Mailing:
    return Mailing(
        outbox=outbox,
        metrics=deployment.metrics,
        faults=Faults(deployment.metrics),
        settings=deployment.settings,
        stop=stop,
        timings=Timings(),
        clock=clock,
    )


def publisher_of(deployment: Deployment) -> AlertPublisher:
    return AlertPublisher(
        alerts=deployment.alerts, outbox=deployment.outbox, metrics=deployment.metrics, clock=SystemClock()
    )
