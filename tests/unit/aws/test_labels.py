"""What is written of a video so that it is found, and what is taken away again."""

import json
from dataclasses import replace
from typing import Any

import pytest

from reelsift.aws.labels import LONGEST_KEY, STORED_LABELS, Labels, item_names
from reelsift.domain.analyses.spec import FoundBy
from reelsift.domain.analysis import Analysis
from reelsift.domain.labels import summarise
from reelsift.domain.read_words import MOST_WORDS
from reelsift.domain.segments import Segment
from support.jobs import VIDEO, make_job
from support.memory_table import MemoryTable

UNIT_BYTES = 1024
"""A write unit (DynamoDB)."""


def read(text: str, confidence: float = 90.0, peak_ms: int = 0, **spellings: int) -> Segment:
    details = {"spellings": spellings} if spellings else {}
    return Segment(Analysis.TEXT, text, (), peak_ms, peak_ms + 500, 1, confidence, confidence, peak_ms, details)


@pytest.fixture
def table() -> MemoryTable:
    return MemoryTable("labels")


async def put(table: MemoryTable, *segments: Segment, attempt: int = 1, with_words: bool = True) -> None:
    job = make_job(analysis=segments[0].analysis if segments else Analysis.TEXT, attempt=attempt)
    await Labels(table, with_words=with_words).put(job, summarise(segments), now_ms=1_780_000_000_000)


def names(table: MemoryTable) -> set[str]:
    return {row["analysis_label"] for row in table.rows.values()}


async def test_a_text_is_written_as_its_words_and_a_word_once(table: MemoryTable) -> None:
    await put(table, read("BIG Sale", 80), read("sale, sale!", 95, 700))
    assert names(table) == {"text#big", "text#sale"}
    row = table.rows[VIDEO.video_id, "text#sale"]
    assert (row["label"], row["peak_confidence"], row["peak_ms"]) == ("sale, sale!", 95, 700)
    assert json.loads(row["texts"]) == [["sale, sale!", 1, 95, 700], ["BIG Sale", 1, 80, 0]]
    assert not {"texts_left_out", "words_left_out"} & row.keys()


async def test_an_item_of_a_word_is_one_write_unit_however_many_texts_it_stands_in(table: MemoryTable) -> None:
    await put(table, *[read(f"the {'é' * 90} {number}", 90, number) for number in range(1_000)])
    row = table.rows[VIDEO.video_id, "text#the"]
    assert row["texts_left_out"] == 1_000 - len(json.loads(row["texts"]))
    assert max(map(size, table.rows.values())) < UNIT_BYTES
    assert len(table.rows) == MOST_WORDS
    assert row["words_left_out"] == 1_002 - MOST_WORDS


def size(row: dict[str, Any]) -> int:
    """Bytes as DynamoDB counts them, and for the entry in the index no more."""
    return sum(len(name) + len(str(value).encode()) for name, value in row.items())


async def test_words_that_only_an_older_attempt_has_read_are_taken_away(table: MemoryTable) -> None:
    await put(table, read("old word"))
    await put(table, read("new word"), attempt=2)
    assert names(table) == {"text#new", "text#word"}
    assert table.rows[VIDEO.video_id, "text#word"]["attempt"] == 2


async def test_without_the_index_no_words_are_written_and_older_ones_are_taken_away(table: MemoryTable) -> None:
    await put(table, read("old word"))
    await put(table, read("new word"), attempt=2, with_words=False)
    assert names(table) == set()


async def test_videos_are_found_by_several_names_together_most_confident_first(table: MemoryTable) -> None:
    await put(table, read("one", 70), read("two", 90), read("three", 80))
    rows = [row["label"] async for row in Labels(table).found(["text#one", "text#none", "text#two", "text#three"], 75)]
    assert rows == ["two", "three"]
    assert [row async for row in Labels(table).found([], 0)] == []


def test_of_several_words_videos_are_found_by_the_longest() -> None:
    assert item_names(FoundBy.TEXT, "a FREE Lunché!") == ["text#lunche"]
    assert item_names(FoundBy.LABEL, "Explicit Nudity")[0] == "content_moderation#Explicit Nudity"
    assert not set(item_names(FoundBy.LABEL, "x")) & set(item_names(FoundBy.TEXT, "x"))


