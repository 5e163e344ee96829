"""The cases that the developer guide lists for writes of a global secondary index."""

from typing import Any

from rekognition_cloud.metering.index_entry import Index

ALL = Index("open", ("open", "due_at"), ("id",), None)
KEYS_ONLY = Index("open", ("open", "due_at"), ("id",), frozenset())


def item(size: int = 0, due_at: str | None = None, state: str = "") -> dict[str, Any]:
    """An item with a body of so many bytes; with both parts of the index's key where it is to be looked at."""
    key = {} if due_at is None else {"open": {"S": "job"}, "due_at": {"S": due_at}}
    return {"id": {"S": "1"}, "body": {"S": "x" * size}, "state": {"S": state}, **key}


def test_an_entry_that_comes_or_goes_is_one_write_of_its_size() -> None:
    large = item(1100, "1")
    assert ALL.write_units(None, large) == 2
    assert ALL.write_units(item(1100), large) == 2
    assert ALL.write_units(large, item(1100)) == 2
    assert ALL.write_units(large, None) == 2


def test_an_item_without_the_whole_key_has_no_entry() -> None:
    assert ALL.write_units(None, {"id": {"S": "1"}, "open": {"S": "job"}}) == 0
    assert ALL.write_units(item(), item(2000)) == 0


def test_another_key_is_a_delete_and_a_put() -> None:
    assert ALL.write_units(item(0, "1"), item(1100, "2")) == 1 + 2


def test_a_change_of_what_is_projected_is_one_write_of_the_larger() -> None:
    assert ALL.write_units(item(1100, "1"), item(0, "1")) == 2


def test_a_change_of_what_is_not_projected_is_none() -> None:
    assert KEYS_ONLY.write_units(item(1100, "1"), item(0, "1")) == 0
    assert ALL.write_units(item(0, "1"), item(0, "1")) == 0


def test_an_entry_is_as_large_as_what_is_projected() -> None:
    assert KEYS_ONLY.write_units(item(5000, "1"), item(5000, "2")) == 1 + 1
    named = Index("open", ("open", "due_at"), ("id",), frozenset({"body"}))
    assert named.write_units(None, item(5000, "1", "x" * 5000)) == 5
