"""Measures what reviewers should have decided by now."""

from collections.abc import Awaitable, Callable

from reelsift.aws.metrics import Metrics


class PastDue:
    """Puts the number of items past due into the metrics, where items have ever been open."""

    def __init__(self, count: Callable[[], Awaitable[int | None]], metrics: Metrics) -> None:
        self._count = count
        self._metrics = metrics

    async def step(self) -> None:
        number = await self._count()
        if number is not None:
            self._metrics.gauge("ItemsPastDue", number)
