"""A video's timeline as a picture: a lane for each label, with bars over the video's length. Geometry only.

Positions are percentages of the video's length, so that a picture is as wide as there is room.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from reelsift.domain import taxonomy
from reelsift.reports.categories import look
from reelsift.reports.wording import clock

LANES = 16
"""Lanes drawn: labels that alerted, then the most confident."""

BARS = 96
"""Bars drawn one by one, in all lanes together. With the numbers of each, a picture stays below 30 KB."""

COLUMNS = 250
"""Columns of an outline, which is what is drawn of more bars than that."""

AREAS = 40
"""Areas of an outline that show their numbers, in all lanes together."""

NARROWEST = 0.3
"""The least width of a bar, so that a moment in a long video is seen: about two pixels on a screen."""

CLOSEST = 0.125
"""Segments of a lane that would be drawn closer together than this are one bar: about a pixel."""

STEPS = (60.0, 75.0, 90.0)
"""Confidences (0-100) from which on a bar is a step higher."""

_TICKS = 6
_TICK_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_CHARACTER = 2.6
"""The room a character of the axis takes at most: on the screen of a phone."""
_TENTHS_BELOW_MS = 10_000


@dataclass(frozen=True, slots=True)
class Bar:
    """One segment, or several that lie close together. `left` and `width` are percentages of the video's length,
    `step` (1 to 4) is how high it is drawn. Times are milliseconds; confidences 0-100, the mean over all samples.
    """

    left: float
    width: float
    start_ms: int
    end_ms: int
    segments: int
    samples: int
    max_confidence: float
    mean_confidence: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def step(self) -> int:
        return step(self.max_confidence)


@dataclass(frozen=True, slots=True)
class Lane:
    """One label of one analysis. `parents` run from the top level down; `look` is that of the category.

    In a crowded timeline `outline` is the path that is drawn, in a box of COLUMNS by 4 with the origin at its top left,
    and `bars` are only the areas that show their numbers; else it is empty, and the bars are drawn.
    """

    analysis: str
    label: str
    parents: tuple[str, ...]
    category: str
    look: str
    alerted: bool
    peak: float
    peak_ms: int
    segments: int
    seen_ms: int
    bars: tuple[Bar, ...]
    outline: str

    @property
    def path(self) -> tuple[str, ...]:
        """From the top level down to the label itself."""
        return (*self.parents, self.label)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the axis, at a percentage of the video's length."""

    left: float
    text: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """A video's lanes. `end_ms` is where the axis ends: the video's length, or the last segment's end where that is
    not known (`length_known`) or later. `more` labels have no lane. A `crowded` one has too many bars to draw each.
    """

    end_ms: int
    length_known: bool
    ticks: tuple[Tick, ...]
    lanes: tuple[Lane, ...]
    more: int
    crowded: bool


def step(confidence: float) -> int:
    """How high a bar of this confidence (0-100) is drawn: 1 to 4."""
    return 1 + sum(confidence >= least for least in STEPS)


