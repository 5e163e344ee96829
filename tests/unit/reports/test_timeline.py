import random
import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain import taxonomy
from reelsift.domain.analysis import Analysis
from reelsift.reports.categories import COLOURS, OTHER, POLLS, legend, look
from reelsift.reports.lanes import NARROWEST, Lane, step
from reelsift.reports.ruler import MARKS, Ruler, cue_name
from reelsift.reports.timeline import AREAS, BARS, COLUMNS, LANES, Timeline, draw
from support.report_sample import segment, six_analyses

NAMES = [path[-1] for path in taxonomy.paths(taxonomy.V7)]
ALERTED = frozenset({("content_moderation", "Pills")})


def drawn(segments: list[dict[str, Any]], duration_ms: int | None) -> Timeline:
    timeline = draw(segments, duration_ms, ALERTED)
    assert timeline is not None
    return timeline


@st.composite
def videos(draw_one: st.DrawFn) -> tuple[list[dict[str, Any]], int]:
    duration_ms = draw_one(st.integers(1, 21_600_000))
    times = st.integers(0, duration_ms)
    segments = [
        segment(label, min(one, other), max(one, other), confidence)
        for label, one, other, confidence in draw_one(
            st.lists(st.tuples(st.sampled_from(NAMES), times, times, st.floats(50, 100)), min_size=1, max_size=60)
        )
    ]
    return segments, duration_ms


def heights(lane: Lane) -> list[int]:
    """The outline's columns, each as high as the path draws it."""
    runs = re.findall(r"V(\d)h(\d+)", lane.outline)
    return [4 - int(top) for top, width in runs for _ in range(int(width))]


@given(videos())
def test_every_segment_lies_under_a_bar_of_its_lane_that_is_as_high_as_its_confidence(
    video: tuple[list[dict[str, Any]], int],
) -> None:
    segments, duration_ms = video
    timeline = drawn(segments, duration_ms)
    lanes = {lane.label: lane for lane in timeline.lanes}
    for found in segments:
        if (lane := lanes.get(found["label"])) is None:
            continue
        left = min(100 * found["start_ms"] / duration_ms, 100 - NARROWEST)
        over = [
            bar
            for bar in lane.bars
            if bar.left <= left + 1e-9
            and 100 * found["end_ms"] / duration_ms <= bar.right + 1e-9
            and bar.max_confidence >= found["max_confidence"]
        ]
        assert over


@given(videos())
def test_bars_keep_order_room_and_the_sums_of_what_they_stand_for(video: tuple[list[dict[str, Any]], int]) -> None:
    segments, duration_ms = video
    timeline = drawn(segments, duration_ms)
    for lane in timeline.lanes:
        own = [found for found in segments if found["label"] == lane.label]
        assert all(one.right < other.left for one, other in pairwise(lane.bars))
        assert all(bar.left >= 0 and bar.right <= 100 + 1e-9 and bar.width >= NARROWEST - 1e-9 for bar in lane.bars)
        assert sum(bar.segments for bar in lane.bars) == lane.segments == len(own)
        assert sum(bar.samples for bar in lane.bars) == sum(found["samples"] for found in own)
        assert all(50 - 3 <= bar.mean_confidence <= bar.max_confidence for bar in lane.bars)
        assert max(bar.max_confidence for bar in lane.bars) == lane.peak == max(it["max_confidence"] for it in own)


@given(videos())
def test_no_label_is_lost_unsaid_and_the_alerted_come_first(video: tuple[list[dict[str, Any]], int]) -> None:
    segments, duration_ms = video
    timeline = drawn(segments, duration_ms)
    assert len(timeline.lanes) <= LANES
    assert len(timeline.lanes) + timeline.more == len({found["label"] for found in segments})
    order = [(not lane.alerted, -lane.peak) for lane in timeline.lanes]
    assert order == sorted(order)


def test_of_a_label_and_its_equally_confident_parent_the_label_comes_first() -> None:
    timeline = drawn([segment("Violence", 0, 500), segment("Weapons", 0, 500)], 1000)
    assert [lane.path for lane in timeline.lanes] == [("Violence", "Weapons"), ("Violence",)]


