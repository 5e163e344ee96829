"""What is true of the whole deployment now: measured by every worker, so that none has to lead."""

from reelsift.aws.deployment import Deployment
from reelsift.domain.job import JobState
from reelsift.queries.demand import measure


class Gauges:
    """Puts the demand into the metrics."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    async def step(self) -> None:
        demand = await measure(self._deployment)
        metrics = self._deployment.metrics
        metrics.gauge("Backlog", demand.backlog)
        metrics.gauge("Running", demand.open_jobs.get(JobState.RUNNING, 0))
        metrics.gauge("Quota", demand.quota)
        metrics.gauge("SlotsHeld", demand.held)
        metrics.gauge("SlotsFree", demand.free)
        metrics.gauge("SlotsBlocked", demand.blocked)
