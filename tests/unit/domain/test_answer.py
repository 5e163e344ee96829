import itertools
import sys
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis
from reelsift.domain.answer import Answer, JobStatus, MismatchedPagesError, UnrecognisedAnswerError
from reelsift.domain.detections import MalformedAnswerError

MODERATION = Analysis.CONTENT_MODERATION
Row = dict[str, Any]


def label_row(at_ms: int, name: str, confidence: float, *parents: str) -> Row:
    label = {"Name": name, "Confidence": confidence, "Parents": [{"Name": parent} for parent in parents]}
    return {"Timestamp": at_ms, "Label": label}


def labels_page(*rows: Row, **members: Any) -> Row:
    return {"JobStatus": "SUCCEEDED", "Labels": list(rows), "LabelModelVersion": "3.0"} | members


def moderation_page(*rows: Row, **members: Any) -> Row:
    return {"JobStatus": "SUCCEEDED", "ModerationLabels": list(rows), "ModerationModelVersion": "7.0"} | members


def moderation_row(at_ms: int, name: str, parent: str, confidence: float, **members: Any) -> Row:
    label = {"Name": name, "ParentName": parent, "Confidence": confidence}
    return {"Timestamp": at_ms, "ModerationLabel": label} | members


ROWS = st.lists(
    st.builds(
        label_row,
        st.integers(min_value=0, max_value=8_000),
        st.sampled_from(["Oak", "Tree", "Plant", "Sky"]),
        st.floats(min_value=0, max_value=100, width=32),
        st.sampled_from(["Plant", "Tree"]),
    ),
    max_size=40,
)


def test_the_designs_example_comes_out_exactly() -> None:
    answer = Answer.of(
        Analysis.LABELS,
        [
            labels_page(label_row(0, "Baseball", 89), label_row(0, "Person", 99)),
            labels_page(label_row(200, "Sports", 87), label_row(200, "Person", 98), label_row(200, "Baseball", 87)),
            labels_page(label_row(400, "Baseball", 84), label_row(400, "Sports", 88)),
        ],
    )
    assert [(s.label, s.start_ms, s.end_ms, s.max_confidence) for s in answer.segments()] == [
        ("Baseball", 0, 600, 89.0),
        ("Person", 0, 400, 99.0),
        ("Sports", 200, 600, 88.0),
    ]


@given(ROWS, st.integers(min_value=1, max_value=5), st.randoms(use_true_random=False))
def test_page_boundaries_and_the_order_of_rows_and_pages_change_nothing(
    rows: list[Row], pages: int, random: Random
) -> None:
    whole = Answer.of(Analysis.LABELS, [labels_page(*rows, VideoMetadata={"DurationMillis": 8_100})])
    shuffled = random.sample(rows, len(rows))
    split = [labels_page(*shuffled[n::pages], NextToken="more") for n in range(pages)]
    split[0] |= {"VideoMetadata": {"DurationMillis": 8_100}}
    random.shuffle(split)
    answer = Answer.of(Analysis.LABELS, split)
    assert answer.segments() == whole.segments()
    assert (answer.duration_ms, answer.step_ms) == (whole.duration_ms, whole.step_ms)


@given(ROWS)
def test_each_detection_is_in_exactly_one_segment_and_no_peak_is_lost(rows: list[Row]) -> None:
    segments = Answer.of(Analysis.LABELS, [labels_page(*rows)]).segments()
    for row in rows:
        label, at_ms = row["Label"], row["Timestamp"]
        holding = [s for s in segments if s.label == label["Name"] and s.start_ms <= at_ms < s.end_ms]
        assert len(holding) == 1
        assert holding[0].max_confidence >= label["Confidence"]
    given_confidences = {(row["Label"]["Name"], row["Label"]["Confidence"]) for row in rows}
    assert {(s.label, s.max_confidence) for s in segments} <= given_confidences
    assert segments == sorted(segments, key=lambda s: (s.start_ms, s.label))


def test_parents_that_change_their_order_do_not_break_a_segment() -> None:
    rows = [
        label_row(0, "Finch", 90, "Bird", "Animal"),
        label_row(200, "Finch", 91, "Animal", "Bird"),
        label_row(0, "Bird", 95, "Animal"),
    ]
    segments = Answer.of(Analysis.LABELS, [labels_page(*rows)]).segments()
    assert [(s.label, s.parents, s.samples) for s in segments] == [
        ("Bird", ("Animal",), 1),
        ("Finch", ("Animal", "Bird"), 2),
    ]


def test_version_6_sees_gambling_under_gambling_once() -> None:
    rows = [moderation_row(0, "Gambling", "", 70.5), moderation_row(0, "Gambling", "Gambling", 71.25)]
    (segment,) = Answer.of(MODERATION, [moderation_page(*rows)]).segments()
    assert (segment.samples, segment.max_confidence, segment.path) == (1, 71.25, ("Gambling", "Gambling"))


