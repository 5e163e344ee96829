"""Faces: how many there are at once, and nothing about whose they are."""

from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer
from reelsift.domain.job import Attempt, JobKey, StartSettings, start_input
from reelsift.domain.segments import Segment
from reelsift.domain.video import Video


def row(at_ms: int, left: float, confidence: float = 99) -> dict[str, Any]:
    box = {"Left": left, "Top": 0.1, "Width": 0.2, "Height": 0.3}
    return {"Timestamp": at_ms, "Face": {"BoundingBox": box, "Confidence": confidence, "Pose": {}}}


def segments(rows: Iterable[dict[str, Any]]) -> list[Segment]:
    return Answer.of(Analysis.FACES, [{"JobStatus": "SUCCEEDED", "Faces": list(rows)}]).segments()


def test_a_segment_says_how_many_faces_there_are_at_once() -> None:
    alone, crowd = segments([row(0, 0.1), row(500, 0.1), row(9000, 0.1), row(9000, 0.4), row(9500, -0.1)])
    assert (alone.label, alone.samples, alone.details) == ("Face", 2, {"most_at_once": 1})
    assert (crowd.samples, crowd.details) == (2, {"most_at_once": 2})


def test_a_face_that_is_listed_twice_is_one_face() -> None:
    (segment,) = segments([row(0, 0.1), row(0, 0.1)])
    assert segment.details == {"most_at_once": 1}


def test_a_face_without_a_box_or_a_part_of_it_counts() -> None:
    bare, partial = row(0, 0.1), row(500, 0.1)
    del bare["Face"]["BoundingBox"], partial["Face"]["BoundingBox"]["Left"]
    (segment,) = segments([bare, partial, row(500, 0.1)])
    assert (segment.samples, segment.details) == (2, {"most_at_once": 2})


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), min_size=1, max_size=40))
def test_the_most_at_once_is_that_of_the_fullest_sample(faces: list[tuple[int, int]]) -> None:
    distinct = set(faces)
    found = segments(row(number * 500, left / 10) for number, left in faces)
    fullest = max(sum(at == number for at, _ in distinct) for number, _ in distinct)
    assert max(segment.details["most_at_once"] for segment in found) == fullest


def test_ages_and_emotions_are_not_asked_for() -> None:
    video = Video("reelsift-videos-test", "clips/beach.mp4", "e1")
    settings = StartSettings("reelsift", "arn:aws:sns:eu-west-1:1:t", "arn:aws:iam::1:role/r")
    sent = start_input(video, Attempt(JobKey(video.video_id, Analysis.FACES), 1), settings)
    assert "FaceAttributes" not in sent
    assert Analysis.FACES.spec.options == ()
