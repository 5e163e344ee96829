"""What is true of the whole deployment now: measured by every worker, so that none has to lead."""

from collections.abc import Awaitable, Callable

from reelsift.aws.metrics import Metrics
from reelsift.domain.job import JobState
from reelsift.queries.demand import Demand
from reelsift.runtime.holds import Holds


class Gauges:
    """Puts the demand, and what is held, into the metrics."""

    def __init__(self, measure: Callable[[], Awaitable[Demand]], holds: Holds, metrics: Metrics) -> None:
        self._measure = measure
        self._holds = holds
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
        metrics.gauge("OldestUntoldSeconds", demand.oldest_untold_s)
        # Silence is the usual state, and costs nothing.
        for kind in await self._holds.kinds():
            metrics.gauge("Held", 1, Kind=kind)
