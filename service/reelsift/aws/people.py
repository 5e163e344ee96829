"""The people table: which pseudonym stands for whom. Decisions hold pseudonyms only, so deleting a row here erases the
person from all of them.
"""

import base64
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass

from reelsift.aws.table import ConditionFailed, Table

LONGEST_NAME = 100
"""Characters of a name that was typed."""

_NOBODY_NAMED = "-"
"""The sort key of the principal's own row. No name that is typed begins so."""

_RANDOM_BYTES = 10

PSEUDONYM = re.compile(r"p-[a-z2-7]{16}")
"""What a pseudonym looks like, as a whole."""


@dataclass(frozen=True, slots=True)
class Known:
    """Whose a pseudonym is: an identity (ARN), or with a `name` whoever that was typed for under it."""

    principal: str
    name: str | None
    pseudonym: str


class People:
    """Random pseudonyms, put once. Who may not read this table learns no name from any other."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def pseudonym(self, principal: str, named: str | None = None) -> str:
        """The pseudonym of a principal, or of a name that was typed under it; made where there is none yet.

        `principal` is an ARN. Of several who ask for the first time at once, all get the same.
        """
        key = _key(principal, named)
        row = await self._table.get(key)
        while row is None:
            with suppress(ConditionFailed):
                await self._table.put(key | {"pseudonym": _random()}, "attribute_not_exists(#principal)")
            # Read in either case: it may have been erased meanwhile, and is then put anew.
            row = await self._table.get(key)
        return str(row["pseudonym"])

    async def find(self, person: str) -> list[Known]:
        """Who is meant by an identity (ARN), a pseudonym, or a name that was typed: of an identity with all names that
        were typed under it. It reads the whole table, which has a row a person.
        """
        return [known for known in await self.everybody() if person in {known.principal, known.name, known.pseudonym}]

    async def everybody(self) -> list[Known]:
        """Everybody who has a pseudonym. It reads the whole table, which has a row a person."""
        return [
            Known(row["principal"], None if row["name"] == _NOBODY_NAMED else row["name"], row["pseudonym"])
            async for row in self._table.scan()
        ]

    async def erase(self, known: Known) -> bool:
        """Delete whose a pseudonym is. False where somebody has done so before."""
        try:
            await self._table.delete(
                _key(known.principal, known.name), "#pseudonym = :pseudonym", pseudonym=known.pseudonym
            )
        except ConditionFailed:
            return False
        return True


def _key(principal: str, named: str | None) -> dict[str, str]:
    return {"principal": principal, "name": _NOBODY_NAMED if named is None else named}


def _random() -> str:
    return "p-" + base64.b32encode(secrets.token_bytes(_RANDOM_BYTES)).decode("ascii").lower()
