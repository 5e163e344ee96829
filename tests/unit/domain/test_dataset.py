"""The dataset of a video: one document of all analyses, as its JSON Schema describes it."""

import json
import re
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis
from reelsift.domain.dataset import SCHEMA, AnalysisState, AnalysisStatus, DatasetHead, encode_dataset
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import JobState
from reelsift.domain.policy import Policy
from reelsift.domain.result import (
    encode_result,
    in_order,
    peak_members,
    read_head,
    read_segments,
    segment_members,
)
from reelsift.domain.segments import Segment
from reelsift.domain.video import ObjectRef, Video
from support.jobs import make_job
from support.json_schema import REFERENCE, problems

SCHEMA_FILE = "video-dataset.schema.json"
VIDEO = Video("videos", "a b/ü.mp4", "e" * 32, version_id="8h2kq", size=48_211_004)


def segment(analysis: Analysis, label: str, start_ms: int, end_ms: int, confidence: float = 97.0) -> Segment:
    return Segment(
        analysis=analysis,
        label=label,
        parents=(),
        start_ms=start_ms,
        end_ms=end_ms,
        samples=2,
        max_confidence=confidence,
        mean_confidence=confidence - 1,
        peak_ms=start_ms,
    )


def head(**members: Any) -> DatasetHead:
    whole = DatasetHead(
        video=VIDEO,
        duration_ms=61_500,
        analyses={
            Analysis.LABELS: AnalysisState(AnalysisStatus.SUCCEEDED, 2, "j2", "3.0"),
            Analysis.CONTENT_MODERATION: AnalysisState(AnalysisStatus.SUCCEEDED, 1, "j1", "7.0"),
        },
    )
    return replace(whole, **members)


def encoded(told: DatasetHead, *results: Any) -> bytes:
    return b"".join(encode_dataset(told, results))


def stored(*segments: Segment) -> Iterator[dict[str, Any]]:
    """Segments of an analysis, read from a result as it is stored."""
    return read_segments(encode_result({"video": "s3://a/b"}, list(segments)))


@st.composite
def segments_of(draw: st.DrawFn, analysis: Analysis) -> list[Segment]:
    times, labels = st.integers(0, 9), st.sampled_from(["Person", "Weapons", '"\n\u202e', "\ud800", "ü"])
    drawn = st.builds(
        lambda label, one, other: segment(analysis, label, min(one, other), max(one, other)), labels, times, times
    )
    found: list[Segment] = draw(st.lists(drawn, max_size=8))
    return sorted(found, key=lambda one: (one.start_ms, one.label, one.end_ms))


@given(segments_of(Analysis.CONTENT_MODERATION), segments_of(Analysis.LABELS))
def test_every_segment_of_every_analysis_is_there_once_and_in_order(one: list[Segment], other: list[Segment]) -> None:
    document = json.loads(encoded(head(), map(segment_members, one), map(segment_members, other)))
    assert document["segments"] == in_order(map(segment_members, [*one, *other]))


def test_the_document_has_a_line_for_its_head_and_one_for_each_segment_in_ascii() -> None:
    steering = segment(Analysis.LABELS, "\x1b[2J\u202eü", 0, 500)
    body = encoded(head(), stored(steering), stored(segment(Analysis.CONTENT_MODERATION, "Weapons", 0, 500)))
    first, *lines, last = body.decode("ascii").split("\n")
    assert json.loads(first.removesuffix(', "segments": [') + "}") == head().members()
    assert [json.loads(line.removesuffix(","))["label"] for line in lines] == [steering.label, "Weapons"]
    assert last == "]}"
    assert body.decode().replace("\n", "").isprintable()


def test_it_is_read_back_by_what_reads_results() -> None:
    weapons = segment(Analysis.CONTENT_MODERATION, "Weapons", 0, 500)
    body = encoded(head(), stored(weapons))
    assert read_head(body) == head().members()
    assert list(read_segments(body)) == [segment_members(weapons)]


def test_a_video_in_which_nothing_was_seen_has_a_dataset_too() -> None:
    document = json.loads(encoded(head()))
    assert (document["segments"], problems(document, SCHEMA_FILE)) == ([], [])