def test_a_moment_of_six_hours_is_seen_where_it_is() -> None:
    (lane,) = drawn([segment("Weapons", 7_300_000, 7_300_500)], 21_600_000).lanes
    (bar,) = lane.bars
    assert bar.left == pytest.approx(33.796, abs=0.001)
    assert bar.width == NARROWEST


def test_a_moment_at_the_very_end_is_not_cut_off() -> None:
    (lane,) = drawn([segment("Weapons", 21_599_900, 21_600_000)], 21_600_000).lanes
    assert lane.bars[0].right == 100


def test_segments_that_a_screen_cannot_part_are_one_bar_with_the_highest_peak_and_the_mean_over_all_samples() -> None:
    first = segment("Weapons", 1_000_000, 1_001_000, 60.0, samples=3, mean_confidence=50.0)
    second = segment("Weapons", 1_003_000, 1_003_500, 99.0, samples=1, mean_confidence=90.0)
    (lane,) = drawn([second, first], 10_000_000).lanes
    (bar,) = lane.bars
    assert (bar.start_ms, bar.end_ms, bar.segments, bar.samples) == (1_000_000, 1_003_500, 2, 4)
    assert (bar.max_confidence, bar.mean_confidence) == (99.0, 60.0)


def test_a_segment_within_another_does_not_shorten_it() -> None:
    (lane,) = drawn([segment("Weapons", 1000, 9000), segment("Weapons", 2000, 3000)], 10_000).lanes
    (bar,) = lane.bars
    assert (bar.start_ms, bar.end_ms, bar.left, bar.width) == (1000, 9000, 10, 80)


def test_a_crowded_timeline_is_an_outline_that_keeps_every_peak_and_every_gap_a_column_wide() -> None:
    dice = random.Random(3)
    duration_ms = COLUMNS * 4000
    segments = [
        segment("Weapons", column * 4000 + 1000, column * 4000 + 3000, dice.choice([55.0, 65.0, 80.0, 95.0]))
        for column in range(0, COLUMNS, 2)
    ]
    segments.append(segment("Weapons", 1100, 1200, 51.0))
    timeline = drawn(segments, duration_ms)
    assert timeline.crowded
    (lane,) = timeline.lanes
    expected = [0] * COLUMNS
    for found in segments:
        column = found["start_ms"] // 4000
        expected[column] = max(expected[column], step(found["max_confidence"]))
    assert heights(lane) == expected
    assert len(lane.bars) <= AREAS
    assert sum(bar.segments for bar in lane.bars) == len(segments)


def test_as_many_bars_as_fit_are_drawn_one_by_one() -> None:
    segments = [segment("Weapons", place * 10_000, place * 10_000 + 500) for place in range(BARS)]
    timeline = drawn(segments, BARS * 10_000)
    assert not timeline.crowded
    assert len(timeline.lanes[0].bars) == BARS
    assert timeline.lanes[0].outline == ""


@pytest.mark.parametrize(
    ("duration_ms", "ticks"),
    [
        (800, ["0:00", "0:00.8"]),
        (4_400, ["0:00", "0:01", "0:02", "0:03", "0:04.4"]),
        (123_480, ["0:00", "0:30", "1:00", "1:30", "2:03"]),
        (21_600_000, ["0:00", "60:00", "120:00", "180:00", "240:00", "360:00"]),
        (86_400_000, ["0:00", "240:00", "480:00", "720:00", "960:00", "1440:00"]),
    ],
)
def test_the_axis_counts_in_steps_that_people_count_in(duration_ms: int, ticks: list[str]) -> None:
    timeline = drawn([segment("Weapons", 0, 500)], duration_ms)
    assert [tick.text for tick in timeline.ticks] == ticks


@given(st.integers(1, 7 * 24 * 3_600_000))
def test_ticks_never_run_into_each_other(duration_ms: int) -> None:
    ticks = drawn([segment("Weapons", 0, 0)], duration_ms).ticks
    assert ticks[-1].left == 100
    # The first begins at its place, the last ends there, the others stand in the middle; a character is a fiftieth.
    edges = [
        (tick.left - share * 2 * len(tick.text), tick.left + (1 - share) * 2 * len(tick.text))
        for share, tick in zip([0, *[0.5] * (len(ticks) - 2), 1], ticks, strict=True)
    ]
    assert all(one[1] < other[0] for one, other in pairwise(edges))


