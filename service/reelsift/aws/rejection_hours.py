"""Rows of the batches table that count what machines have rejected, hour by hour."""

from reelsift.aws.table import Item, Table
from reelsift.domain.brake import USUAL_HOURS

_PARTITION = "policy"
_HOUR = "rejected#"

HOURS_KEPT = 2 * USUAL_HOURS
"""Rows of hours that are longer ago are deleted."""


class RejectionHours:
    """One row an hour that had any. A rejection is counted in the transaction that makes it, so that none is counted
    twice, and none is made beyond the limit, whoever dies or is late.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    async def counts(self, hour: int) -> dict[int, int]:
        """The rejections of an hour (hours since the epoch) and of those before it, as far as they had any. What is too
        long ago to matter is deleted.
        """
        rows = self._table.query(
            "#batch_id = :policy AND begins_with(#part, :rejected)", policy=_PARTITION, rejected=_HOUR
        )
        counts = {int(row["part"].removeprefix(_HOUR)): row["rejections"] async for row in rows}
        old = [each for each in counts if each < hour - HOURS_KEPT]
        if old:
            await self._table.write_many(deletes=[_key(each) for each in old])
        return {each: count for each, count in counts.items() if hour - HOURS_KEPT <= each <= hour}

    async def count(self, hour: int) -> int:
        """The rejections of an hour."""
        row = await self._table.get(_key(hour))
        return 0 if row is None else int(row["rejections"])

    def counting(self, hour: int, *, most: int) -> Item:
        """For the transaction that makes a rejection: holds only where the hour has fewer than `most`."""
        return self._table.transact_update(
            _key(hour),
            "ADD #rejections :one",
            "attribute_not_exists(#rejections) OR #rejections < :most",
            one=1,
            most=most,
        )


def _key(hour: int) -> dict[str, str]:
    return {"batch_id": _PARTITION, "part": f"{_HOUR}{hour:09d}"}
