"""Recorded answers are read in whatever form they were saved, and by one text in both places that read them."""

import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer
from reelsift.domain.failure import failed_job
from reelsift.domain.segments import Segment
from reelsift.manifests import saved_pages
from reelsift.manifests.saved_pages import MAX_BYTES, UnreadablePages, read_pages
from rekognition_cloud.rekognition import saved_pages as replayed_pages
from support.saved_forms import FORMS, NO_ANSWERS, PAGE, ROWS

MODERATION = Analysis.CONTENT_MODERATION
LISTS = [analysis.spec.rows for analysis in Analysis]


def segments(pages: list[dict[str, Any]]) -> list[Segment]:
    return Answer.of(MODERATION, pages).segments()


def read(data: bytes) -> list[dict[str, Any]]:
    return [page for _, page in read_pages(data, LISTS)]


@pytest.mark.parametrize("data", FORMS.values(), ids=FORMS.keys())
def test_every_form_says_the_same(data: bytes) -> None:
    found = segments(read(data))
    assert [(s.label, s.start_ms, s.end_ms, s.max_confidence, s.samples) for s in found] == [
        (s.label, s.start_ms, s.end_ms, s.max_confidence, s.samples) for s in segments([PAGE])
    ]


@pytest.mark.parametrize(("data", "sentence"), NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_what_is_no_answer_is_refused_in_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(UnreadablePages) as refused:
        read(data)
    assert sentence in str(refused.value)
    assert len(str(refused.value)) < 400
    # The embedded cloud says it of a job: what is wrong with a recording must not look like a fault of its video.
    assert failed_job(f"The recorded answer a.json cannot be replayed: {refused.value}").retryable


def test_a_page_that_is_none_is_named_by_its_number() -> None:
    with pytest.raises(UnreadablePages) as refused:
        read(json.dumps([PAGE, 7]).encode())
    assert refused.value.element == 2


def test_an_empty_list_holds_no_page() -> None:
    assert read(b"[]") == []


@pytest.mark.parametrize("confidences", [(0.0003, 0.9), (0.9, 1.1), (0.9, 99.0)])
def test_what_rekognition_is_hardly_sure_of_is_no_fraction(confidences: tuple[float, float]) -> None:
    rows = [
        {"Timestamp": 0, "ModerationLabel": {"Name": "Violence", "Confidence": confidence}}
        for confidence in confidences
    ]
    assert len(read(json.dumps(PAGE | {"ModerationLabels": rows}).encode())) == 1


def test_segments_of_aws_keep_their_times() -> None:
    stretch = ROWS[0] | {"StartTimestampMillis": 0, "EndTimestampMillis": 500, "DurationMillis": 500}
    page = PAGE | {"ModerationLabels": [stretch], "GetRequestMetadata": {"AggregateBy": "SEGMENTS"}}
    assert read(json.dumps(page).encode()) == [page]


def test_a_list_of_nothing_is_a_clean_video_where_the_page_is_about_a_video() -> None:
    page = {"JobStatus": "SUCCEEDED", "ModerationLabels": None}
    assert read(json.dumps(page).encode()) == [page | {"ModerationLabels": []}]


def test_the_box_of_a_face_may_be_of_numbers_as_text() -> None:
    sides = {"Left": "0.25", "Top": "-0.5", "Width": "1e-05", "Height": "1"}
    page = {"JobStatus": "SUCCEEDED", "Faces": [{"Timestamp": 0, "Face": {"BoundingBox": sides, "Confidence": "99"}}]}
    (read_page,) = read(json.dumps(page).encode())
    box = {"Left": 0.25, "Top": -0.5, "Width": 1e-05, "Height": 1}
    assert read_page["Faces"] == [{"Timestamp": 0, "Face": {"BoundingBox": box, "Confidence": 99}}]


@pytest.mark.parametrize("name", ["start_timecode_smpte", "startTimecodeSmpte", "startTimecodeSMPTE"])
def test_time_codes_are_read_however_their_name_is_written(name: str) -> None:
    page = {"job_status": "SUCCEEDED", "segments": [{"start_timestamp_millis": 0, name: "00:00:00;00"}]}
    (read_page,) = read(json.dumps(page).encode())
    assert read_page["Segments"] == [{"StartTimestampMillis": 0, "StartTimecodeSMPTE": "00:00:00;00"}]


def test_what_unpacks_to_more_than_any_answer_is_not_unpacked() -> None:
    def pieces() -> Iterator[bytes]:
        yield gzip.compress(bytes(MAX_BYTES // 2), compresslevel=1)
        yield gzip.compress(bytes(MAX_BYTES // 2 + 1), compresslevel=1)

    with pytest.raises(UnreadablePages, match="larger than any answer"):
        read(b"".join(pieces()))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32-be"])
def test_names_of_other_letters_survive(encoding: str) -> None:
    label = {"Name": "Größe 🎥 'x' \"y\"", "ParentName": "", "Confidence": 70.5}
    page = PAGE | {"ModerationLabels": [{"Timestamp": 0, "ModerationLabel": label}]}
    assert read(json.dumps(page, ensure_ascii=False).encode(encoding)) == [page]
    assert read(repr(page).encode(encoding)) == [page]


@given(st.text() | st.text("'\"\\{}[]:,xu0TrueNone \n"))
def test_any_text_that_python_prints_is_read_back(text: str) -> None:
    page = {"JobStatus": "FAILED", "StatusMessage": text}
    assert read(repr(page).encode(errors="surrogatepass")) == [page]


@pytest.mark.parametrize(
    "text", ["'" + "\\'" * 200_000, " " * 400_000, "'" * 100_001, "{" + "'a': " * 100_000, "[\\" * 100_000]
)
def test_no_text_takes_for_ever(text: str) -> None:
    started = time.process_time()
    with pytest.raises(UnreadablePages):
        read(text.encode())
    assert time.process_time() - started < 5


def test_both_readers_are_one_text() -> None:
    """The cloud may not import reelsift, whose wheel does not hold the cloud."""
    ours, of_the_cloud = (Path(str(module.__file__)).read_bytes() for module in (saved_pages, replayed_pages))
    assert ours == of_the_cloud
