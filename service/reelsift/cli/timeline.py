"""A video's timeline on the terminal: a line for each lane, in which a character is a part of the video's length."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from reelsift.domain.analysis import Analysis
from reelsift.reports.lanes import Lane
from reelsift.reports.ruler import Ruler, cue_name
from reelsift.reports.timeline import Timeline
from reelsift.reports.timeline import draw as draw_timeline
from reelsift.reports.wording import clock, confidence, count, number, short

LABEL_WIDTH = 26
"""Columns of a label; fewer where the terminal is narrow."""

PEAK_WIDTH = 7

NARROWEST_BAR = 10

SHADES = " ░▒▓█"
"""How a part of the video is drawn, by the step of its highest segment, 0 (nothing seen) to 4."""

ALERTED = "! "
"""Stands before what passed the alert threshold: colour alone would not be seen by everybody."""

MARK = "|"
"""Where a shot begins."""


def draw(
    segments: Iterable[Mapping[str, Any]],
    duration_ms: int | None,
    alerts: frozenset[tuple[str, str]],
    width: int,
) -> RenderableType:
    """The timeline for people, `width` columns wide; `alerts` names analysis and label of what raised an alert.

    `segments` are as `domain.result.segment_members` has them, in any order.
    """
    label_width = min(LABEL_WIDTH, max(8, width // 3))
    bar_width = max(NARROWEST_BAR, width - label_width - PEAK_WIDTH - 4)
    timeline = draw_timeline(segments, duration_ms, alerts, columns=bar_width)
    return Group(*([] if timeline is None else _lines(timeline, label_width, bar_width)))


def _lines(timeline: Timeline, label_width: int, bar_width: int) -> Iterator[Text]:
    for group in timeline.groups:
        if group.lanes:
            yield Text(group.title, style="bold")
            yield from (_lane(lane, label_width) for lane in group.lanes)
    if timeline.ruler is not None:
        yield Text(Analysis.SEGMENTS.spec.title, style="bold")
        yield from _ruler(timeline.ruler, label_width, bar_width)
    begin, end = clock(0), clock(timeline.end_ms)
    scale = begin + end.rjust(bar_width - len(begin)) if len(begin + end) < bar_width else end.rjust(bar_width)
    yield Text(" " * (label_width + 2) + scale, style="dim")
    if timeline.more:
        sentence = f"and {count(timeline.more, 'label')} more, less confident: {timeline.more_by_title}"
        yield Text(sentence, style="dim")


def _lane(lane: Lane, label_width: int) -> Text:
    return _line(_words(lane, label_width), label_width, _bar(lane), confidence(lane.peak), alerted=lane.alerted)


def _words(lane: Lane, label_width: int) -> str:
    """The label. A celebrity's Id and the number of faces are told whatever has to be cut off for it."""
    if not lane.identity and not lane.counted:
        return short(lane.label)
    about = f", {short(lane.about)}"
    name = Text(short(lane.label))
    name.truncate(max(1, label_width - len(ALERTED) - len(about)), overflow="ellipsis")
    return name.plain + about


def _ruler(ruler: Ruler, label_width: int, bar_width: int) -> Iterator[Text]:
    if ruler.shots:
        marks = {min(bar_width - 1, int(mark * bar_width / 100)) for mark in ruler.marks}
        bar = "".join(MARK if column in marks else " " for column in range(bar_width))
        yield _line("Shots", label_width, bar, number(ruler.shots))
    for lane in ruler.cues:
        yield _line(short(cue_name(lane.label)), label_width, _bar(lane), number(lane.segments), alerted=lane.alerted)


def _bar(lane: Lane) -> str:
    return "".join(SHADES[height] for height in lane.columns)


def _line(words: str, label_width: int, bar: str, told: str, *, alerted: bool = False) -> Text:
    label = Text((ALERTED if alerted else "  ") + words)
    label.truncate(label_width, overflow="ellipsis", pad=True)
    style = "bold red" if alerted else ""
    return Text.assemble(label, "  ", (bar, style), "  ", told.rjust(PEAK_WIDTH), style=style)
