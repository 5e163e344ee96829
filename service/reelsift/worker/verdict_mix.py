"""Measures how far the verdicts of today are from the usual."""

import structlog

from reelsift.aws.errors import is_outage
from reelsift.aws.metrics import Metrics
from reelsift.aws.verdict_days import VerdictDays
from reelsift.domain.budget import day_of
from reelsift.domain.verdict_mix import shift
from reelsift.runtime.clock import Clock

_log = structlog.get_logger(__name__)


class VerdictMix:
    """Adds this worker's verdicts to the day, and puts the shift of the day into the metrics. Without a verdict it does
    nothing.
    """

    def __init__(self, verdict_days: VerdictDays, metrics: Metrics, clock: Clock) -> None:
        self._verdict_days = verdict_days
        self._metrics = metrics
        self._clock = clock

    async def step(self) -> None:
        if not await self._verdict_days.flush():
            return
        today = day_of(self._clock.now_ms())
        days = await self._verdict_days.newest()
        mix = next((day for day in days if day.day == today), None)
        shifted = None if mix is None else shift(mix, [day for day in days if day.day < today])
        if shifted is not None:
            self._metrics.gauge("VerdictShift", shifted)

    async def end(self) -> None:
        """A last step of a worker that stops: what AWS refuses now is left out of the day."""
        try:
            await self.step()
        except Exception as error:
            if not is_outage(error):
                raise
            _log.warning("verdicts_not_counted", error=f"{type(error).__name__}: {error}")
