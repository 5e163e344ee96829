"""Stored results, read whole and piece by piece."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis
from reelsift.domain.result import (
    SEGMENTS_A_LINE,
    ResultReader,
    encode_result,
    key_of_result,
    name_of_result,
    read_head,
    read_segments,
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
