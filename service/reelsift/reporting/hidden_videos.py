"""Sealed videos that outcomes may name still: no report is to have them meanwhile."""

from reelsift.aws.forgotten import ForgottenVideos
from reelsift.aws.seals import Seals


class HiddenVideos:
    """Which videos are left out of what is read from outcomes. There are few: those that were sealed lately."""

    def __init__(self, seals: Seals, forgotten: ForgottenVideos) -> None:
        self._seals = seals
        self._forgotten = forgotten

    async def ids(self) -> frozenset[str]:
        """Those that nobody has moved yet, first; then those whose outcomes are still to be moved."""
        marked = await self._seals.marked()
        return marked | await self._forgotten.sealed()
