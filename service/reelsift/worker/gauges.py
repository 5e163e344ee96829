"""What is true of the whole deployment now: measured by every worker, so that none has to lead."""

from collections.abc import Awaitable, Callable

from reelsift.aws.metrics import Metrics
from reelsift.domain.job import JobState
from reelsift.queries.demand import Demand


class Gauges:
    """Puts the demand into the metrics."""

    def __init__(self, measure: Callable[[], Awaitable[Demand]], metrics: Metrics) -> None:
        self._measure = measure
        self._metrics = metrics

    async def step(self) -> None:
        demand = await self._measure()
        metrics = self._metrics
        metrics.gauge("Backlog", demand.backlog)
        metrics.gauge("Running", demand.open_jobs.get(JobState.RUNNING, 0))
        metrics.gauge("Quota", demand.quota)
        metrics.gauge("SlotsHeld", demand.held)
        metrics.gauge("SlotsFree", demand.free)
        metrics.gauge("SlotsBlocked", demand.blocked)
