"""What lies beside a video is replayed in every form that `reelsift inspect` reads, and never as what it is not."""

import json
from collections.abc import Callable

import pytest

from rekognition_cloud.rekognition import recording
from rekognition_cloud.rekognition.operations import ANALYSES
from rekognition_cloud.rekognition.recording import Recording, find_recording
from rekognition_cloud.rekognition.video import StoredVideo
from support.saved_forms import FORMS, NO_ANSWERS, PAGE, ROWS

(MODERATION,) = (analysis for analysis in ANALYSES if analysis.name == "content_moderation")
(SEGMENTS,) = (analysis for analysis in ANALYSES if analysis.name == "segments")

Replay = Callable[[bytes], Recording]


@pytest.fixture
def replay(monkeypatch: pytest.MonkeyPatch) -> Replay:
    def stored(data: bytes) -> StoredVideo:
        return StoredVideo("videos", "a.mp4", None, "etag", len(data), lambda: data)

    def find(data: bytes) -> Recording:
        monkeypatch.setattr(recording, "find_object", lambda *_place: stored(data))
        found = find_recording("account", "region", stored(b""), MODERATION)
        assert found is not None
        return found

    return find


@pytest.mark.parametrize("data", FORMS.values(), ids=FORMS.keys())
def test_every_form_is_replayed(replay: Replay, data: bytes) -> None:
    rows = [(row["Timestamp"], row["ModerationLabel"]) for row in replay(data).rows(MODERATION)]
    assert sorted(rows, key=str) == sorted(((row["Timestamp"], row["ModerationLabel"]) for row in ROWS), key=str)


SEGMENTS_ROWS = [
    {
        "Type": "TECHNICAL_CUE",
        "StartTimestampMillis": 0,
        "EndTimestampMillis": 0,
        "DurationMillis": 0,
        "TechnicalCueSegment": {"Type": "BlackFrames", "Confidence": 99.5},
    },
    {
        "Type": "SHOT",
        "StartTimestampMillis": 0,
        "EndTimestampMillis": 2000,
        "DurationMillis": 2000,
        "ShotSegment": {"Index": 0, "Confidence": 98.0},
    },
]


@pytest.mark.parametrize("whole", [True, False], ids=["a page", "bare rows"])
def test_segments_have_no_timestamp_and_keep_their_ends(monkeypatch: pytest.MonkeyPatch, *, whole: bool) -> None:
    saved = {"JobStatus": "SUCCEEDED", "Segments": SEGMENTS_ROWS} if whole else SEGMENTS_ROWS
    data = json.dumps(saved).encode()
    video = StoredVideo("videos", "a.mp4", None, "etag", len(data), lambda: data)
    monkeypatch.setattr(recording, "find_object", lambda *_place: video)
    found = find_recording("account", "region", video, SEGMENTS)
    assert found is not None
    assert found.rows(SEGMENTS) == SEGMENTS_ROWS


@pytest.mark.parametrize("kind", ["TECHNICAL_CUES", "shot", None, []])
def test_a_segment_of_an_unknown_type_fails_the_job(monkeypatch: pytest.MonkeyPatch, kind: object) -> None:
    saved = {"JobStatus": "SUCCEEDED", "Segments": [SEGMENTS_ROWS[0] | {"Type": kind}]}
    video = StoredVideo("videos", "a.mp4", None, "etag", 1, lambda: json.dumps(saved).encode())
    monkeypatch.setattr(recording, "find_object", lambda *_place: video)
    found = find_recording("account", "region", video, SEGMENTS)
    assert found is not None
    assert found.first("JobStatus") == "FAILED"
    assert "Segments[0] lacks a time, a name or a confidence, or has one that is" in found.first("StatusMessage")


@pytest.mark.parametrize("selected", [["SHOT"], [{"Type": "SHOT"}], [{"Type": "SHOT", "ModelVersion": None}], "SHOT"])
def test_types_that_were_recorded_without_a_version_have_that_of_the_simulation(selected: object) -> None:
    told = SEGMENTS.further({"SegmentTypes": ["SHOT"]}, {"SelectedSegmentTypes": selected}.get)
    assert told == {"SelectedSegmentTypes": [{"Type": "SHOT", "ModelVersion": "2.0-simulated"}]}


UNREPLAYABLE: dict[str, tuple[bytes, str]] = NO_ANSWERS | {
    "no page": (b"[]", "there is no page in it"),
    "another operation's answer": (json.dumps({"JobStatus": "SUCCEEDED", "Faces": []}).encode(), "no finished answer"),
    "an unfinished answer": (json.dumps(PAGE | {"JobStatus": "IN_PROGRESS"}).encode(), "no finished answer"),
    "any object": (b'{"hello": "world"}', "no finished answer of GetContentModeration"),
    "a row without a time": (json.dumps([PAGE | {"ModerationLabels": [{}]}]).encode(), "ModerationLabels[0] lacks"),
    "a row without a name": (json.dumps(PAGE | {"ModerationLabels": [*ROWS, {"Timestamp": 1}]}).encode(), "[3] lacks"),
}


@pytest.mark.parametrize(("data", "sentence"), UNREPLAYABLE.values(), ids=UNREPLAYABLE.keys())
def test_what_cannot_be_replayed_fails_the_job_in_a_sentence(replay: Replay, data: bytes, sentence: str) -> None:
    found = replay(data)
    assert found.first("JobStatus") == "FAILED"
    assert found.first("StatusMessage").startswith("The recorded answer a.mp4.content_moderation.json")
    assert sentence in found.first("StatusMessage")
    assert found.rows(MODERATION) == []
