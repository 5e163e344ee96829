"""The right to work on a row for a while, written into the row itself: no worker owns anything for longer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar

import structlog

from reelsift.aws.errors import is_outage
from reelsift.aws.table import ConditionFailed
from reelsift.runtime.clock import Clock, as_ms

_log = structlog.get_logger(__name__)


class WorkerStops(Exception):
    """The worker has been told to stop: another one is to begin what it leaves off."""


class DueRow(Protocol):
    """A row that any worker takes up once its due time (epoch milliseconds) has come."""

    @property
    def due_at_ms(self) -> int | None: ...


Row = TypeVar("Row", bound=DueRow)


class Lease(Generic[Row]):
    """A row that this worker takes on by moving its due time, and keeps by moving it again.

    Workers agree on the due time by the time of day. How much of the lease is left is measured by the steady clock: a
    worker that slept, or whose time of day jumped, notices. `row` is as it was last read or written. `lost` says that
    another worker has the row, or somebody changed it: nothing more is to be done about it here.
    """

    def __init__(
        self,
        row: Row,
        write: Callable[..., Awaitable[Row]],
        *,
        seconds: float,
        clock: Clock,
        renew_after_s: float | None = None,
        left_s: float | None = None,
        stop: asyncio.Event | None = None,
    ) -> None:
        """A lease of `seconds` on a row, which may have been claimed already.

        `write(row, due_at_ms=…, **changes)` changes a row and returns it; it raises ConditionFailed where the row is no
        longer as it was read. The lease is renewed when half of it has passed, or `renew_after_s`. `left_s` is for a
        row whose due time is not to be believed. With `stop`, `keep` says when the worker is to stop.
        """
        self.row: Row = row
        self.lost = False
        self._write = write
        self._seconds = seconds
        self._clock = clock
        self._renew_at_s = seconds / 2 if renew_after_s is None else seconds - renew_after_s
        self._stop = stop
        if left_s is None:
            left_s = min(seconds, ((row.due_at_ms or 0) - clock.now_ms()) / 1000)
        self._ends_at = clock.monotonic() + left_s

    @property
    def left_s(self) -> float:
        """Seconds until other workers may take the row up; not above 0 where they may."""
        return self._ends_at - self._clock.monotonic()

    @property
    def renewal_in_s(self) -> float:
        """Seconds until `keep` renews the lease."""
        return max(0.0, self.left_s - self._renew_at_s)

    async def claim(self, **changes: Any) -> None:
        """Take the row on, or go on with it, for the whole time of the lease. Raises ConditionFailed."""
        began = self._clock.monotonic()
        due_at_ms = self._clock.now_ms() + as_ms(self._seconds)
        try:
            self.row = await self._write(self.row, due_at_ms=due_at_ms, **changes)
        except ConditionFailed:
            self.lost = True
            raise
        self._ends_at = began + self._seconds

    async def keep(self) -> None:
        """Renew the lease if it is time to. Raises WorkerStops, and ConditionFailed where the row is lost."""
        if self._stop is not None and self._stop.is_set():
            raise WorkerStops
        if self.renewal_in_s <= 0:
            await self.claim()

    async def release(self, after_s: float = 0, **changes: Any) -> None:
        """Let any worker take the row up after so many seconds. Where that cannot be written the lease runs out."""
        if self.lost:
            return
        due_at_ms = self._clock.now_ms() + as_ms(after_s)
        try:
            self.row = await self._write(self.row, due_at_ms=due_at_ms, **changes)
        except ConditionFailed:
            self.lost = True
        except Exception as error:
            if not is_outage(error):
                raise
            _log.warning("aws_unavailable", error=f"{type(error).__name__}: {error}", then="the lease runs out")
