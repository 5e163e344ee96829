"""The secrets table: what draws are made by."""

import secrets

from reelsift.aws.table import ConditionFailed, Table
from reelsift.domain.draws import SECRET_BYTES

_KEY = {"name": "draws"}


class DrawSecret:
    """32 random bytes that every worker of a deployment has, and nobody who uploads. The first that needs them makes
    them. Who could read them would know which videos nobody looks at; who changed them would draw all anew.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self._value: bytes | None = None

    async def get(self) -> bytes:
        """The secret, made now if there is none. Read once by each process."""
        if self._value is None:
            self._value = await self._read() or await self._make()
        return self._value

    async def _read(self) -> bytes | None:
        row = await self.table.get(_KEY)
        return bytes.fromhex(row["value"]) if row else None

    async def _make(self) -> bytes:
        made = secrets.token_bytes(SECRET_BYTES)
        try:
            await self.table.put(_KEY | {"value": made.hex()}, "attribute_not_exists(#name)")
        except ConditionFailed:
            stored = await self._read()
            assert stored is not None  # noqa: S101 -- another process has just made it, and none deletes it
            return stored
        return made
