import struct

from rekognition_cloud.rekognition.operations import content_moderation, label_detection
from rekognition_cloud.rekognition.taxonomy import LEAVES

MODERATION = content_moderation.ANALYSIS.simulate
LABELS = label_detection.ANALYSIS.simulate
_VIDEOS = [f"etag-{number}/video-{number}.mp4" for number in range(400)]


def test_the_taxonomy_has_three_levels_and_every_label_once() -> None:
    labels = {path[:level] for path in LEAVES for level in range(1, len(path) + 1)}
    names = [path[-1] for path in labels]
    assert {len(path) for path in labels} == {1, 2, 3}
    assert len(names) == len(set(names)) == 52


def test_about_six_videos_in_ten_are_clean_and_peaks_fall_on_both_sides_of_95() -> None:
    answers = [MODERATION(video, 20_000) for video in _VIDEOS]
    peaks = [max(row["ModerationLabel"]["Confidence"] for row in rows) for rows in answers if rows]
    assert 0.5 < answers.count([]) / len(answers) < 0.7
    assert 0.25 < sum(peak >= 95 for peak in peaks) / len(peaks) < 0.65
    assert all(60 <= peak <= 100 for peak in peaks)


def test_every_detection_comes_with_its_ancestors_at_least_as_sure() -> None:
    for video in _VIDEOS:
        rows = MODERATION(video, 20_000)
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
    for video in _VIDEOS[:100]:
        assert {row["Timestamp"] % 500 for row in MODERATION(video, 3_100)} <= {0}
        assert {row["Timestamp"] % 200 for row in LABELS(video, 3_100)} == {0}
        assert max(row["Timestamp"] for row in LABELS(video, 3_100)) < 3_100


def test_the_same_content_gives_the_same_rows_and_another_gives_others() -> None:
    assert LABELS("a", 5_000) == LABELS("a", 5_000) != LABELS("b", 5_000)


def test_confidences_are_32_bit_floats() -> None:
    for row in LABELS("a", 60_000):
        confidence = row["Label"]["Confidence"]
        assert struct.unpack("<f", struct.pack("<f", confidence))[0] == confidence


def test_the_shortest_video_has_labels() -> None:
    assert LABELS("a", 40)
