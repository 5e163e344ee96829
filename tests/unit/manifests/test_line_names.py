"""Batches and lines have names that tables can hold, and no two rows of a batch share one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.manifests.line_names import Arrival, check_batch_id, check_line_name, file_names


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("nightly.csv", "nightly.csv"),
        ("/home/ada/nightly.csv", "nightly.csv"),
        ("s3://abc/lists/nightly.csv", "nightly.csv"),
        ("s3://abc/clips/2026/", "2026"),
        ("-", "-"),
        ("", "-"),
        ("tab\there.csv", "tab?here.csv"),
        ("é" * 600, "é" * 240),
    ],
)
def test_rows_are_named_after_the_last_part_of_their_source(source: str, name: str) -> None:
    assert file_names([source]) == [name]


def test_sources_that_end_alike_are_told_apart() -> None:
    assert file_names(["a/x.csv", "b/x.csv", "x.csv~2", "c/x.csv"]) == ["x.csv", "x.csv~2", "x.csv~2~2", "x.csv~3"]


@given(st.lists(st.text(st.characters(), max_size=600), max_size=5))
def test_every_source_gets_its_own_name_that_a_line_can_bear(sources: list[str]) -> None:
    names = file_names(sources)
    assert len(set(names)) == len(sources)
    for name in names:
        check_line_name(f"{name}:{10**18}")


@pytest.mark.parametrize("batch_id", ["", "-a", "a#b", "a/b", "a b", "a\n", "ü", "a" * 129])
def test_a_batch_id_that_would_break_a_table_key_is_refused(batch_id: str) -> None:
    with pytest.raises(ValueError, match="batch id"):
        check_batch_id(batch_id)


def test_lines_pushed_without_a_batch_belong_to_their_day_in_utc() -> None:
    assert Arrival("m", 1_785_455_999_999).batch_id == "direct-2026-07-30"
    assert Arrival("m", 1_785_456_000_000).batch_id == "direct-2026-07-31"


def test_fifty_thousand_sources_of_one_name_are_told_apart_at_once() -> None:
    names = file_names(["a", "a~3", *["a"] * 50_000])
    assert names[:5] == ["a", "a~3", "a~2", "a~4", "a~5"]
    assert len(set(names)) == 50_002
