"""The open index of the batches table: what is not done yet, by when it is due."""

from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import structlog

from reelsift.aws.table import Table

OPEN_INDEX = "open"
"""Sparse index of what is not done yet, by when it is due. Its partitions: `inventory` (manifests to read), `file`
(data files to split into chunks), `unsent#<batch>` (chunks of which nothing was sent), `chunk` (chunks that are being
worked on), `report` (chunks that are done, to be reported), `batch` (batches under way), `direct` (batches of
lines that no manifest names, by when they may have rested), `walk#<batch>` (parts of the archive that a re-evaluation
is to walk), `completing` (batches whose report is to be written).
"""

UNREADABLE_KNOWN = 10_000
"""Unreadable rows that are remembered at a time, so that each is logged once."""

_Row = TypeVar("_Row")

_log = structlog.get_logger(__name__)


class OpenIndex:
    """Reads of the open index. They may lag behind the rows by a moment."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._unreadable: set[tuple[str, str]] = set()

    async def all(
        self, partition: str, read: Callable[[dict[str, Any]], _Row], *, limit: int | None = None
    ) -> list[_Row]:
        """What stands in a partition, those first whose time comes first."""
        rows = self._table.query("#open = :open", index=OPEN_INDEX, limit=limit, open=partition)
        return await self.readable(rows, read)

    async def due(
        self, partition: str, read: Callable[[dict[str, Any]], _Row], *, now_ms: int, limit: int
    ) -> list[_Row]:
        """What stands in a partition and whose time has come."""
        rows = self._table.query(
            "#open = :open AND #due_at <= :now", index=OPEN_INDEX, limit=limit, open=partition, now=now_ms
        )
        return await self.readable(rows, read)

    async def count(self, partition: str, *, at_most: int | None = None) -> int:
        """How much stands in a partition; `at_most` where that is more, for then no more of it is read."""
        return await self._table.count("#open = :open", index=OPEN_INDEX, at_most=at_most, open=partition)

    async def readable(self, rows: AsyncIterator[dict[str, Any]], read: Callable[[dict[str, Any]], _Row]) -> list[_Row]:
        """What rows of an index say. A row that a later version has written, or somebody edited, is logged once and
        left out: it must not keep the others from being seen.
        """
        found: list[_Row] = []
        async for row in rows:
            try:
                found.append(read(row))
            except (KeyError, TypeError, ValueError) as error:
                self._log_once(row["batch_id"], row["part"], error)
        return found

    def _log_once(self, batch_id: str, part: str, error: Exception) -> None:
        if (batch_id, part) in self._unreadable:
            return
        if len(self._unreadable) >= UNREADABLE_KNOWN:
            self._unreadable.clear()
        self._unreadable.add((batch_id, part))
        _log.error("row_unreadable", batch=batch_id, part=part, error=f"{type(error).__name__}: {error}")
