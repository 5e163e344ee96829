"""The row of the batches table by which people see whether a worker runs."""

from reelsift.aws.table import Table
from reelsift.domain.presence import Presence

_KEY = {"batch_id": "workers", "part": "presence"}


class Workers:
    """The trace that running workers leave.

    One row for all of them: how many there are the platform knows, and a row a worker would have to be deleted after
    those that were killed.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    async def report(self, worker: str, *, now_ms: int) -> None:
        """Say that a worker runs and gets its steps done: one write unit."""
        await self._table.update(_KEY, "SET #seen_ms = :now, #seen_worker = :worker", now=now_ms, worker=worker)

    async def presence(self, *, now_ms: int) -> Presence:
        """When a worker last reported."""
        row = await self._table.get(_KEY) or {}
        return Presence(row.get("seen_ms"), now_ms)