def test_clean_minutes_between_detections_do_not_stretch_the_step() -> None:
    rows = [moderation_row(at_ms, "Drinking", "Alcohol Use", 60) for at_ms in (0, 60_000, 120_000)]
    segments = Answer.of(MODERATION, [moderation_page(*rows)]).segments()
    assert [(s.start_ms, s.end_ms) for s in segments] == [(0, 500), (60_000, 60_500), (120_000, 120_500)]


def test_a_larger_gap_may_be_asked_for() -> None:
    rows = [moderation_row(at_ms, "Drinking", "Alcohol Use", 60) for at_ms in (0, 60_000)]
    (segment,) = Answer.of(MODERATION, [moderation_page(*rows)]).segments(max_gap_ms=60_000)
    assert (segment.start_ms, segment.end_ms) == (0, 60_500)


def test_an_answer_aggregated_by_segments_keeps_them() -> None:
    row = moderation_row(
        2000, "Pills", "Products", 66.5, StartTimestampMillis=2000, EndTimestampMillis=9040, DurationMillis=7040
    )
    (segment,) = Answer.of(MODERATION, [moderation_page(row, VideoMetadata={"DurationMillis": 12_000})]).segments()
    assert (segment.start_ms, segment.end_ms, segment.samples) == (2000, 9040, 1)
    assert segment.path == ("Drugs & Tobacco", "Products", "Pills")


def test_a_clean_video_has_no_segments() -> None:
    answer = Answer.of(MODERATION, [moderation_page()])
    assert (answer.status, answer.segments(), answer.step_ms) == (JobStatus.SUCCEEDED, [], 500)


def test_a_confidence_that_is_no_32_bit_float_survives_too() -> None:
    (segment,) = Answer.of(Analysis.LABELS, [labels_page(label_row(0, "Sky", 95.1))]).segments()
    assert segment.max_confidence == 95.1


def test_what_the_pages_say_of_job_and_video_is_kept() -> None:
    page = moderation_page(
        JobId="f00d",
        Video={"S3Object": {"Bucket": "clips", "Name": "a b.mp4", "Version": "v1"}},
        VideoMetadata={"DurationMillis": 5000, "FrameRate": 29.97, "Codec": "h264"},
    )
    answer = Answer.of(MODERATION, [page])
    assert (answer.job_id, answer.model_version, answer.duration_ms) == ("f00d", "7.0", 5000)
    assert answer.frame_rate == 29.97
    assert answer.video is not None
    assert (answer.video.uri, answer.video.version_id) == ("s3://clips/a b.mp4", "v1")


@pytest.mark.parametrize("metadata", [None, {}, []])
def test_video_metadata_may_be_missing(metadata: Any) -> None:
    answer = Answer.of(MODERATION, [moderation_page(VideoMetadata=metadata)])
    assert (answer.duration_ms, answer.frame_rate, answer.video) == (None, None, None)


def test_video_metadata_may_be_an_array() -> None:
    metadata = [{"DurationMillis": 400}, {"DurationMillis": 900, "FrameRate": 25.0}]
    answer = Answer.of(MODERATION, [moderation_page(VideoMetadata=metadata)])
    assert (answer.duration_ms, answer.frame_rate) == (900, 25.0)


@pytest.mark.parametrize("duration", ["900", -1, 1.5, True])
def test_a_malformed_duration_is_refused(duration: Any) -> None:
    with pytest.raises(MalformedAnswerError, match=r"page 1, VideoMetadata\.DurationMillis: must be"):
        Answer.of(MODERATION, [moderation_page(VideoMetadata={"DurationMillis": duration})])


@pytest.mark.parametrize("order", list(itertools.permutations(["SUCCEEDED", "IN_PROGRESS", "FAILED"])))
def test_the_worst_status_of_all_pages_counts(order: tuple[str, ...]) -> None:
    pages = [moderation_page(JobStatus=status) for status in order]
    assert Answer.of(MODERATION, pages).status is JobStatus.FAILED
    assert Answer.of(MODERATION, [p for p in pages if p["JobStatus"] != "FAILED"]).status is JobStatus.IN_PROGRESS


def test_a_failed_answer_needs_no_list() -> None:
    answer = Answer.of(MODERATION, [{"JobStatus": "FAILED", "StatusMessage": "Cannot decode."}])
    assert answer.status is JobStatus.FAILED


def test_an_answer_without_pages_is_in_progress() -> None:
    assert Answer(MODERATION).status is JobStatus.IN_PROGRESS


