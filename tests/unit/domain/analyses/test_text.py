"""Lines of text: what is the same line though it is read differently, and what never is."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from reelsift.domain.analyses.text import Regions, join_key
from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer
from reelsift.domain.detections import MalformedAnswerError
from reelsift.domain.segments import Segment

REGIONS: TypeAdapter[Any] = TypeAdapter(Regions)


def row(at_ms: int, text: str, confidence: float = 99, **members: Any) -> dict[str, Any]:
    found = {"DetectedText": text, "Type": "LINE", "Id": 0, "Confidence": confidence, "Geometry": {}}
    return {"Timestamp": at_ms, "TextDetection": found | members}


def answer(rows: Iterable[dict[str, Any]]) -> Answer:
    page = {"JobStatus": "SUCCEEDED", "TextModelVersion": "3.0", "TextDetections": list(rows)}
    return Answer.of(Analysis.TEXT, [page])


def segments(*rows: dict[str, Any]) -> list[Segment]:
    return answer(rows).segments()


def test_words_are_parts_of_their_line_and_do_not_count_again() -> None:
    found = answer([row(0, "Late Show"), *(row(0, word, Type="WORD", ParentId=0) for word in ("Late", "Show"))])
    assert [segment.label for segment in found.segments()] == ["Late Show"]
    assert found.detections == 1


def test_one_line_in_neighbouring_samples_is_one_segment_however_it_flickers() -> None:
    spellings = ["SALE 50%", "SALE 5O%", "sale 50%", "SALE 50%", "\uff33\uff21\uff2c\uff25 50 %"]
    (segment,) = segments(*(row(number * 500, text, 90 + number) for number, text in enumerate(spellings)))
    assert (segment.label, segment.start_ms, segment.samples, segment.max_confidence) == ("SALE 50%", 0, 5, 94)
    assert segment.details == {
        "spellings": {"SALE 50%": 2, "SALE 5O%": 1, "sale 50%": 1, "\uff33\uff21\uff2c\uff25 50 %": 1},
    }


def test_a_line_has_one_label_wherever_it_stands_and_each_segment_its_own_spellings() -> None:
    first, second = segments(row(0, "NEWS"), row(500, "NEWS"), row(9000, "News"))
    assert (first.label, second.label) == ("NEWS", "NEWS")
    assert second.details == {"spellings": {"News": 1}}


@pytest.mark.parametrize(
    ("one", "other"),
    [("5O%", "50%"), ("l0", "10"), ("I9", "19"), ("|2", "12"), ("Straße 1O", "STRASSE  10")],
)
def test_look_alikes_beside_digits_are_one_line(one: str, other: str) -> None:
    assert join_key(one) == join_key(other)


@pytest.mark.parametrize(("one", "other"), [("OIL", "0IL"), ("lO", "IO"), ("Bill", "Bi11"), ("resume", "résumé")])
def test_plain_words_are_never_joined_to_what_only_looks_like_them(one: str, other: str) -> None:
    assert join_key(one) != join_key(other)


@given(st.lists(st.text("Oil|05 %éßＡ", max_size=4), max_size=6), st.sampled_from(["  ", "\t", "\u3000"]))
def test_no_space_between_the_words_of_a_line_makes_another_line(words: list[str], space: str) -> None:
    assert join_key(space.join(words)) == join_key(" ".join(words))


@pytest.mark.parametrize(("one", "other"), [("50 %", "50%"), ("Late Show", "LateShow"), ("5O - 6O", "50-60")])
def test_spaces_that_flicker_make_no_other_line(one: str, other: str) -> None:
    assert join_key(one) == join_key(other)


@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["A 1", "a l1", "A I", "B"])), max_size=30))
def test_every_reading_is_counted_once_in_one_segment(readings: list[tuple[int, str]]) -> None:
    found = segments(*(row(number * 300, text) for number, text in readings))
    counted = sum(sum(segment.details["spellings"].values()) for segment in found)
    assert counted == len(set(readings))


def test_a_line_without_a_visible_character_says_nothing() -> None:
    assert segments(row(0, " \u200b\t")) == []


def test_a_line_without_text_is_malformed() -> None:
    broken = row(0, "x")
    del broken["TextDetection"]["DetectedText"]
    with pytest.raises(MalformedAnswerError, match=r"row 0, TextDetections\[0\].TextDetection.DetectedText"):
        segments(broken)


def test_regions_are_read_as_rekognition_takes_them() -> None:
    box = {"BoundingBox": {"Left": 0, "Top": 0.5, "Width": 1, "Height": 0.5}}
    polygon = {"Polygon": [{"X": 0, "Y": 0}, {"X": 1, "Y": 0}, {"X": 0.5, "Y": 1}]}
    assert REGIONS.validate_python(json.dumps([box, polygon])) == (box, polygon)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("left half", "must be a JSON list"),
        ("{}", "must be a JSON list"),
        ("[" * 100_000, "must be a JSON list"),
        ('[{"BoundingBox": {"Left": 0, "Top": 0, "Width": 1}}]', "a BoundingBox of Left, Top, Width, Height"),
        ('[{"Polygon": [{"X": 0, "Y": 0}, {"X": 1, "Y": 1}]}]', "a Polygon of 3 to 10 points"),
        (json.dumps([{"Polygon": [{"X": n / 10, "Y": n * n / 100} for n in range(11)]}]), "of 3 to 10 points"),
        (json.dumps([{"Polygon": [{"X": n / 10, "Y": 0.5} for n in range(3)]}]), "regions that have an area"),
        ('[{"BoundingBox": {"Left": 0, "Top": 0, "Width": 0, "Height": 1}}]', "regions that have an area"),
        ('[{"BoundingBox": {"Left": 0, "Top": 0, "Width": 1, "Height": 0.0}}]', "regions that have an area"),
        ('[{"Polygon": [{"X": 0, "Y": 0}, {"X": 1, "Y": 1}, {"X": 1, "Z": 1}]}]', "points that have X and Y"),
        ('[{"BoundingBox": {"Left": 0, "Top": 0, "Width": 110, "Height": 1}}]', "coordinates from 0 to 1"),
        ('[{"BoundingBox": {"Left": NaN, "Top": 0, "Width": 1, "Height": 1}}]', "coordinates from 0 to 1"),
        (
            '[{"BoundingBox": {"Left": 0, "Top": 0, "Width": 1, "Height": 1}, "Polygon": []}]',
            "one BoundingBox or one Polygon",
        ),
    ],
)
def test_regions_that_rekognition_would_refuse_are_refused(value: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        REGIONS.validate_python(value)


def test_more_than_ten_regions_are_refused() -> None:
    box = {"BoundingBox": {"Left": 0, "Top": 0, "Width": 1, "Height": 1}}
    with pytest.raises(ValidationError, match="at most 10"):
        REGIONS.validate_python(json.dumps([box] * 11))
