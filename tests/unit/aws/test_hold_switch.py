"""The switch of a deployment and its audit: what is held is what the entries say, and none of them is missing."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from reelsift.aws.hold_switch import HoldSwitch
from reelsift.domain.hold import Hold, HoldEntry, Kind
from support.memory_table import MemoryTable

KINDS = st.lists(st.sampled_from(Kind), min_size=1, max_size=4)


def switch() -> HoldSwitch:
    return HoldSwitch(MemoryTable("batches"))


async def test_a_hold_says_who_holds_since_when_and_why_until_it_is_released() -> None:
    held = switch()
    assert await held.read() == {}
    assert await held.hold([Kind.TAGS, Kind.STARTS], by="arn:anna", note="bill", now_ms=7) == (Kind.STARTS, Kind.TAGS)
    assert await held.read() == {
        Kind.STARTS: Hold(Kind.STARTS, "arn:anna", 7, "bill"),
        Kind.TAGS: Hold(Kind.TAGS, "arn:anna", 7, "bill"),
    }
    assert await held.release([Kind.STARTS], by="arn:ben", note="", now_ms=9) == (Kind.STARTS,)
    assert list(await held.read()) == [Kind.TAGS]
    assert await held.entries(10) == [
        HoldEntry(2, held=False, kinds=(Kind.STARTS,), by="arn:ben", at_ms=9),
        HoldEntry(1, held=True, kinds=(Kind.STARTS, Kind.TAGS), by="arn:anna", at_ms=7, note="bill"),
    ]


async def test_what_is_held_already_stays_by_whom_it_was_and_makes_no_entry() -> None:
    held = switch()
    await held.hold([Kind.EVENTS], by="arn:anna", note="first", now_ms=1)
    assert await held.hold([Kind.EVENTS], by="arn:ben", note="second", now_ms=2) == ()
    assert await held.release([Kind.TAGS], by="arn:ben", note="", now_ms=3) == ()
    assert (await held.read())[Kind.EVENTS].by == "arn:anna"
    assert [entry.number for entry in await held.entries(10)] == [1]


async def test_of_people_who_turn_it_at_the_same_moment_each_has_their_entry() -> None:
    held = switch()
    await asyncio.gather(*(held.hold([kind], by=f"arn:{kind}", note="", now_ms=1) for kind in Kind))
    assert {kind: hold.by for kind, hold in (await held.read()).items()} == {kind: f"arn:{kind}" for kind in Kind}
    assert sorted(entry.number for entry in await held.entries(10)) == [1, 2, 3]


@given(st.lists(st.tuples(st.booleans(), KINDS), max_size=12))
def test_the_entries_from_the_first_on_lead_to_what_is_held(turns: list[tuple[bool, list[Kind]]]) -> None:
    async def turned() -> tuple[set[Kind], list[HoldEntry]]:
        held = switch()
        for at_ms, (hold, kinds) in enumerate(turns):
            await (held.hold if hold else held.release)(kinds, by="arn:me", note="", now_ms=at_ms)
        return set(await held.read()), await held.entries(100)

    held, entries = asyncio.run(turned())
    followed: set[Kind] = set()
    for entry in reversed(entries):
        assert entry.kinds
        assert followed.isdisjoint(entry.kinds) is entry.held, "an entry changes each of its kinds"
        followed = followed | set(entry.kinds) if entry.held else followed - set(entry.kinds)
    assert followed == held
    assert [entry.number for entry in entries] == list(range(len(entries), 0, -1))
