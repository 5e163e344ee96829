"""Analyses whose Start Rekognition denies this worker: each rests alone, while the others go on."""

from reelsift.domain.analysis import Analysis
from reelsift.jobs.slot_pool import SlotPool
from reelsift.runtime.backoff import Backoffs
from reelsift.runtime.clock import Clock
from reelsift.runtime.timings import Timings


class Denials:
    """A denial is a fault of the deployment, not of the video: its attempt waits until somebody mends the permissions.

    After each one the analysis rests for `denied_pause_s`; then one message tries again. All others wait for longer and
    longer, so that any number of them costs little.
    """

    def __init__(self, *, pool: SlotPool, timings: Timings, clock: Clock) -> None:
        self._pool = pool
        self._timings = timings
        self._clock = clock
        self._delays: Backoffs[Analysis] = Backoffs(int(timings.denied_pause_s), clock)
        self._rests_until: dict[Analysis, float] = {}
        self._tried_until: dict[Analysis, float] = {}
        self._nothing_else = True

    def denied(self, analysis: Analysis) -> int:
        """Note that a Start was denied. Returns for how many seconds its attempt is to wait.

        The whole pool rests too where nothing but denials came since the last one: more messages would only be received
        in vain.
        """
        if self._nothing_else:
            self._pool.pause(self._timings.denied_pause_s)
        self._nothing_else = True
        self._rests_until[analysis] = self._clock.monotonic() + self._timings.denied_pause_s
        return self._delays.refused(analysis)

    def permitted(self, analysis: Analysis) -> None:
        """Note that Rekognition has answered a Start otherwise."""
        self._nothing_else = False
        self._rests_until.pop(analysis, None)
        self._tried_until.pop(analysis, None)
        self._delays.over(analysis)

    def take_try(self, analysis: Analysis) -> int:
        """As `delay_s`, for a message that is to start this analysis alone: of those that come after a rest, one may
        try, and for as long as another rest the others wait for what becomes of it.
        """
        now = self._clock.monotonic()
        if now < max(self._rests_until.get(analysis, 0.0), self._tried_until.get(analysis, 0.0)):
            return self._delays.delay_s(analysis)
        if analysis in self._rests_until:
            self._tried_until[analysis] = now + self._timings.denied_pause_s
        return 0

    def delay_s(self, analysis: Analysis) -> int:
        """For how many seconds what wants to start this analysis is to wait; 0 where it may try."""
        if self._clock.monotonic() >= self._rests_until.get(analysis, 0.0):
            return 0
        return self._delays.delay_s(analysis)
