"""Pseudonyms: put once, told apart by principal and by the name that was typed, erased by deleting a row."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from reelsift.aws.people import People
from support.memory_table import MemoryTable

ANNA = "arn:aws:sts::123456789012:assumed-role/reviewer/anna"
BEN = "arn:aws:sts::123456789012:assumed-role/reviewer/ben"


async def test_a_principal_keeps_its_pseudonym_and_no_two_have_the_same() -> None:
    people = People(MemoryTable("people"))
    anna, ben = await people.pseudonym(ANNA), await people.pseudonym(BEN)
    assert re.fullmatch(r"p-[a-z2-7]{16}", anna)
    assert anna != ben
    assert await people.pseudonym(ANNA) == anna


async def test_a_name_that_is_typed_is_somebody_of_that_principal_only() -> None:
    people = People(MemoryTable("people"))
    named = [await people.pseudonym(principal, "Carla") for principal in (ANNA, BEN)]
    assert len({*named, await people.pseudonym(ANNA), await people.pseudonym(BEN)}) == 4
    assert await people.pseudonym(ANNA, "Carla") == named[0]


class _Late(MemoryTable):
    """Lets others have their turn between a read and what follows it."""

    async def get(self, key: Mapping[str, Any], *, consistent: bool = True) -> dict[str, Any] | None:
        row = await super().get(key, consistent=consistent)
        await asyncio.sleep(0)
        return row


async def test_of_many_who_ask_at_once_all_get_the_same() -> None:
    table = _Late("people")
    asked = await asyncio.gather(*(People(table).pseudonym(ANNA) for _ in range(10)))
    assert len(set(asked)) == 1


async def test_who_is_erased_is_not_found_by_the_pseudonym_any_more() -> None:
    table = MemoryTable("people")
    people = People(table)
    before = await people.pseudonym(ANNA)
    del table.rows[ANNA, "-"]
    assert before not in str(table.rows)
    assert await people.pseudonym(ANNA) != before
