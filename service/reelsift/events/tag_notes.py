"""Notes of what is to be tagged, in a deployment that tags nothing."""

from reelsift.aws.review_rows import SHARDS
from reelsift.aws.untagged import Untagged
from reelsift.runtime.clock import Clock, as_ms

NOTES_A_STEP = 100
"""Notes of each shard that one step looks at."""

KEPT_S = 3600.0
"""While a setting is changed, some workers of a fleet tag and others do not."""


class TagNotes:
    """Takes them away: whoever decides has settings of their own, and notes that objects are to be tagged either way.
    The index would only grow.
    """

    def __init__(self, untagged: Untagged, clock: Clock) -> None:
        self._untagged = untagged
        self._clock = clock

    async def step(self) -> None:
        if not await self._untagged.has_any():
            return
        before_ms = self._clock.now_ms() - as_ms(KEPT_S)
        for shard in range(SHARDS):
            await self._untagged.take_away(shard, before_ms=before_ms, limit=NOTES_A_STEP)
