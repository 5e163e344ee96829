"""Budgets: rows of the batches table, written in the transactions that start and end attempts."""

from typing import Any

from reelsift.aws.table import Table
from reelsift.domain.budget import Account, Budget, batch_account, day_account
from reelsift.domain.job import Reserved


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

    def settle_items(self, reserved: Reserved, spent: int) -> list[dict[str, Any]]:
        """For the transaction that ends an attempt: what it had reserved is free again, but for what it spent."""
        return [
            self._table.transact_update(
                _key(account),
                "ADD #reserved :reserved, #spent :spent, #committed :committed",
                reserved=-reserved.micros,
                spent=spent,
                committed=spent - reserved.micros,
            )
            for account in _accounts(reserved)
        ]

    async def _get(self, account: Account) -> Budget:
        row = await self._table.get(_key(account)) or {}
        return Budget(row.get("reserved", 0), row.get("spent", 0))


def _accounts(reserved: Reserved) -> list[Account]:
    accounts: list[Account] = []
    if reserved.batch_id is not None:
        accounts.append(batch_account(reserved.batch_id))
    if reserved.day is not None:
        accounts.append(day_account(reserved.day))
    return accounts


def _key(account: Account) -> dict[str, str]:
    return {"batch_id": account.batch_id, "part": account.part}
