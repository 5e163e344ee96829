"""A video's timeline: a lane for each label, drawn over the video's length."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from reelsift.cli.terminal import printable
from reelsift.reports.wording import clock

LANES_SHOWN = 24
"""Lanes of a timeline: the most confident labels, about a screen."""

LABEL_WIDTH = 26
PEAK_WIDTH = 7

SHADES = ((90.0, "█"), (75.0, "▓"), (60.0, "▒"), (0.0, "░"))
"""How a stretch is drawn, by the highest confidence (0-100) seen in it."""


@dataclass(frozen=True, slots=True)
class TextLane:
    """One label over the video's length: `bar` has a character for each part of it, a blank where nothing is seen."""

    analysis: str
    label: str
    bar: str
    peak: float


def lanes(segments: Iterable[Mapping[str, Any]], duration_ms: int, width: int) -> list[TextLane]:
    """The lanes of some segments (as `show --json` has them), the most confident first. Even a short segment shows."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for segment in segments:
        groups.setdefault((segment["analysis"], segment["label"]), []).append(segment)
    drawn = [
        TextLane(analysis, label, _bar(group, duration_ms, width), max(segment["max_confidence"] for segment in group))
        for (analysis, label), group in groups.items()
    ]
    return sorted(drawn, key=lambda lane: (-lane.peak, lane.label))


def draw(
    segments: Sequence[Mapping[str, Any]], duration_ms: int | None, alerted: set[tuple[str, str]], width: int
) -> RenderableType:
    """The timeline for people, `width` columns wide; `alerted` names analysis and label of what raised an alert."""
    end_ms = duration_ms or max(segment["end_ms"] for segment in segments)
    bar_width = max(10, width - LABEL_WIDTH - PEAK_WIDTH - 4)
    all_lanes = lanes(segments, max(1, end_ms), bar_width)
    lines = [_line(lane, alerted) for lane in all_lanes[:LANES_SHOWN]]
    end = clock(end_ms)
    lines.append(Text(" " * (LABEL_WIDTH + 2) + clock(0) + end.rjust(bar_width - len(clock(0))), style="dim"))
    if len(all_lanes) > LANES_SHOWN:
        lines.append(Text(f"and {len(all_lanes) - LANES_SHOWN} labels more, less confident", style="dim"))
    return Group(*lines)


def _line(lane: TextLane, alerted: set[tuple[str, str]]) -> Text:
    label = Text(printable(lane.label))
    label.truncate(LABEL_WIDTH, overflow="ellipsis", pad=True)
    style = "bold red" if (lane.analysis, lane.label) in alerted else ""
    return Text.assemble(label, "  ", (lane.bar, style), "  ", f"{lane.peak:.1f} %".rjust(PEAK_WIDTH), style=style)


def _bar(segments: Iterable[Mapping[str, Any]], duration_ms: int, width: int) -> str:
    cells = [-1.0] * width
    for segment in segments:
        first = min(width - 1, segment["start_ms"] * width // duration_ms)
        last = min(width, -(-segment["end_ms"] * width // duration_ms))
        for cell in range(first, max(first + 1, last)):
            cells[cell] = max(cells[cell], segment["max_confidence"])
    return "".join(_shade(confidence) for confidence in cells)


def _shade(confidence: float) -> str:
    return next((shade for least, shade in SHADES if confidence >= least), " ")
