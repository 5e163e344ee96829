"""Stored results, read whole and piece by piece, and the segments of several that people see."""

import json
from itertools import chain
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis
from reelsift.domain.result import (
    SEGMENTS_A_LINE,
    SHOT,
    ResultReader,
    encode_result,
    in_order,
    key_of_result,
    name_of_result,
    read_head,
    read_segments,
    strongest,
)
from reelsift.domain.segments import Segment

HEAD = {"video": "s3://videos/ä\udc80\n.mp4", "verdict": None}


def segments(number: int) -> list[Segment]:
    return [
        Segment(Analysis.LABELS, f"Label\n{place}", ("A", "é"), place, place + 1, 1, 90.5, 90.25, place)
        for place in range(number)
    ]


@given(st.sampled_from([0, 1, SEGMENTS_A_LINE, SEGMENTS_A_LINE + 1]), st.data())
def test_a_result_is_read_the_same_however_its_bytes_come(number: int, data: st.DataObject) -> None:
    body = encode_result(HEAD, segments(number))
    size = data.draw(st.integers(1, len(body)))
    reader, found = ResultReader(), list[dict[str, Any]]()
    for start in range(0, len(body), size):
        for some in reader.add(body[start : start + size]):
            assert len(some) <= SEGMENTS_A_LINE
            found += some
    assert (reader.head, found) == (read_head(body), list(read_segments(body)))
    assert json.loads(body) == reader.head | {"segments": found}


def test_a_result_is_found_by_its_video_and_its_name() -> None:
    key = key_of_result("0" * 40, "labels/2-ab12cd34")
    assert key == f"results/{'0' * 40}/labels/2-ab12cd34.json"
    assert name_of_result(key) == "labels/2-ab12cd34"


def found(analysis: str, *confidences: float) -> list[dict[str, Any]]:
    return [
        {"analysis": analysis, "label": "x", "start_ms": place, "end_ms": place, "max_confidence": confidence}
        for place, confidence in enumerate(confidences)
    ]


def test_what_is_surer_does_not_crowd_out_what_is_graver() -> None:
    shown, others = strongest([*found("labels", *[99.9] * 50), *found("content_moderation", 60.0, 70.0)], 10)
    assert sum(segment["analysis"] == "labels" for segment in shown) == 8
    assert [segment["max_confidence"] for segment in shown if segment["analysis"] == "content_moderation"] == [60, 70]
    assert others == 42


def test_very_many_shots_leave_room_for_the_few_black_frames() -> None:
    shots = [segment | {"label": SHOT} for segment in found("segments", *[99.9] * 500)]
    shown, _ = strongest([*shots, *found("segments", 97.0, 98.0)], 20)
    assert [segment["label"] for segment in shown if segment["label"] != SHOT] == ["x", "x"]
    assert len(shown) == 20


def test_of_one_analysis_the_strongest_are_kept_in_order_of_time() -> None:
    shown, others = strongest(found("labels", 90, 50, 99, 70), 2)
    assert ([segment["max_confidence"] for segment in shown], others) == ([90, 99], 2)


@given(st.lists(st.lists(st.floats(50, 100), max_size=12), max_size=6), st.integers(1, 30))
def test_as_many_are_kept_as_there_is_room_for_and_the_others_are_counted(
    confidences: list[list[float]], limit: int
) -> None:
    results = [found(str(place), *of_one) for place, of_one in enumerate(confidences)]
    shown, others = strongest(chain.from_iterable(results), limit)
    total = sum(map(len, results))
    assert len(shown) == min(limit, total)
    assert others == total - len(shown)
    assert shown == in_order(shown)