@pytest.mark.parametrize("status", [None, "DONE", 7])
def test_an_unknown_status_is_refused(status: Any) -> None:
    with pytest.raises(MalformedAnswerError, match="JobStatus: must be one of IN_PROGRESS, SUCCEEDED, FAILED"):
        Answer(MODERATION).add(moderation_page(JobStatus=status))


def test_a_success_without_its_list_is_refused() -> None:
    with pytest.raises(MalformedAnswerError, match="ModerationLabels: must be a list, is missing"):
        Answer(MODERATION).add({"JobStatus": "SUCCEEDED"})


def test_a_damaged_page_is_taken_in_wholly_or_not_at_all() -> None:
    answer = Answer.of(Analysis.LABELS, [labels_page(label_row(0, "Sky", 80))])
    with pytest.raises(MalformedAnswerError, match="page 2, row 1, "):
        answer.add(labels_page(label_row(200, "Sky", 99), label_row(400, "Sky", 101), JobId="f00d"))
    assert (answer.pages, answer.detections, answer.job_id) == (1, 1, None)
    answer.add(labels_page(label_row(200, "Sky", 99)))
    assert answer.detections == 2


@pytest.mark.parametrize(
    "members",
    [
        {"JobId": "beef"},
        {"ModerationModelVersion": "6.1"},
        {"VideoMetadata": {"DurationMillis": 7}},
        {"Video": {"S3Object": {"Bucket": "clips", "Name": "other.mp4"}}},
    ],
)
def test_a_page_of_another_answer_is_refused(members: dict[str, Any]) -> None:
    answer = Answer(MODERATION)
    answer.add(
        moderation_page(
            JobId="f00d",
            VideoMetadata={"DurationMillis": 5000},
            Video={"S3Object": {"Bucket": "clips", "Name": "a.mp4"}},
        )
    )
    with pytest.raises(MismatchedPagesError, match="page 2 belongs to another answer: its "):
        answer.add(moderation_page(**members))


@pytest.mark.parametrize("member", ["JobId", "ModerationModelVersion"])
def test_a_fact_that_is_no_text_is_malformed(member: str) -> None:
    with pytest.raises(MalformedAnswerError, match=f"page 1, {member}: must be text"):
        Answer(MODERATION).add(moderation_page(**{member: [1]}))


def test_pages_that_differ_are_told_apart_in_words_of_bounded_length_that_can_be_stored() -> None:
    answer = Answer.of(MODERATION, [moderation_page(JobId="\ud800" * 5000)])
    with pytest.raises(MismatchedPagesError) as raised:
        answer.add(moderation_page(JobId="f00d"))
    assert str(raised.value).encode().endswith(b"\\ud800")
    assert len(str(raised.value)) < 1500


def test_pages_aggregated_in_two_ways_are_not_one_answer() -> None:
    answer = Answer.of(MODERATION, [moderation_page(moderation_row(0, "Pills", "Products", 60))])
    with pytest.raises(MismatchedPagesError, match="AggregateBy is SEGMENTS, not TIMESTAMPS"):
        answer.add(moderation_page(moderation_row(0, "Pills", "Products", 60, EndTimestampMillis=900)))


def test_an_answer_is_truncated_until_the_page_without_a_token_came() -> None:
    answer = Answer.of(MODERATION, [moderation_page(NextToken="2")])
    assert answer.truncated
    answer.add(moderation_page())
    answer.add(moderation_page(NextToken="3"))
    assert not answer.truncated


def test_an_analysis_is_recognised_by_its_own_members() -> None:
    assert Answer.recognise(moderation_page()) is MODERATION
    assert Answer.recognise(labels_page()) is Analysis.LABELS
    assert Answer.recognise({"JobStatus": "IN_PROGRESS", "LabelModelVersion": "3.0"}) is Analysis.LABELS


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"JobStatus": "SUCCEEDED", "Persons": []},
        # DetectLabels, the operation on images, has the same members but no status.
        {"Labels": [], "LabelModelVersion": "3.0"},
    ],
)
def test_other_answers_are_not_recognised(page: dict[str, Any]) -> None:
    with pytest.raises(UnrecognisedAnswerError, match="no answer of GetContentModeration or GetLabelDetection"):
        Answer.recognise(page)


def test_a_detection_takes_some_tens_of_bytes_at_most() -> None:
    answer = Answer(Analysis.LABELS)
    for page in range(50):
        answer.add(labels_page(*(label_row(200 * (200 * page + n), "Sky", 50 + n / 7, "Nature") for n in range(200))))
    (column,) = answer._columns.values()
    taken = sum(sys.getsizeof(part) for part in (column.times, column.ends, column.confidences, column.parents))
    assert taken / answer.detections < 30
