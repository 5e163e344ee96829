"""The right to read an inventory's manifest, or one of its data files: for a time, and anew while it is read."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from reelsift.aws.errors import is_outage
from reelsift.aws.table import ConditionFailed
from reelsift.domain.batch import Batch, SourceFile
from reelsift.runtime.clock import now_ms

Claimed = TypeVar("Claimed", Batch, SourceFile)

_log = structlog.get_logger(__name__)


class WorkerStops(Exception):
    """The worker has been told to stop: another one is to begin what it leaves off."""


class Claim(Generic[Claimed]):
    """A claim that is kept by looking at the row again well before others may. `row` is what it was last written as.

    `change` writes fields of a row, refused with ConditionFailed where somebody else has changed its time to look.
    """

    def __init__(
        self, row: Claimed, change: Callable[..., Awaitable[Claimed]], lease_ms: int, stop: asyncio.Event
    ) -> None:
        self.row: Claimed = row
        self._change: Callable[..., Awaitable[Claimed]] = change
        self._lease_ms = lease_ms
        self._stop = stop

    async def keep(self) -> None:
        """Renew the claim once half of it has gone.

        Raises WorkerStops, or ConditionFailed where another worker has the row by now.
        """
        if self._stop.is_set():
            raise WorkerStops
        if (self.row.due_at_ms or 0) - now_ms() < self._lease_ms / 2:
            self.row = await self._change(self.row, due_at_ms=now_ms() + self._lease_ms)

    async def leave(self, due_at_ms: int) -> None:
        """Let any worker begin it from then on. Where that cannot be written the claim runs out by itself."""
        try:
            await self._change(self.row, tries=max(0, self.row.tries - 1), due_at_ms=due_at_ms)
        except ConditionFailed:
            return
        except Exception as error:
            if not is_outage(error):
                raise
            _log.warning("aws_unavailable", error=f"{type(error).__name__}: {error}", then="the claim runs out")
