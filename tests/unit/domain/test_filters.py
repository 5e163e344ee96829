"""Filters: what an object lacks, and which objects a sample takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.filters import VIDEO_SUFFIXES, Filters, Lack, Sieve

KEYS = st.text(max_size=30)


@given(KEYS, st.none() | st.integers(0), st.none() | st.integers(0))
def test_who_asks_nothing_takes_everything(key: str, size: int | None, modified_ms: int | None) -> None:
    assert Sieve(Filters()).missing("bucket", key, size, modified_ms) is None


@pytest.mark.parametrize(
    ("glob", "matched", "others"),
    [
        ("*.mp4", ["a.mp4", "in/deep/a.mp4"], ["a.mp4.txt", "a.MP4"]),
        ("in/*", ["in/a", "in/deep/a", "in/line\nbreak"], ["a", "other/in/a", "IN/a"]),
        ("in/?.mp4", ["in/a.mp4", "in/ü.mp4"], ["in/ab.mp4", "in/.mp4"]),
        ("[ab]/[!c]*", ["a/d", "b/bc"], ["c/d", "a/c", "a/"]),
        ("100%(x)+.mp4", ["100%(x)+.mp4"], ["100%x.mp4"]),
    ],
)
def test_a_glob_is_of_the_whole_key_and_its_star_crosses_slashes(
    glob: str, matched: list[str], others: list[str]
) -> None:
    sieve = Sieve(Filters(globs=(glob,)))
    assert [key for key in [*matched, *others] if sieve.lack(key) is None] == matched
    assert {sieve.lack(key) for key in others} == {Lack.GLOB}


def test_of_several_globs_and_suffixes_one_is_enough() -> None:
    sieve = Sieve(Filters(globs=("a/*", "b/*"), suffixes=(".mp4", ".mov")))
    assert [sieve.lack(key) for key in ("a/x.mp4", "b/x.MOV", "c/x.mp4", "a/x.txt")] == [
        None,
        None,
        Lack.GLOB,
        Lack.SUFFIX,
    ]


def test_suffixes_are_those_of_the_list_s_kind_unless_they_are_given() -> None:
    assert Sieve(Filters(), VIDEO_SUFFIXES).lack("a.avi") is Lack.SUFFIX
    assert Sieve(Filters(), VIDEO_SUFFIXES).lack("a.M4V") is None
    assert Sieve(Filters(suffixes=(".avi",)), VIDEO_SUFFIXES).lack("a.avi") is None
    assert Sieve(Filters(suffixes=()), VIDEO_SUFFIXES).lack("a.avi") is None


def test_both_ends_of_a_range_belong_to_it_and_what_is_not_known_is_not_asked() -> None:
    sieve = Sieve(Filters(min_size=10, max_size=20, modified_after_ms=100, modified_before_ms=200))
    assert [sieve.lack("k", size, 150) for size in (9, 10, 20, 21, None)] == [Lack.SIZE, None, None, Lack.SIZE, None]
    assert [sieve.lack("k", 15, time) for time in (99, 100, 200, 201, None)] == [
        Lack.MODIFIED,
        None,
        None,
        Lack.MODIFIED,
        None,
    ]


@given(KEYS, st.floats(0.01, 100), st.floats(0.01, 100))
def test_what_a_smaller_sample_takes_a_larger_one_takes_too(key: str, one: float, other: float) -> None:
    smaller, larger = sorted((one, other))
    taken = [Sieve(Filters(sample=part)).samples("bucket", key) for part in (smaller, larger, 100)]
    assert taken == sorted(taken)
    assert taken[-1]


def test_a_sample_takes_its_part_the_same_in_each_process() -> None:
    sieve = Sieve(Filters(sample=1))
    taken = [number for number in range(20_000) if sieve.samples("bucket", f"{number}.mp4")]
    assert 150 < len(taken) < 250
    assert taken[:3] == [121, 180, 301]
    assert sieve.missing("bucket", f"{taken[0]}.mp4") is None
    assert sieve.missing("bucket", f"{taken[0] + 1}.mp4") is Lack.SAMPLE
