import random
import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain import taxonomy
from reelsift.reports.categories import COLOURS, OTHER, POLLS, legend, look
from reelsift.reports.timeline import AREAS, BARS, COLUMNS, LANES, NARROWEST, Lane, Timeline, draw, step
from support.report_sample import segment

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