def test_without_a_length_the_axis_ends_with_the_last_segment() -> None:
    timeline = drawn([segment("Weapons", 0, 500), segment("Pills", 3000, 9000)], None)
    assert (timeline.end_ms, timeline.length_known) == (9000, False)


def test_what_is_seen_after_the_stated_end_is_shown_too() -> None:
    timeline = drawn([segment("Weapons", 61_000, 61_500)], 60_000)
    assert (timeline.end_ms, timeline.length_known) == (61_500, True)


def test_no_segments_make_no_timeline() -> None:
    assert draw([], 60_000, frozenset()) is None


@pytest.mark.parametrize(("confidence", "height"), [(0, 1), (59.99, 1), (60, 2), (75, 3), (90, 4), (100, 4)])
def test_a_bar_is_a_step_higher_from_60_75_and_90_on(confidence: float, height: int) -> None:
    assert step(confidence) == height


def test_every_category_of_the_taxonomy_has_a_look_and_those_of_one_version_have_different_ones() -> None:
    assert len({look(category) for category in taxonomy.V7}) == len(taxonomy.V7)
    assert {look(category) for category in (*taxonomy.V6, *taxonomy.V7)} == set(POLLS.values())
    assert set(COLOURS) == {*POLLS.values(), OTHER}


def test_the_legend_names_what_is_shown_and_nothing_else() -> None:
    shown = legend(["Violence", "Tobacco", "Drugs", "Violence", "Person", "Beverage"])
    assert shown == [("Drugs, Tobacco", "drugs"), ("Violence", "violence"), ("All other categories", OTHER)]


def test_lanes_stand_by_analysis_and_each_has_its_turn() -> None:
    timeline = drawn(six_analyses(), 600_000)
    assert [group.analysis for group in timeline.groups] == [
        analysis for analysis in Analysis if analysis is not Analysis.SEGMENTS
    ]
    assert len(timeline.lanes) == LANES
    assert [len(group.lanes) for group in timeline.groups] == [6, 7, 7, 3, 1]
    cut = [group for group in timeline.groups if group.more]
    assert max(len(group.lanes) for group in cut) - min(len(group.lanes) for group in cut) <= 1
    assert all(len(group.lanes) <= len(cut[0].lanes) for group in timeline.groups)
    assert timeline.more_by_title == ", ".join(f"{group.more} of {group.title}" for group in cut)
    for group in timeline.groups:
        peaks = [lane.peak for lane in group.lanes]
        assert peaks == sorted(peaks, reverse=True)


def test_what_alerted_has_a_lane_however_many_are_surer() -> None:
    sure = [segment(f"Thing {place}", 0, 500, 99.0, analysis="labels", parents=[]) for place in range(60)]
    timeline = drawn([*sure, segment("Pills", 0, 500, 51.0)], 1000)
    assert [lane.label for lane in timeline.lanes if lane.alerted] == ["Pills"]
    assert len(timeline.lanes) == LANES


def test_namesakes_have_a_lane_each_and_their_ids_tell_them_apart() -> None:
    found = [
        segment("A. Namesake", 0, 500, analysis="celebrities", parents=[], details={"id": identity})
        for identity in ("3Xy7bQ", "9Kw2mT")
    ]
    assert [lane.about for lane in drawn(found, 1000).lanes] == ["Id 3Xy7bQ", "Id 9Kw2mT"]


def test_a_text_tells_in_how_many_spellings_it_was_read() -> None:
    found = [
        segment("SALE 50%", at_ms, at_ms + 500, analysis="text", parents=[], details={"spellings": spellings})
        for at_ms, spellings in ((0, {"SALE 50%": 3, "SALE 5O%": 1}), (5000, {"Sale 50%": 1}))
    ]
    assert [lane.about for lane in drawn(found, 9000).lanes] == ["read in 3 spellings"]


@pytest.mark.parametrize(("most", "height"), [(1, 1), (2, 2), (4, 4), (31, 4)])
def test_faces_are_drawn_as_high_as_there_are_at_once(most: int, height: int) -> None:
    face = segment("Face", 0, 500, 99.9, analysis="faces", parents=[], details={"most_at_once": most})
    (lane,) = drawn([face], 1000).lanes
    assert (lane.bars[0].step, lane.bars[0].at_once, lane.at_once, lane.counted) == (height, most, most, True)
    assert max(lane.columns) == height


