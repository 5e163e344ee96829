"""How many requests a person may send: far more than a person needs, and far less than a program could."""

from collections import OrderedDict
from http import HTTPStatus

from aiolimiter import AsyncLimiter

from reelsift.console.refusals import Refusal

REQUESTS = 240
PER_S = 60.0
"""So many requests may come at once, and within so many seconds on."""

_KNOWN = 10_000
"""People whose requests are counted. Of more, those are forgotten who have sent nothing for the longest time."""


class RateLimit:
    """Counts by person, in this process alone: several consoles allow as many times as much."""

    def __init__(self, requests: int = REQUESTS, per_s: float = PER_S) -> None:
        self._requests = requests
        self._per_s = per_s
        self._limiters: OrderedDict[str, AsyncLimiter] = OrderedDict()

    async def exceeded(self, person: str) -> Refusal | None:
        """Count a request. The refusal of one that is too many."""
        limiter = self._limiters.pop(person, None) or AsyncLimiter(self._requests, self._per_s)
        self._limiters[person] = limiter
        while len(self._limiters) > _KNOWN:
            self._limiters.popitem(last=False)
        if limiter.has_capacity():
            # There is room, so this does not wait.
            await limiter.acquire()
            return None
        wait_s = max(1, round(self._per_s / self._requests))
        return Refusal(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too_many_requests",
            f"these were more than {self._requests} requests in {self._per_s:.0f} seconds: wait a moment",
            headers={"Retry-After": str(wait_s)},
        )
