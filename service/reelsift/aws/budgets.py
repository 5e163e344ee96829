"""Budgets: rows of the batches table, written in the transactions that start and end attempts."""

from typing import Any, Protocol

from reelsift.aws.table import Table
from reelsift.domain.budget import Account, Budget, batch_account, day_account


class Reserving(Protocol):
    """What knows of an attempt's reservation: the row of its job, and that of its slot."""

    @property
    def reserved_micros(self) -> int: ...
    @property
    def reserved_batch(self) -> str | None: ...
    @property
    def reserved_day(self) -> str | None: ...


class Budgets:
    """What batches and days have reserved and spent, in millionths of a dollar.

    A row says `reserved`, `spent`, and `committed`, their sum: one condition on that decides, whoever else reserves.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    async def of_batch(self, batch_id: str) -> Budget:
        """Where the budget of a batch stands; all zero where it has none."""
        return await self._get(batch_account(batch_id))

    async def of_day(self, day: str) -> Budget:
        """Where the budget of a day (ISO date, UTC) stands; all zero where there is none."""
        return await self._get(day_account(day))

    def reserve_item(self, account: Account, amount: int, *, room: int) -> dict[str, Any]:
        """For a transaction: reserve an amount. Refused where more than `room` is committed already."""
        row_missing = "attribute_not_exists(#committed) OR " if room >= 0 else ""
        return self._table.transact_update(
            _key(account),
            "ADD #reserved :amount, #committed :amount",
            f"{row_missing}#committed <= :room",
            amount=amount,
            room=room,
        )

    def settle_items(self, attempt: Reserving, spent: int) -> list[dict[str, Any]]:
        """For the transaction that ends an attempt: what it had reserved is free again, but for what it spent."""
        return [
            self._table.transact_update(
                _key(account),
                "ADD #reserved :reserved, #spent :spent, #committed :committed",
                reserved=-attempt.reserved_micros,
                spent=spent,
                committed=spent - attempt.reserved_micros,
            )
            for account in _accounts(attempt)
        ]

    async def _get(self, account: Account) -> Budget:
        row = await self._table.get(_key(account)) or {}
        return Budget(row.get("reserved", 0), row.get("spent", 0))


def _accounts(attempt: Reserving) -> list[Account]:
    accounts: list[Account] = []
    if attempt.reserved_batch is not None:
        accounts.append(batch_account(attempt.reserved_batch))
    if attempt.reserved_day is not None:
        accounts.append(day_account(attempt.reserved_day))
    return accounts


def _key(account: Account) -> dict[str, str]:
    return {"batch_id": account.batch_id, "part": account.part}
