from io import StringIO
from typing import Any

from rich.console import Console

from reelsift.cli.timeline import LANES_SHOWN, draw, lanes


def segment(start_ms: int, end_ms: int, confidence: float = 95.0, label: str = "Violence") -> dict[str, Any]:
    return {
        "analysis": "content_moderation",
        "label": label,
        "start_ms": start_ms,
        "end_ms": end_ms,
        "max_confidence": confidence,
    }


def drawn(segments: list[dict[str, Any]], duration_ms: int | None) -> str:
    file = StringIO()
    Console(file=file, width=80).print(draw(segments, duration_ms, set(), 80))
    return file.getvalue()


def test_a_lane_covers_where_its_label_is_seen() -> None:
    (lane,) = lanes([segment(0, 2_000), segment(5_000, 10_000)], 10_000, 10)
    assert lane.bar == "██   █████"


def test_a_short_segment_still_shows_even_at_the_very_end() -> None:
    (lane,) = lanes([segment(10_000, 10_000)], 10_000, 10)
    assert lane.bar == "         █"


def test_the_shade_tells_the_confidence() -> None:
    shown = [segment(ms, ms + 1_000, confidence) for ms, confidence in ((0, 50), (1_000, 60), (2_000, 75), (3_000, 90))]
    (lane,) = lanes(shown, 4_000, 4)
    assert lane.bar == "░▒▓█"


def test_where_segments_share_a_cell_the_peak_is_drawn() -> None:
    (lane,) = lanes([segment(0, 100, 99), segment(200, 900, 51)], 1_000, 1)
    assert (lane.bar, lane.peak) == ("█", 99)


def test_the_most_confident_label_comes_first() -> None:
    shown = [segment(0, 1, 60, "Smoking"), segment(0, 1, 99, "Weapons"), segment(0, 1, 99, "Nudity")]
    assert [lane.label for lane in lanes(shown, 10, 10)] == ["Nudity", "Weapons", "Smoking"]


def test_a_timeline_fits_its_width_and_says_what_it_leaves_out() -> None:
    shown = [segment(0, 1_000, 90, f"A label with quite a long name {number}") for number in range(LANES_SHOWN + 3)]
    lines = drawn(shown, 60_000).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "and 3 labels more, less confident"
    assert lines[-2].split() == ["0:00.0", "1:00.0"]


def test_a_video_of_unknown_length_is_as_long_as_what_was_seen() -> None:
    assert drawn([segment(0, 2_500)], None).splitlines()[-1].endswith("0:02.5")


def test_a_label_cannot_steer_the_terminal() -> None:
    assert "\\x1b[2Jx" in drawn([segment(0, 1, label="\x1b[2Jx")], 10)
