"""Budgets: rows of the batches table, written in the transactions that start and end attempts."""

from collections.abc import Mapping

from reelsift.aws.table import Item, Table
from reelsift.domain.budget import Account, Budget, batch_account, day_account
from reelsift.domain.job import Reserved

BATCH_BUDGET, DAY_BUDGET = "batch budget", "day budget"
"""The parts of a transaction that concern money."""


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

    def reserve_items(self, reserved: Reserved, rooms: Mapping[str, int]) -> dict[str, Item]:
        """For the transaction that starts an attempt, by part: reserve an amount of each of its budgets. A part is
        refused where more than its room is committed already.
        """
        return {
            part: self._table.transact_update(
                _key(account),
                "ADD #reserved :amount, #committed :amount",
                f"{'attribute_not_exists(#committed) OR ' if rooms[part] >= 0 else ''}#committed <= :room",
                amount=reserved.micros,
                room=rooms[part],
            )
            for part, account in _accounts(reserved).items()
        }

    def settle_items(self, reserved: Reserved, spent: int) -> dict[str, Item]:
        """For the transaction that ends an attempt, by part: what it had reserved is free again, but for what it spent
        (millionths of a dollar).
        """
        return {
            part: self._table.transact_update(
                _key(account),
                "ADD #reserved :reserved, #spent :spent, #committed :committed",
                reserved=-reserved.micros,
                spent=spent,
                committed=spent - reserved.micros,
            )
            for part, account in _accounts(reserved).items()
        }

    async def _get(self, account: Account) -> Budget:
        row = await self._table.get(_key(account)) or {}
        return Budget(row.get("reserved", 0), row.get("spent", 0))


def _accounts(reserved: Reserved) -> dict[str, Account]:
    """The budgets that an attempt has reserved of, by their part in a transaction."""
    accounts: dict[str, Account] = {}
    if reserved.batch_id is not None:
        accounts[BATCH_BUDGET] = batch_account(reserved.batch_id)
    if reserved.day is not None:
        accounts[DAY_BUDGET] = day_account(reserved.day)
    return accounts


def _key(account: Account) -> dict[str, str]:
    return {"batch_id": account.batch_id, "part": account.part}
