"""What is true of the whole deployment now: measured by every worker, so that none has to lead."""

from collections.abc import Awaitable, Callable

from reelsift.aws.metrics import Metrics
from reelsift.domain.hold import Kind
from reelsift.domain.job import JobState
from reelsift.queries.demand import Demand
from reelsift.runtime.holds import Holds


class Gauges:
    """Puts the demand, and what is held, into the metrics."""

    def __init__(
        self, measure: Callable[[], Awaitable[Demand]], holds: Holds, bus_rests: Callable[[], bool], metrics: Metrics
    ) -> None:
        """`bus_rests` says whether this worker knows that the bus takes nothing."""
        self._measure = measure
        self._holds = holds
        self._bus_rests = bus_rests
        self._metrics = metrics

    async def step(self) -> None:
        demand = await self._measure()
        kinds = await self._holds.kinds()
        metrics = self._metrics
        metrics.gauge("Backlog", demand.backlog_while({*kinds, Kind.EVENTS} if self._bus_rests() else kinds))
        metrics.gauge("Running", demand.open_jobs.get(JobState.RUNNING, 0))
        metrics.gauge("Quota", demand.quota)
        metrics.gauge("SlotsHeld", demand.held)
        metrics.gauge("SlotsFree", demand.free)
        metrics.gauge("SlotsBlocked", demand.blocked)
        metrics.gauge("OldestUntoldSeconds", demand.oldest_untold_s)
        metrics.gauge("OldestUnsealedSeconds", demand.oldest_unsealed_s)
        # Silence is the usual state, and costs nothing.
        for kind in kinds:
            metrics.gauge("Held", 1, Kind=kind)