def test_what_failed_and_what_is_open_stands_beside_what_succeeded() -> None:
    failure = Failure(Reason.REKOGNITION_FAILED, "An internal error occurred.", retryable=True)
    jobs = {
        Analysis.CONTENT_MODERATION: make_job(video=VIDEO, state=JobState.CLOSED, attempt=3, failure=failure),
        Analysis.LABELS: make_job(video=VIDEO, state=JobState.WAITING, attempt=2, failure=failure),
    }
    states = {analysis: AnalysisState.of(job) for analysis, job in jobs.items()}
    told = head(analyses=states, verdict="incomplete", missing=[Analysis.CONTENT_MODERATION])
    document = json.loads(encoded(told))
    assert problems(document, SCHEMA_FILE) == []
    failed, waiting = document["analyses"]["content_moderation"], document["analyses"]["labels"]
    assert (failed["status"], failed["attempt"], failed["failure"]["reason"]) == ("failed", 3, "rekognition_failed")
    assert (waiting["status"], "failure" in waiting) == ("open", False)


def test_a_verdict_says_what_it_rests_on_and_why() -> None:
    seen = [segment(Analysis.CONTENT_MODERATION, "Weapons", 0, 500, 97.5)]
    judgement = Policy.built_in().judge(seen, [Analysis.CONTENT_MODERATION])
    told = head(
        verdict=str(judgement.verdict),
        basis={"attempts": {"content_moderation": 1}, "policy": Policy.built_in().digest},
        reasons=[peak_members(peak) for peak in judgement.reasons],
        alerts=[peak_members(peak) for peak in judgement.alerts],
    )
    document = json.loads(encoded(told, stored(*seen)))
    assert problems(document, SCHEMA_FILE) == []
    assert (document["verdict"], document["basis"]["attempts"]) == ("review", {"content_moderation": 1})
    assert [peak["label"] for peak in document["reasons"]] == ["Weapons"]


def test_the_frame_rate_is_there_where_an_answer_tells_it() -> None:
    document = json.loads(encoded(head(frame_rate=29.97)))
    assert problems(document, SCHEMA_FILE) == []
    assert document["video"]["frame_rate"] == 29.97
    assert "frame_rate" not in json.loads(encoded(head()))["video"]


@pytest.mark.parametrize("video", [None, ObjectRef("videos", "a.mp4")])
def test_recorded_answers_may_not_tell_of_which_video_they_are(video: ObjectRef | None) -> None:
    document = json.loads(
        encoded(head(video=video, analyses={Analysis.LABELS: AnalysisState(AnalysisStatus.TRUNCATED)}))
    )
    assert problems(document, SCHEMA_FILE) == []
    assert document["video"]["video_id"] is None
    assert document["video"]["duration_ms"] == 61_500


@pytest.mark.parametrize(
    "broken",
    [
        {"schema": "reelsift.video-dataset/2"},
        {"verdict": "maybe"},
        {"analyses": {"labels": {"status": "failed", "attempt": 1, "job_id": None, "model_version": None}}},
        {"video": {"uri": "s3://a/b"}},
        {"unheard_of": 1},
    ],
)
def test_the_schema_refuses_what_no_dataset_is(broken: dict[str, Any]) -> None:
    assert problems(json.loads(encoded(head())) | broken, SCHEMA_FILE) != []


def test_the_example_of_its_page_is_a_dataset() -> None:
    page = (REFERENCE / "video-dataset.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert problems(json.loads(example), SCHEMA_FILE) == []
    assert json.loads(example)["schema"] == SCHEMA


def test_six_long_results_are_merged_with_few_of_their_segments_in_memory() -> None:
    def long() -> Iterator[dict[str, Any]]:
        found = segment_members(segment(Analysis.LABELS, "Person", 0, 0))
        for place in range(2_000):
            yield found | {"start_ms": place * 200, "end_ms": place * 200 + 100}

    tracemalloc.start()
    try:
        written = sum(map(len, encode_dataset(head(), [long() for _ in range(6)])))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert written > 2_000_000
    assert most < written / 5
