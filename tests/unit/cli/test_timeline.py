import re
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from reelsift.cli.timeline import draw
from reelsift.domain.analysis import Analysis
from reelsift.reports.timeline import LANES
from support.report_sample import six_analyses

HEADINGS = [
    *(analysis.spec.title for analysis in Analysis if analysis is not Analysis.SEGMENTS),
    "shots and cues",
]


def segment(
    start_ms: int, end_ms: int, confidence: float = 95.0, label: str = "Violence", **others: Any
) -> dict[str, Any]:
    return {
        "analysis": "content_moderation",
        "label": label,
        "parents": [],
        "start_ms": start_ms,
        "end_ms": end_ms,
        "samples": 1,
        "max_confidence": confidence,
        "mean_confidence": confidence,
        "peak_ms": start_ms,
    } | others


def drawn(
    segments: list[dict[str, Any]], duration_ms: int | None, width: int = 80, alerts: tuple[tuple[str, str], ...] = ()
) -> list[str]:
    """The lines of a timeline, as a terminal without colours shows them."""
    file = StringIO()
    Console(file=file, width=width, no_color=True).print(draw(segments, duration_ms, frozenset(alerts), width))
    return file.getvalue().splitlines()


def bar(segments: list[dict[str, Any]], duration_ms: int, columns: int) -> str:
    """The bar of the only lane, so many columns wide."""
    label_width = 26
    _, line, _ = drawn(segments, duration_ms, width=label_width + 11 + columns)
    return line[label_width + 2 :][:columns]


def test_a_lane_covers_where_its_label_is_seen() -> None:
    assert bar([segment(0, 2_000), segment(5_000, 10_000)], 10_000, 50) == "█" * 10 + " " * 15 + "█" * 25


def test_a_short_segment_still_shows_even_at_the_very_end() -> None:
    assert bar([segment(10_000, 10_000)], 10_000, 50) == " " * 49 + "█"


def test_the_shade_tells_the_confidence() -> None:
    shown = [segment(ms, ms + 1_000, confidence) for ms, confidence in ((0, 50), (1_000, 60), (2_000, 75), (3_000, 90))]
    assert bar(shown, 4_000, 48) == "░" * 12 + "▒" * 12 + "▓" * 12 + "█" * 12


def test_where_segments_share_a_cell_the_peak_is_drawn() -> None:
    shown = [segment(0, 100, 99), segment(200, 900, 51)]
    _, line, _ = drawn(shown, 60_000)
    assert line.split()[1:] == ["█", "99.0", "%"]


def test_the_most_confident_label_comes_first() -> None:
    shown = [segment(0, 1, 60, "Smoking"), segment(0, 1, 99, "Weapons"), segment(0, 1, 99, "Nudity")]
    assert [line.split()[0] for line in drawn(shown, 10)[1:4]] == ["Nudity", "Weapons", "Smoking"]


def test_a_timeline_fits_its_width_and_says_what_it_leaves_out() -> None:
    shown = [segment(0, 1_000, 90, f"A label with quite a long name {number}") for number in range(LANES + 3)]
    lines = drawn(shown, 60_000)
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "and 3 labels more, less confident: 3 of content moderation"
    assert lines[-2].split() == ["0:00.0", "1:00.0"]


def test_a_video_of_unknown_length_is_as_long_as_what_was_seen() -> None:
    assert drawn([segment(0, 2_500)], None)[-1].endswith("0:02.5")


def test_a_label_cannot_steer_the_terminal_or_break_its_line() -> None:
    shown = drawn([segment(0, 1, label="\x1b[2J\nx\u202e")], 10)
    assert len(shown) == 3
    assert "\\x1b[2J\\nx\\u202e" in shown[1]


def test_what_passed_the_alert_threshold_has_a_mark_that_needs_no_colour() -> None:
    shown = [segment(0, 1, 99, "Weapons"), segment(0, 1, 98, "Smoking")]
    lines = drawn(shown, 10, alerts=(("content_moderation", "Smoking"),))
    assert [line[:9] for line in lines[1:3]] == ["! Smoking", "  Weapons"]


@pytest.mark.parametrize("width", [120, 80, 50, 32])
def test_all_analyses_stand_on_one_timeline_however_narrow(width: int) -> None:
    lines = drawn(six_analyses(), 600_000, width)
    headings = [line for line in lines if line in HEADINGS]
    assert headings == HEADINGS
    assert max(map(len, lines)) <= width
    assert re.search(r" and \d+ labels more, less confident: \d+ of ", " ".join(" ".join(lines).split()))


def test_a_celebrity_keeps_its_id_and_a_face_its_number_where_the_name_is_cut() -> None:
    celebrity = segment(0, 1, label="Somebody With A Very Long Name", analysis="celebrities", details={"id": "3Xy7bQ"})
    faces = segment(0, 1, label="Face", analysis="faces", details={"most_at_once": 12})
    text = "\n".join(drawn([celebrity, faces], 10))
    assert "Somebody Wit…, Id 3Xy7bQ" in text
    assert "Face, up to 12 at once" in text


def test_the_ruler_marks_where_shots_begin_and_names_cues() -> None:
    shots = [segment(at, at + 5_000, label="Shot", analysis="segments") for at in (0, 5_000)]
    black = segment(9_000, 10_000, label="BlackFrames", analysis="segments")
    heading, marks, cue, _ = drawn([*shots, black], 10_000)
    assert heading == "shots and cues"
    assert marks == "  Shots".ljust(28) + "|" + " " * 20 + "|" + " " * 21 + "2".rjust(9)
    assert cue == "  Black frames".ljust(28) + " " * 38 + "█" * 5 + "1".rjust(9)
