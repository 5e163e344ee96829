"""The slots table: one row for each Rekognition job the account may have open.

There is no counter, so none can leak: a slot is free, reserved for a moment, held by one attempt, or blocked.
"""

import random
from dataclasses import dataclass
from typing import Any

from reelsift.aws.table import ConditionFailed, Item, Table
from reelsift.domain.job import Attempt, Job, Reserved

BLOCK_FIRST_MS = 1_000
BLOCK_LIMIT_MS = 60_000
"""A block is 1 s, doubling to 60 s. A row that says longer was written by a wrong clock and is not believed: at
worst Rekognition refuses once more."""

_NOBODYS = (
    "attribute_not_exists(#holder)"
    " AND (attribute_not_exists(#reserved_until) OR #reserved_until <= :now OR #reserved_by = :owner)"
)

_FREE = (
    f"{_NOBODYS} AND (attribute_not_exists(#blocked_until) OR #blocked_until <= :now OR #blocked_until > :block_limit)"
)

_BLOCKED = "attribute_not_exists(#holder) AND #blocked_until > :now AND #blocked_until <= :block_limit"

_TAKEN = (
    "attribute_exists(#holder) OR #reserved_until > :now OR (#blocked_until > :now AND #blocked_until <= :block_limit)"
)
"""What makes a reservation hopeless: the rows that `_FREE` refuses to anybody but their own reserver."""

_MONEY = "#cost, #cost_batch, #cost_day"
"""What the holder has reserved of budgets."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A row as it was read. Times are epoch milliseconds; `block_ms` is how long the last block lasted; `reserved` is
    what the holder has reserved of budgets.
    """

    number: int
    holder: str | None = None
    held_since_ms: int = 0
    reserved_until_ms: int = 0
    blocked_until_ms: int = 0
    block_ms: int = 0
    reserved: Reserved = Reserved()

    def blocked(self, now_ms: int) -> bool:
        return self.holder is None and now_ms < self.blocked_until_ms <= now_ms + BLOCK_LIMIT_MS


class Slots:
    """Reads and conditional writes of the slots; what belongs into a job's transaction is returned as its item."""

    def __init__(self, table: Table) -> None:
        self.table = table

    async def all(self) -> list[Slot]:
        """Every row there is, in order. A missing row is a free slot; the table has as many rows as the quota."""
        return sorted([_slot(row) async for row in self.table.scan()], key=lambda slot: slot.number)

    async def free_numbers(self, quota: int, now_ms: int) -> list[int]:
        """The slots below `quota` that a reservation has a chance of, in order.

        Only hints: the conditional write decides.
        """
        taken = self.table.scan(
            filter_expression=_TAKEN,
            attributes=("slot",),
            now=now_ms,
            block_limit=now_ms + BLOCK_LIMIT_MS,
        )
        numbers = {row["slot"] async for row in taken}
        return [number for number in range(quota) if number not in numbers]

    async def blocked_numbers(self, quota: int, now_ms: int) -> list[int]:
        """The slots below `quota` that would be free if they were not blocked, in order. Only hints as well."""
        blocked = self.table.scan(
            filter_expression=_BLOCKED,
            attributes=("slot",),
            now=now_ms,
            block_limit=now_ms + BLOCK_LIMIT_MS,
        )
        return sorted([row["slot"] async for row in blocked if row["slot"] < quota])

    async def reserve(
        self, number: int, owner: str, *, now_ms: int, until_ms: int, blocked: bool = False
    ) -> Slot | None:
        """Take a slot, or keep a reservation of one's own, until `until_ms`. None where somebody else has it.

        A reservation may expire because nothing is started under it; a held slot never does. `blocked` ends a block
        too: that is advice, and Rekognition decides. How long it was stays in the row, so that the next is longer.
        """
        block = {} if blocked else {"block_limit": now_ms + BLOCK_LIMIT_MS}
        try:
            row = await self.table.update_and_read(
                {"slot": number},
                "SET #reserved_by = :owner, #reserved_until = :until" + (" REMOVE #blocked_until" if blocked else ""),
                _NOBODYS if blocked else _FREE,
                owner=owner,
                until=until_ms,
                now=now_ms,
                **block,
            )
        except ConditionFailed:
            return None
        return _slot(row)

    async def release(self, number: int, owner: str) -> None:
        """Give a reservation back. No harm where it has expired and gone to another."""
        try:
            await self.table.update(
                {"slot": number},
                "REMOVE #reserved_by, #reserved_until",
                "#reserved_by = :owner AND attribute_not_exists(#holder)",
                owner=owner,
            )
        except ConditionFailed:
            return

    def bind_item(self, number: int, owner: str, job: Job, *, now_ms: int) -> Item:
        """The slot's half of the transaction that binds a reserved slot to the current attempt of a job."""
        money = {"cost": job.reserved.micros or None, "cost_batch": job.reserved.batch_id, "cost_day": job.reserved.day}
        known = {name: value for name, value in money.items() if value is not None}
        return self.table.transact_update(
            {"slot": number},
            "SET "
            + ", ".join(["#holder = :holder", "#held_since = :now", *(f"#{name} = :{name}" for name in known)])
            + " REMOVE #reserved_by, #reserved_until, #blocked_until",
            "#reserved_by = :owner AND attribute_not_exists(#holder)",
            holder=str(job.current),
            owner=owner,
            now=now_ms,
            **known,
        )

    def free_item(self, number: int, attempt: Attempt) -> Item:
        """The slot's half of a transition that ends an attempt: free for whoever comes, and no longer distrusted."""
        return self.table.transact_update(
            {"slot": number},
            f"REMOVE #holder, #held_since, #blocked_until, #block_ms, {_MONEY}",
            "#holder = :holder",
            holder=str(attempt),
        )

    def hand_over_item(self, number: int, attempt: Attempt, owner: str, *, until_ms: int) -> Item:
        """As `free_item`, but reserved at once for the worker that saw the end: no other need find the slot first."""
        return self.table.transact_update(
            {"slot": number},
            "SET #reserved_by = :owner, #reserved_until = :until"
            f" REMOVE #holder, #held_since, #blocked_until, #block_ms, {_MONEY}",
            "#holder = :holder",
            holder=str(attempt),
            owner=owner,
            until=until_ms,
        )

    def block_item(self, number: int, attempt: Attempt, *, now_ms: int, block_ms: int) -> Item:
        """The slot's half of a refused Start: somebody else in the account has it, so leave it alone for a while."""
        return self.table.transact_update(
            {"slot": number},
            f"SET #blocked_until = :until, #block_ms = :block REMOVE #holder, #held_since, {_MONEY}",
            "#holder = :holder",
            holder=str(attempt),
            until=now_ms + block_ms,
            block=block_ms,
        )


def next_block_ms(last_ms: int) -> int:
    """The next block of a slot blocked for `last_ms` before (0: never), with jitter, so that blocked slots do not
    all come back to Rekognition in the same instant.
    """
    longest = min(BLOCK_LIMIT_MS, max(BLOCK_FIRST_MS, last_ms * 2))
    return int(longest * random.uniform(0.75, 1.0))  # noqa: S311 - not a secret


def _slot(row: dict[str, Any]) -> Slot:
    return Slot(
        number=row["slot"],
        holder=row.get("holder"),
        held_since_ms=row.get("held_since", 0),
        reserved_until_ms=row.get("reserved_until", 0),
        blocked_until_ms=row.get("blocked_until", 0),
        block_ms=row.get("block_ms", 0),
        reserved=Reserved(row.get("cost", 0), row.get("cost_batch"), row.get("cost_day")),
    )
