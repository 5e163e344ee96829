"""Content moderation: in what kind of pictures a label was seen."""

import json
from collections import defaultdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analyses.content_moderation import CONTENT_TYPE_FROM
from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer
from reelsift.domain.result import read_segment, segment_members
from reelsift.domain.segments import Segment

KINDS: tuple[list[str], ...] = ([], ["Animated"], ["Illustrated"], ["Illustrated", "Animated"])


def row(
    at_ms: int, confidence: float, *kinds: str, sure: float | None = 99.9, label: str = "Violence"
) -> dict[str, Any]:
    types: list[dict[str, Any]] = [{"Name": kind} for kind in kinds]
    if sure is not None:
        types = [kind | {"Confidence": sure} for kind in types]
    moderation = {"Name": label, "ParentName": "", "Confidence": confidence, "TaxonomyLevel": 1}
    return {"Timestamp": at_ms, "ModerationLabel": moderation, "ContentTypes": types}


def segments(*rows: dict[str, Any]) -> list[Segment]:
    page = {"JobStatus": "SUCCEEDED", "ModerationLabels": list(rows)}
    return Answer.of(Analysis.CONTENT_MODERATION, [page]).segments()


def test_a_segment_says_how_sure_the_label_was_in_each_kind_of_picture() -> None:
    (seen,) = segments(
        row(0, 70, "Animated"),
        row(500, 90, "Illustrated", "Animated"),
        row(1000, 80),
        row(1500, 85, "Animated"),
        row(2000, 85, "Animated"),
    )
    assert seen.details["content_types"] == [
        {"types": [], "samples": 1, "max_confidence": 80, "peak_ms": 1000},
        {"types": ["Animated"], "samples": 3, "max_confidence": 85, "peak_ms": 1500},
        {"types": ["Animated", "Illustrated"], "samples": 1, "max_confidence": 90, "peak_ms": 500},
    ]


def test_where_no_picture_is_of_any_kind_nothing_is_told() -> None:
    plain, drawn = segments(row(0, 70), row(60_000, 70, "Animated"))
    assert (plain.details, [kind["types"] for kind in drawn.details["content_types"]]) == ({}, [["Animated"]])
    without = row(0, 70)
    del without["ContentTypes"]
    assert segments(without)[0].details == {}


def test_a_kind_that_is_unlikelier_than_not_does_not_count() -> None:
    assert segments(row(0, 70, "Animated", sure=CONTENT_TYPE_FROM - 0.1))[0].details == {}
    assert segments(row(0, 70, "Animated", sure=CONTENT_TYPE_FROM))[0].details
    assert segments(row(0, 70, "Animated", sure=None))[0].details


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(50, 100), st.sampled_from(KINDS)), max_size=20))
def test_the_surest_of_all_kinds_is_the_segments_own_peak(seen: list[tuple[int, int, list[str]]]) -> None:
    kind_at = {step: kinds for step, _, kinds in seen}
    found = segments(*(row(500 * step, confidence, *kind_at[step]) for step, confidence, _ in seen))
    highest: dict[tuple[int, tuple[str, ...]], float] = defaultdict(float)
    for step, confidence, _ in seen:
        of = next(number for number, one in enumerate(found) if one.start_ms <= 500 * step <= (one.last_ms or 0))
        kind = tuple(sorted(kind_at[step]))
        highest[of, kind] = max(highest[of, kind], confidence)
    for number, segment in enumerate(found):
        kinds = segment.details.get("content_types", [])
        expected = {kind: confidence for (of, kind), confidence in highest.items() if of == number}
        if not any(expected):
            assert not kinds
            continue
        assert {tuple(kind["types"]): kind["max_confidence"] for kind in kinds} == expected
        assert sum(kind["samples"] for kind in kinds) == segment.samples
        assert max(kind["max_confidence"] for kind in kinds) == segment.max_confidence
        assert read_segment(json.loads(json.dumps(segment_members(segment)))) == segment