def draw(
    segments: Iterable[Mapping[str, Any]], duration_ms: int | None, alerts: frozenset[tuple[str, str]]
) -> Timeline | None:
    """The timeline of some segments, as `domain.result.segment_members` has them, in any order; None of none.

    `alerts` names analysis and label of what passed the alert threshold.
    """
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for segment in segments:
        groups.setdefault((segment["analysis"], segment["label"]), []).append(segment)
    if not groups:
        return None
    last_ms = max(segment["end_ms"] for group in groups.values() for segment in group)
    end_ms = max(duration_ms or 0, last_ms, 1)
    ordered = sorted(groups, key=lambda key: _rank(groups[key], alerted=key in alerts))
    drawn = {key: sorted(groups[key], key=_by_start) for key in ordered[:LANES]}
    bars = {key: _bars(group, end_ms) for key, group in drawn.items()}
    crowded = sum(map(len, bars.values())) > BARS
    lanes = [
        _lane(
            key,
            group,
            _areas(group, end_ms, max(1, AREAS // len(drawn))) if crowded else bars[key],
            outline=_outline(group, end_ms) if crowded else "",
            alerted=key in alerts,
        )
        for key, group in drawn.items()
    ]
    return Timeline(
        end_ms=end_ms,
        length_known=bool(duration_ms),
        ticks=tuple(_ticks(end_ms)),
        lanes=tuple(lanes),
        more=len(groups) - len(lanes),
        crowded=crowded,
    )


def _rank(group: Sequence[Mapping[str, Any]], *, alerted: bool) -> tuple[bool, float, int, str, str]:
    # A parent is as confident as its label, and says less.
    first = group[0]
    peak = max(segment["max_confidence"] for segment in group)
    return (not alerted, -peak, -len(first["parents"]), first["label"], first["analysis"])


def _by_start(segment: Mapping[str, Any]) -> tuple[int, int]:
    return segment["start_ms"], segment["end_ms"]


def _lane(
    key: tuple[str, str], group: Sequence[Mapping[str, Any]], bars: Sequence[Bar], *, outline: str, alerted: bool
) -> Lane:
    analysis, label = key
    parents = tuple(group[0]["parents"])
    category = taxonomy.category((*parents, label))
    peak = max(group, key=lambda segment: (segment["max_confidence"], -segment["peak_ms"]))
    return Lane(
        analysis=analysis,
        label=label,
        parents=parents,
        category=category,
        look=look(category),
        alerted=alerted,
        peak=peak["max_confidence"],
        peak_ms=peak["peak_ms"],
        segments=len(group),
        seen_ms=sum(segment["end_ms"] - segment["start_ms"] for segment in group),
        bars=tuple(bars),
        outline=outline,
    )


def _bars(lane: Iterable[Mapping[str, Any]], end_ms: int) -> list[Bar]:
    """The bars of a lane, in order; those that would touch are one."""
    bars: list[Bar] = []
    for segment in lane:
        bar = _bar(segment, end_ms)
        if bars and bar.left < bars[-1].right + CLOSEST:
            bars[-1] = _joined(bars[-1], bar)
        else:
            bars.append(bar)
    return bars


def _areas(lane: Iterable[Mapping[str, Any]], end_ms: int, parts: int) -> list[Bar]:
    """What begins in each of so many equal parts of the video, as one."""
    areas: dict[int, Bar] = {}
    for segment in lane:
        part = min(parts - 1, segment["start_ms"] * parts // end_ms)
        bar = _bar(segment, end_ms)
        areas[part] = _joined(areas[part], bar) if part in areas else bar
    return list(areas.values())


def _outline(lane: Iterable[Mapping[str, Any]], end_ms: int) -> str:
    """The segments as one path: each column as high as the highest segment in it."""
    columns = [0] * COLUMNS
    for segment in lane:
        first = min(COLUMNS - 1, segment["start_ms"] * COLUMNS // end_ms)
        last = -(-segment["end_ms"] * COLUMNS // end_ms)
        height = step(segment["max_confidence"])
        for column in range(first, max(first + 1, last)):
            columns[column] = max(columns[column], height)
    runs = (f"V{4 - height}h{sum(1 for _ in run)}" for height, run in groupby(columns))
    return f"M0 4{''.join(runs)}V4z"


def _bar(segment: Mapping[str, Any], end_ms: int) -> Bar:
    start_ms, stop_ms = segment["start_ms"], segment["end_ms"]
    left = min(100 * start_ms / end_ms, 100 - NARROWEST)
    return Bar(
        left=left,
        width=max(NARROWEST, 100 * stop_ms / end_ms - left),
        start_ms=start_ms,
        end_ms=stop_ms,
        segments=1,
        samples=segment["samples"],
        max_confidence=segment["max_confidence"],
        mean_confidence=segment["mean_confidence"],
    )


def _joined(one: Bar, other: Bar) -> Bar:
    samples = one.samples + other.samples
    mean = (one.mean_confidence * one.samples + other.mean_confidence * other.samples) / max(1, samples)
    highest = max(one.max_confidence, other.max_confidence)
    return Bar(
        left=one.left,
        width=max(one.right, other.right) - one.left,
        start_ms=one.start_ms,
        end_ms=max(one.end_ms, other.end_ms),
        segments=one.segments + other.segments,
        samples=samples,
        max_confidence=highest,
        # The quotient may be rounded to just above equal means.
        mean_confidence=min(mean, highest),
    )


def _ticks(end_ms: int) -> Iterable[Tick]:
    step_s = next((step for step in _TICK_STEPS_S if end_ms <= step * 1000 * _TICKS), None)
    # Beyond what Rekognition takes: whole hours.
    step_ms = 1000 * (step_s or 3600 * -(-end_ms // (3_600_000 * _TICKS)))
    end = clock(end_ms) if end_ms < _TENTHS_BELOW_MS else _minute(end_ms)
    for at_ms in range(0, end_ms, step_ms):
        left, text = 100 * at_ms / end_ms, _minute(at_ms)
        # A tick's text is centred, but the end's stands before it.
        if left <= 100 - _CHARACTER * (len(text) / 2 + len(end)):
            yield Tick(left, text)
    yield Tick(100.0, end)


def _minute(milliseconds: int) -> str:
    """`m:ss`."""
    return clock(milliseconds).partition(".")[0]
