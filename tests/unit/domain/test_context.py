"""What a line brings along about its video: as much as there is room for, and never the same thing cut twice."""

import json

from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.context import (
    ALL,
    LEFT_OUT,
    MOST_BYTES,
    NAMES,
    Context,
    context_text,
    fitted,
    read_context_text,
)

WORDS = st.text(max_size=300) | st.sampled_from(["\ud800", "a,b", "x" * 3000, "ü" * 1500, ""])
CONTEXTS = st.dictionaries(st.sampled_from([*NAMES, LEFT_OUT, "a,b", "other"]) | WORDS, WORDS, max_size=12)


def size(context: Context | None) -> int:
    members = {name: text for name, text in (context or {}).items() if name != LEFT_OUT}
    return len((context_text(members) or "").encode())


@given(CONTEXTS, CONTEXTS, st.lists(WORDS, max_size=3))
def test_it_fits_and_to_fit_it_again_changes_nothing(own: Context, more: Context, left_out: list[str]) -> None:
    context = fitted(own, more, left_out=left_out)
    assert size(context) <= MOST_BYTES
    assert len((context or {}).get(LEFT_OUT, "")) <= 202
    assert read_context_text(context_text(context)) == context
    if context is not None:
        assert list(fitted(context) or {}) == list(context)
        # What metadata add is added each time that the object is looked at.
        assert fitted(context, more) == context
        assert fitted(context) == context


@given(CONTEXTS, CONTEXTS)
def test_nothing_that_a_second_source_says_replaces_what_the_first_one_says(own: Context, more: Context) -> None:
    alone, together = fitted(own) or {}, fitted(own, more) or {}
    assert {name: together[name] for name in alone if name != LEFT_OUT} == {
        name: text for name, text in alone.items() if name != LEFT_OUT
    }


@given(st.dictionaries(st.text("abc", min_size=1), st.text("xyzü", max_size=20), max_size=20))
def test_what_has_room_is_there(given_: Context) -> None:
    assert (fitted(given_) or {}) == given_


def test_where_not_all_fits_the_documented_names_come_first_and_what_is_missing_is_named() -> None:
    given_ = {"notes": "n" * 1000, "title": "t" * 1000, "owner": "u-17", "blob": "b" * 4000}
    assert fitted(given_) == {"title": "t" * 1000, "owner": "u-17", "notes": "n" * 1000, LEFT_OUT: "blob"}
    assert fitted(given_ | {"notes": "n" * 1100}) == {"title": "t" * 1000, "owner": "u-17", LEFT_OUT: "notes,blob"}


def test_a_member_fits_to_the_last_byte_of_its_json() -> None:
    room = MOST_BYTES - len(json.dumps({"title": ""}, separators=(",", ":")))
    assert fitted({"title": "t" * room}) == {"title": "t" * room}
    assert fitted({"title": "t" * (room + 1)}) == {LEFT_OUT: "title"}


def test_nothing_is_no_context_and_what_is_none_at_all_is_said() -> None:
    assert fitted({}) is None
    assert fitted() is None
    assert fitted(left_out=(ALL,)) == {LEFT_OUT: "*"}


def test_names_of_what_is_missing_are_few_and_short() -> None:
    missing = fitted(left_out=["a,b", "x" * 100, *(f"member {number}" for number in range(100))])
    assert missing is not None
    assert missing[LEFT_OUT].startswith(f"a b,{'x' * 40},member 0,")
    assert missing[LEFT_OUT].endswith(",…")
