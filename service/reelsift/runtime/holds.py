"""What the deployment holds, as one worker knows it: read now and then by whichever of its loops asks."""

import structlog

from reelsift.aws.hold_switch import HoldSwitch
from reelsift.aws.remembered import Remembered
from reelsift.domain.hold import Hold, Kind, in_order
from reelsift.runtime.clock import Clock
from reelsift.runtime.timings import Timings

_log = structlog.get_logger(__name__)


class Holds:
    """One a worker. However many ask, the row is read every `hold_fresh_s` at most; where nobody asks, not at all."""

    def __init__(self, hold_switch: HoldSwitch, timings: Timings, clock: Clock) -> None:
        self._hold_switch = hold_switch
        self._read: Remembered[dict[Kind, Hold]] = Remembered(lambda _: timings.hold_fresh_s, monotonic=clock.monotonic)
        self._known: frozenset[Kind] = frozenset()

    async def held(self, kind: Kind) -> bool:
        """Whether something is to be left undone for now. Raises what reading the table raises."""
        return kind in await self.kinds()

    async def kinds(self) -> frozenset[Kind]:
        """All that is held. Raises as `held`."""
        holds = await self._read.get(self._hold_switch.read)
        self._log_changes(holds)
        return frozenset(holds)

    def _log_changes(self, holds: dict[Kind, Hold]) -> None:
        known, self._known = self._known, frozenset(holds)
        for kind in in_order(self._known - known):
            # Who it was and why stands in the table alone: logs are kept by others, and for other times.
            _log.warning("held", kind=str(kind), since_ms=holds[kind].since_ms)
        for kind in in_order(known - self._known):
            _log.info("released", kind=str(kind))
