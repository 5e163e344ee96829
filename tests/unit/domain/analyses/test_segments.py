"""Shots and cues: stretches that stay as Rekognition gives them."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer
from reelsift.domain.detections import MalformedAnswerError

SELECTED = [{"Type": "TECHNICAL_CUE", "ModelVersion": "2.0"}, {"Type": "SHOT", "ModelVersion": "2.1"}]


def row(start_ms: int, end_ms: int, confidence: float = 99, cue: str | None = None, **members: Any) -> dict[str, Any]:
    stretch = {"StartTimestampMillis": start_ms, "EndTimestampMillis": end_ms, "DurationMillis": end_ms - start_ms}
    if cue is None:
        kind = {"Type": "SHOT", "ShotSegment": {"Index": 0, "Confidence": confidence}}
    else:
        kind = {"Type": "TECHNICAL_CUE", "TechnicalCueSegment": {"Type": cue, "Confidence": confidence}}
    return stretch | kind | members


def answer(rows: Iterable[dict[str, Any]], **members: Any) -> Answer:
    page = {"JobStatus": "SUCCEEDED", "SelectedSegmentTypes": SELECTED, "Segments": list(rows)}
    return Answer.of(Analysis.SEGMENTS, [page | members])


def test_a_shot_list_stays_a_list_of_shots() -> None:
    found = answer([row(0, 400), row(400, 1200), row(1200, 1200), row(1200, 9000)]).segments()
    assert [(one.label, one.start_ms, one.end_ms) for one in found] == [
        ("Shot", 0, 400),
        ("Shot", 400, 1200),
        ("Shot", 1200, 1200),
        ("Shot", 1200, 9000),
    ]


def test_time_codes_and_frames_are_those_of_the_row() -> None:
    codes = {"StartTimecodeSMPTE": "00:00:00;00", "EndTimecodeSMPTE": "00:00:09;29"}
    frames = {"StartFrameNumber": 0, "EndFrameNumber": 299}
    (segment,) = answer([row(0, 9976, 90.45, "BlackFrames", **codes, **frames)]).segments()
    assert (segment.label, segment.max_confidence, segment.samples) == ("BlackFrames", 90.45, 1)
    assert segment.details == {
        "start_smpte": "00:00:00;00",
        "end_smpte": "00:00:09;29",
        "start_frame": 0,
        "end_frame": 299,
    }


def test_the_model_has_a_version_a_type() -> None:
    assert answer([]).model_version == "SHOT 2.1, TECHNICAL_CUE 2.0"


def test_a_type_without_a_version_is_named_alone() -> None:
    found = answer([], SelectedSegmentTypes=[{"Type": "SHOT"}, {"Type": "TECHNICAL_CUE", "ModelVersion": None}])
    assert found.model_version == "SHOT, TECHNICAL_CUE"


def test_of_several_streams_the_longest_counts() -> None:
    streams = [{"DurationMillis": 15_007, "FrameRate": 25.0}, {"DurationMillis": 15_015, "FrameRate": 29.97}]
    found = answer([], VideoMetadata=streams, AudioMetadata=[{"DurationMillis": 99_000}])
    assert (found.duration_ms, found.frame_rate) == (15_015, 29.97)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from([60.0, 90.0])), max_size=20))
def test_every_row_is_one_segment_and_a_repeated_row_is_one_row(rows: list[tuple[int, int, float]]) -> None:
    shots = [row(start, start + length, confidence) for start, length, confidence in rows]
    found = answer(shots + shots).segments()
    assert sorted((one.start_ms, one.end_ms - one.start_ms, one.max_confidence) for one in found) == sorted(set(rows))


@pytest.mark.parametrize("member", ["StartTimestampMillis", "EndTimestampMillis", "ShotSegment", "Type"])
def test_a_row_without_what_makes_it_a_stretch_is_malformed(member: str) -> None:
    broken = row(0, 1)
    del broken[member]
    with pytest.raises(MalformedAnswerError, match=r"row 0, Segments\[0\]"):
        answer([broken])
