"""What is invented for a video: always the same, and in step over all analyses of it."""

import struct
from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import pytest
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from rekognition_cloud.rekognition.analysis import Row
from rekognition_cloud.rekognition.footage import Footage
from rekognition_cloud.rekognition.operations import (
    ANALYSES,
    celebrity_recognition,
    content_moderation,
    face_detection,
    label_detection,
    segment_detection,
    text_detection,
)
from rekognition_cloud.rekognition.storyboard import storyboard
from rekognition_cloud.rekognition.taxonomy import LEAVES

MODERATION = content_moderation.ANALYSIS.simulate
LABELS = label_detection.ANALYSIS.simulate
TEXT = text_detection.ANALYSIS.simulate
FACES = face_detection.ANALYSIS.simulate
CELEBRITIES = celebrity_recognition.ANALYSIS.simulate
SEGMENTS = segment_detection.ANALYSIS.simulate

SHOWS_PEOPLE = {"Person", "Child", "Crowd", "Swimming"}


def videos(number: int, duration_ms: int = 20_000) -> list[Footage]:
    return [Footage(f"etag-{count}/video-{count}.mp4", duration_ms) for count in range(number)]


any_footage = st.builds(
    Footage,
    st.text(max_size=8),
    st.integers(0, 400_000),
    st.sampled_from([0.0, 0.5, 5.0, 23.976, 25.0, 29.97002983, 30.0, 59.94, 60.0]),
)


def test_the_taxonomy_has_three_levels_and_every_label_once() -> None:
    labels = {path[:level] for path in LEAVES for level in range(1, len(path) + 1)}
    names = [path[-1] for path in labels]
    assert {len(path) for path in labels} == {1, 2, 3}
    assert len(names) == len(set(names)) == 52


def test_about_six_videos_in_ten_are_clean_and_peaks_fall_on_both_sides_of_95() -> None:
    answers = [MODERATION(video) for video in videos(400)]
    peaks = [max(row["ModerationLabel"]["Confidence"] for row in rows) for rows in answers if rows]
    assert 0.5 < answers.count([]) / len(answers) < 0.7
    assert 0.25 < sum(peak >= 95 for peak in peaks) / len(peaks) < 0.65
    assert all(60 <= peak <= 100 for peak in peaks)


def test_every_detection_comes_with_its_ancestors_at_least_as_sure() -> None:
    for video in videos(400):
        rows = MODERATION(video)
        seen = {
            (row["Timestamp"], row["ModerationLabel"]["Name"]): row["ModerationLabel"]["Confidence"] for row in rows
        }
        assert len(seen) == len(rows)
        for row in rows:
            label = row["ModerationLabel"]
            if label["ParentName"]:
                assert seen[row["Timestamp"], label["ParentName"]] >= label["Confidence"]
            assert (label["TaxonomyLevel"] == 1) is (label["ParentName"] == "")


def test_samples_lie_within_the_video_and_on_their_step() -> None:
    for video in videos(100, 3_100):
        assert {row["Timestamp"] % 500 for row in MODERATION(video)} <= {0}
        assert {row["Timestamp"] % 200 for row in LABELS(video)} == {0}
        assert max(row["Timestamp"] for row in LABELS(video)) < 3_100


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda analysis: analysis.name)
def test_the_same_content_gives_the_same_rows_and_another_gives_others(analysis: Any) -> None:
    answers = [analysis.simulate(video) for video in videos(12)]
    assert answers == [analysis.simulate(video) for video in videos(12)]
    assert any(answers[0] != answer for answer in answers)


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for inner in value.values() for number in numbers(inner)]
    if isinstance(value, list):
        return [number for inner in value for number in numbers(inner)]
    return [value] if isinstance(value, float) else []


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda analysis: analysis.name)
def test_confidences_and_places_are_32_bit_floats(analysis: Any) -> None:
    for number in numbers([analysis.simulate(video) for video in videos(12)]):
        assert struct.unpack("<f", struct.pack("<f", number))[0] == number


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda analysis: analysis.name)
def test_rows_have_no_members_but_those_of_the_model(analysis: Any) -> None:
    shape: Any = Session().get_service_model("rekognition").operation_model(analysis.get).output_shape
    for video in videos(12):
        for row in analysis.simulate(video):
            check_members(row, shape.members[analysis.rows].member)


def check_members(value: Any, shape: Any) -> None:
    if shape.type_name == "structure":
        assert value.keys() <= shape.members.keys()
        for name, inner in value.items():
            check_members(inner, shape.members[name])
    elif shape.type_name == "list":
        for inner in value:
            check_members(inner, shape.member)


@given(any_footage)
def test_cues_cover_the_video_and_shots_do_not_overlap(footage: Footage) -> None:
    board = storyboard(footage)
    assert (board.cues[0].first, board.cues[-1].last) == (0, footage.frames - 1)
    assert all(before.last + 1 == after.first for before, after in pairwise(board.cues))
    assert (board.shots[0].first, board.shots[-1].last) == (0, footage.frames - 1)
    assert all(before.last < after.first for before, after in pairwise(board.shots))
    assert all(stretch.first <= stretch.last for stretch in (*board.cues, *board.shots))
    assert [cue.kind for cue in board.cues].count("Content") == 1