@pytest.mark.parametrize(("most", "words"), [(1, "one at a time"), (3, "up to 3 at once")])
def test_how_many_faces_there_are_is_told_in_words(most: int, words: str) -> None:
    face = segment("Face", 0, 500, analysis="faces", parents=[], details={"most_at_once": most})
    assert [lane.about for lane in drawn([face], 1000).lanes] == [words]


def test_labels_that_were_counted_are_drawn_by_confidence_all_the_same() -> None:
    bottles = segment("Bottle", 0, 500, 61.0, analysis="labels", parents=[], details={"most_instances": 3})
    (lane,) = drawn([bottles], 1000).lanes
    assert (lane.bars[0].step, lane.about, lane.counted) == (2, "up to 3 at once", False)


def ruler_of(segments: list[dict[str, Any]], duration_ms: int) -> Ruler:
    ruler = drawn(segments, duration_ms).ruler
    assert ruler is not None
    return ruler


def test_shots_and_cues_are_a_ruler_and_no_lanes() -> None:
    timeline = drawn(six_analyses(), 600_000)
    assert timeline.ruler is not None
    assert "segments" not in {group.analysis for group in timeline.groups}
    assert timeline.ruler.shots == 141
    assert [cue.label for cue in timeline.ruler.cues] == ["ColorBars", "BlackFrames", "OpeningCredits", "EndCredits"]
    black = timeline.ruler.cues[1]
    assert [(bar.start_ms, bar.end_ms) for bar in black.bars] == [
        (3_000, 4_000),
        (295_000, 297_200),
        (596_000, 600_000),
    ]


def test_marks_stand_where_shots_begin() -> None:
    shots = [segment("Shot", at_ms, at_ms + 20, analysis="segments", parents=[]) for at_ms in (0, 2_500, 7_000)]
    assert ruler_of(shots, 10_000).marks == (0, 25, 70)


@given(st.lists(st.integers(0, 3_599_999), min_size=1, max_size=600, unique=True))
def test_however_many_shots_there_are_a_screen_can_part_their_marks(starts: list[int]) -> None:
    shots = [segment("Shot", at_ms, at_ms, analysis="segments", parents=[]) for at_ms in starts]
    ruler = ruler_of(shots, 3_600_000)
    assert (ruler.shots, len(ruler.marks)) == (len(starts), len({at_ms * MARKS // 3_600_000 for at_ms in starts}))
    assert set(ruler.marks) <= {100 * at_ms / 3_600_000 for at_ms in starts}


def test_very_many_black_frames_are_an_outline() -> None:
    black = [
        segment("BlackFrames", at_ms, at_ms + 400, analysis="segments", parents=[]) for at_ms in range(0, 600_000, 4000)
    ]
    (cue,) = ruler_of(black, 600_000).cues
    assert cue.outlined
    assert len(cue.bars) < 10


@pytest.mark.parametrize(
    ("label", "name"), [("BlackFrames", "Black frames"), ("Slate", "Slate"), ("StudioLogo", "Studio logo")]
)
def test_cues_are_named_in_words(label: str, name: str) -> None:
    assert cue_name(label) == name


def test_a_few_lanes_that_are_full_leave_the_bars_of_the_others() -> None:
    busy = [segment("Weapons", at_ms, at_ms + 500) for at_ms in range(0, 600_000, 4_000)]
    timeline = drawn([*busy, segment("Pills", 1000, 2000)], 600_000)
    assert {lane.label: lane.outlined for lane in timeline.lanes} == {"Weapons": True, "Pills": False}


@given(st.lists(st.integers(1, 60), min_size=1, max_size=LANES))
def test_bars_drawn_one_by_one_are_never_more_than_fit(counts: list[int]) -> None:
    found = [
        segment(f"Thing {lane}", place * 60_000, place * 60_000 + 500, analysis="labels", parents=[])
        for lane, number in enumerate(counts)
        for place in range(number)
    ]
    timeline = drawn(found, 3_600_000)
    one_by_one = sum(len(lane.bars) for lane in timeline.lanes if not lane.outlined)
    assert one_by_one <= BARS
    assert timeline.crowded == (sum(counts) > BARS)
