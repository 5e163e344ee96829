"""Ends the claims of reviewers who have left."""

from dataclasses import dataclass

import structlog

from reelsift.aws.errors import is_outage
from reelsift.aws.review_items import ReviewItems
from reelsift.aws.review_rows import SHARDS
from reelsift.domain.review_item import Claim
from reelsift.reviews.giving_back import give_back
from reelsift.runtime.clock import Clock
from reelsift.runtime.faults import Faults

WATCHED = 1000
"""Claims of a shard that one look reads. Of more, those come first that are likely to have been left."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A counter, and since when (steady seconds of this process) it is known to have this value."""

    counter: int
    since_s: float


class ClaimWatch:
    """Puts back what a reviewer has left: a claim whose counter has stood still for long enough by this process' own
    steady clock. Any number of processes watch, each by itself; what clocks of reviewers say decides nothing.
    """

    def __init__(self, *, review_items: ReviewItems, faults: Faults, still_s: float, clock: Clock) -> None:
        """`still_s`: for so long a counter must have stood still."""
        self._review_items = review_items
        self._faults = faults
        self._still_s = still_s
        self._clock = clock
        self._seen: dict[str, _Seen] = {}

    async def step(self) -> None:
        """Look at all claims once, up to WATCHED of each shard, those first that were renewed longest ago."""
        seen: dict[str, _Seen] = {}
        for shard in range(SHARDS) if await self._review_items.has_claims() else ():
            before = self._clock.monotonic()
            claims = await self._review_items.claims(shard, limit=WATCHED)
            # From after the first read to before the last nobody has raised it, if it is the same.
            after = self._clock.monotonic()
            for claim in claims:
                known = self._seen.get(claim.claim_id)
                if known is None or known.counter != claim.counter:
                    seen[claim.claim_id] = _Seen(claim.counter, after)
                elif before - known.since_s < self._still_s or not await self._ended(claim):
                    seen[claim.claim_id] = known
        self._seen = seen

    async def _ended(self, claim: Claim) -> bool:
        """End a claim that was left, unless it was ended or renewed meanwhile; whether that could be done. One that the
        program fails over, as where it cannot read an item of the video, keeps no other from its end.
        """
        try:
            if await give_back(self._review_items, claim, stood_still=True):
                _log.info("claim_ended", video_id=claim.video_id, item=claim.item, then="it waits again")
        except Exception as error:
            if is_outage(error):
                raise
            self._faults.swallow("claim_not_ended", error, video_id=claim.video_id)
            return False
        return True