@given(any_footage)
def test_only_soft_transitions_belong_to_no_shot(footage: Footage) -> None:
    board = storyboard(footage)
    gaps = [after.first - before.last - 1 for before, after in pairwise(board.shots)]
    assert set(gaps) <= {0, max(1, round(0.4 * footage.frame_rate))}


def test_credits_and_black_frames_come_last() -> None:
    endings = Counter(tuple(cue.kind for cue in storyboard(video).cues)[-2:] for video in videos(400))
    assert set(endings) <= {
        ("EndCredits", "BlackFrames"),
        ("Content", "EndCredits"),
        ("Content", "BlackFrames"),
        ("BlackFrames", "Content"),
        ("Content",),
    }
    assert endings["EndCredits", "BlackFrames"] > 100


def times(rows: list[Row]) -> set[int]:
    return {row["Timestamp"] for row in rows}


@pytest.mark.parametrize("simulate", [MODERATION, LABELS, FACES, CELEBRITIES])
def test_nothing_but_text_is_seen_outside_the_programme(simulate: Any) -> None:
    for video in videos(100, 90_000):
        start, end = storyboard(video).programme
        assert all(start <= at_ms < end for at_ms in times(simulate(video)))


def test_text_is_seen_in_the_programme_and_in_credits_and_never_on_black() -> None:
    credited = 0
    for video in videos(100, 90_000):
        board, seen = storyboard(video), times(TEXT(video))
        assert not [
            at_ms for at_ms in seen for start, end in board.spans("BlackFrames", "Slate") if start <= at_ms < end
        ]
        for start, end in board.spans("EndCredits"):
            credited += 1
            assert {at_ms for at_ms in seen if start <= at_ms < end} == {
                at_ms for at_ms in range(0, 90_000, 500) if start <= at_ms < end
            }
    assert credited > 50


def test_faces_are_seen_while_labels_show_people_and_many_videos_have_none() -> None:
    answers = [(LABELS(video), FACES(video)) for video in videos(200)]
    for labels, faces in answers:
        people = [row["Timestamp"] for row in labels if row["Label"]["Name"] in SHOWS_PEOPLE]
        assert all(any(at_ms <= row["Timestamp"] < at_ms + 200 for at_ms in people) for row in faces)
    assert 50 < sum(not faces for _, faces in answers) < 150


def test_a_celebrity_is_one_of_the_faces() -> None:
    recognised = 0
    for video in videos(200):
        faces = [(row["Timestamp"], row["Face"]["BoundingBox"]) for row in FACES(video)]
        for row in CELEBRITIES(video):
            recognised += 1
            assert (row["Timestamp"], row["Celebrity"]["Face"]["BoundingBox"]) in faces
            assert "AgeRange" not in row["Celebrity"]["Face"]
    assert recognised > 50


def test_celebrities_are_told_to_be_simulated_and_most_have_no_address() -> None:
    known = {row["Celebrity"]["Name"]: row["Celebrity"]["Urls"] for video in videos(300) for row in CELEBRITIES(video)}
    assert all(name.endswith(" (simulated)") for name in known)
    assert sum(not urls for urls in known.values()) > len(known) / 2


def test_lines_come_before_their_words_and_ids_are_unique_within_one_time_only() -> None:
    ids: list[int] = []
    for video in videos(20):
        pictures = defaultdict(list)
        for row in TEXT(video):
            pictures[row["Timestamp"]].append(row["TextDetection"])
        for found in pictures.values():
            kinds = [one["Type"] for one in found]
            assert kinds == sorted(kinds)
            assert [one["Id"] for one in found] == list(range(len(found)))
            lines = {one["Id"]: one for one in found if one["Type"] == "LINE"}
            assert not any("ParentId" in line for line in lines.values())
            for line_id, line in lines.items():
                words = [one for one in found if one.get("ParentId") == line_id]
                assert line["DetectedText"] == " ".join(word["DetectedText"] for word in words)
            ids += lines
    assert Counter(ids)[0] > 100


def test_words_are_misread_now_and_then() -> None:
    seen = Counter(
        row["TextDetection"]["DetectedText"]
        for video in videos(200)
        for row in TEXT(video)
        if row["TextDetection"]["Type"] == "LINE"
    )
    assert seen["SALE 50%"] > 10 * (seen["SALE 5O%"] + seen["SALE S0%"]) > 0


@given(any_footage)
def test_segments_are_sorted_by_type_and_time_and_described_by_exactly_one_member(footage: Footage) -> None:
    rows = SEGMENTS(footage)
    order = [(row["Type"] == "SHOT", row["StartTimestampMillis"]) for row in rows]
    assert order == sorted(order)
    for row in rows:
        assert ("TechnicalCueSegment" in row) is (row["Type"] == "TECHNICAL_CUE") is ("ShotSegment" not in row)
        assert row["EndTimestampMillis"] - row["StartTimestampMillis"] == row["DurationMillis"] >= 0
        assert row["EndFrameNumber"] - row["StartFrameNumber"] == row["DurationFrames"] >= 0
    shots = [row["ShotSegment"]["Index"] for row in rows if row["Type"] == "SHOT"]
    assert shots == list(range(len(shots)))


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda analysis: analysis.name)
def test_the_shortest_video_has_rows_or_none(analysis: Any) -> None:
    for duration_ms in (0, 1, 40):
        assert isinstance(analysis.simulate(Footage("a", duration_ms)), list)
    assert LABELS(Footage("a", 40))
    assert SEGMENTS(Footage("a", 0))