def test_what_is_longer_than_a_key_has_no_name_by_which_it_is_found() -> None:
    for found_by in FoundBy:
        assert item_names(found_by, "x" * 900)
        assert all(len(name) <= LONGEST_KEY for name in item_names(found_by, "x" * 3000))
    assert item_names(FoundBy.LABEL, "x" * 3000) == item_names(FoundBy.TEXT, "x" * 3000) == []


def seen(label: str, confidence: float, end_ms: int = 500) -> Segment:
    return Segment(Analysis.LABELS, label, (), 0, end_ms, 1, confidence, confidence, 0)


async def test_of_very_many_labels_the_strongest_are_stored(table: MemoryTable) -> None:
    found = [seen(f"Label {number}", 50 + number / 100) for number in range(STORED_LABELS + 10)]
    await put(table, *found)
    assert {row["label"] for row in table.rows.values()} == {segment.label for segment in found[10:]}


async def test_a_label_that_no_key_has_room_for_stops_no_other(table: MemoryTable) -> None:
    longest = "\N{SNOWMAN}" * 339
    await put(table, *[seen(label, 99) for label in (longest, f"{longest}, and more", "Tree")])
    assert {row["label"] for row in table.rows.values()} == {longest, "Tree"}


async def test_labels_that_a_later_attempt_does_not_store_are_taken_away(table: MemoryTable) -> None:
    await put(table, seen("Tree", 90), seen("Dog", 90))
    await put(table, seen("Tree", 80), attempt=2)
    assert [(row["label"], row["attempt"]) for row in table.rows.values()] == [("Tree", 2)]


ZOE = "Zo\u00eb Kr\u00e4 vitz"


def person(name: str, confidence: float, known_as: str | None = None, peak_ms: int = 0) -> Segment:
    details: dict[str, Any] = {"urls": []} | ({"id": known_as} if known_as else {})
    return Segment(Analysis.CELEBRITIES, name, (), peak_ms, peak_ms + 500, 1, confidence, confidence, peak_ms, details)


async def test_a_person_is_found_by_name_however_written_and_by_id(table: MemoryTable) -> None:
    await put(table, person(ZOE, 95, "1SK7cR8M", 500), person(ZOE, 99, "1SK7cR8M", 900))
    assert names(table) == {"celebrities#zoe kra vitz", "celebrities#id:1SK7cR8M"}
    for sought in ("zoe kra vitz", "ZO\u00cb  KRA VITZ", "1SK7cR8M"):
        (row,) = [row async for row in Labels(table).found(item_names(FoundBy.CELEBRITY, sought), 99)]
        assert (row["label"], row["celebrity_id"], row["peak_ms"]) == (ZOE, "1SK7cR8M", 900)
    assert [row async for row in Labels(table).found(item_names(FoundBy.CELEBRITY, "1sk7cr8m"), 0)] == []


async def test_people_of_one_name_are_told_apart_by_id(table: MemoryTable) -> None:
    """Where a video shows both, each is called by name and Id, below the name that they share."""
    two = [replace(person(f"Jose ({known_as})", confidence, known_as), parents=("Jose",)) for known_as, confidence in
           (("a1", 91), ("a2", 97))]  # fmt: skip
    await put(table, *two, person("Jos\u00e9", 93))
    assert names(table) == {"celebrities#jose", "celebrities#id:a1", "celebrities#id:a2"}
    by_name = table.rows[VIDEO.video_id, "celebrities#jose"]
    assert (by_name["label"], by_name["celebrity_id"], by_name["peak_confidence"]) == ("Jose", "a2", 97)
    assert table.rows[VIDEO.video_id, "celebrities#id:a1"]["label"] == "Jose"


async def test_people_that_only_an_older_attempt_has_seen_are_taken_away(table: MemoryTable) -> None:
    await put(table, person("Jose", 97, "a2"))
    await put(table, person("Ana", 97), attempt=2)
    assert names(table) == {"celebrities#ana"}
