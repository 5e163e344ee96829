"""A lane of a timeline: one label of one analysis, as bars over the video's length. Geometry only.

Positions are percentages of the video's length, so that a picture is as wide as there is room.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from reelsift.domain import taxonomy
from reelsift.reports.categories import look
from reelsift.reports.wording import at_once, count

NARROWEST = 0.3
"""The least width of a bar, so that a moment in a long video is seen: about two pixels on a screen."""

CLOSEST = 0.125
"""Segments of a lane that would be drawn closer together than this are one bar: about a pixel."""

STEPS = (60.0, 75.0, 90.0)
"""Confidences (0-100) from which on a bar is a step higher."""

HIGHEST = 4
"""The steps there are. As many faces at once, or more, are drawn as high."""


@dataclass(frozen=True, slots=True)
class LaneKey:
    """What has a lane of its own. `identity` tells namesakes apart: a celebrity's Id, empty for all else."""

    analysis: str
    label: str
    identity: str = ""

    @classmethod
    def of(cls, segment: Mapping[str, Any]) -> "LaneKey":
        return cls(segment["analysis"], segment["label"], _details(segment).get("id", ""))


@dataclass(frozen=True, slots=True)
class Bar:
    """One segment, or several that lie close together. `left` and `width` are percentages of the video's length,
    `step` (1 to 4) is how high it is drawn. Times are milliseconds; confidences 0-100, the mean over all samples.
    `at_once` is how many were seen at one time, at most; None where they were not counted.
    """

    left: float
    width: float
    start_ms: int
    end_ms: int
    segments: int
    samples: int
    max_confidence: float
    mean_confidence: float
    step: int
    at_once: int | None

    @property
    def right(self) -> float:
        return self.left + self.width


@dataclass(frozen=True, slots=True)
class Lane:
    """One label of one analysis. `parents` run from the top level down; `look` is that of the category. `identity`
    tells namesakes apart, `spellings` counts those in which a text was read (0: it is no text), and `at_once` is how
    many were seen at one time, at most (None: nobody counted). Where that is drawn, and not how sure it is, a lane is
    `counted`.

    `columns` divide the video's length evenly, each with the step of the highest segment in it, 0 for none. They are
    drawn where a lane is `outlined`: it has too many bars, and `bars` are only the areas that show their numbers.
    """

    analysis: str
    label: str
    parents: tuple[str, ...]
    category: str
    look: str
    identity: str
    spellings: int
    at_once: int | None
    counted: bool
    alerted: bool
    peak: float
    peak_ms: int
    segments: int
    seen_ms: int
    bars: tuple[Bar, ...]
    columns: bytes
    outlined: bool

    @property
    def path(self) -> tuple[str, ...]:
        """From the top level down to the label itself."""
        return (*self.parents, self.label)

    @property
    def about(self) -> str:
        """In words, what the label alone does not tell."""
        told = [f"Id {self.identity}"] if self.identity else []
        if self.spellings > 1:
            told.append(f"read in {count(self.spellings, 'spelling')}")
        if self.at_once is not None:
            told.append(at_once(self.at_once))
        return ", ".join(told)

    @property
    def outline(self) -> str:
        """The path that is drawn where the lane is outlined, in a box as wide as its columns and 4 high with the origin
        at its top left; else it is empty, and the bars are drawn.
        """
        if not self.outlined:
            return ""
        runs = (f"V{HIGHEST - height}h{sum(1 for _ in run)}" for height, run in groupby(self.columns))
        return f"M0 {HIGHEST}{''.join(runs)}V{HIGHEST}z"


def step(confidence: float) -> int:
    """How high a bar of this confidence (0-100) is drawn: 1 to 4."""
    return 1 + sum(confidence >= least for least in STEPS)


def draw_lane(
    key: LaneKey, group: Iterable[Mapping[str, Any]], end_ms: int, *, columns: int, alerted: bool, bars: int, areas: int
) -> Lane:
    """The lane of a label's segments, in any order. With more than so many bars it is outlined, with so many areas."""
    ordered = sorted(group, key=_by_time)
    drawn = _bars(ordered, end_ms)
    outlined = len(drawn) > bars
    parents = tuple(ordered[0]["parents"])
    category = taxonomy.category((*parents, key.label))
    peak = max(ordered, key=lambda segment: (segment["max_confidence"], -segment["peak_ms"]))
    return Lane(
        analysis=key.analysis,
        label=key.label,
        parents=parents,
        category=category,
        look=look(category),
        identity=key.identity,
        spellings=len({spelling for segment in ordered for spelling in _details(segment).get("spellings", ())}),
        at_once=max(_at_once(segment) or 0 for segment in ordered) or None,
        counted=any(_most_at_once(segment) is not None for segment in ordered),
        alerted=alerted,
        peak=peak["max_confidence"],
        peak_ms=peak["peak_ms"],
        segments=len(ordered),
        seen_ms=sum(segment["end_ms"] - segment["start_ms"] for segment in ordered),
        bars=tuple(_areas(ordered, end_ms, areas) if outlined else drawn),
        columns=_columns(ordered, end_ms, columns),
        outlined=outlined,
    )


def count_bars(group: Iterable[Mapping[str, Any]], end_ms: int) -> int:
    """How many bars a lane of these segments has."""
    return len(_bars(sorted(group, key=_by_time), end_ms))


def _by_time(segment: Mapping[str, Any]) -> tuple[int, int]:
    return segment["start_ms"], segment["end_ms"]


def _details(segment: Mapping[str, Any]) -> Mapping[str, Any]:
    details: Mapping[str, Any] = segment.get("details", {})
    return details


def _most_at_once(segment: Mapping[str, Any]) -> int | None:
    most: int | None = _details(segment).get("most_at_once")
    return most


def _at_once(segment: Mapping[str, Any]) -> int | None:
    most: int | None = _details(segment).get("most_at_once", _details(segment).get("most_instances"))
    return most


def _step(segment: Mapping[str, Any]) -> int:
    # That there is a face is hardly ever in doubt. How many there are is what a reader looks for.
    most = _most_at_once(segment)
    return step(segment["max_confidence"]) if most is None else min(HIGHEST, most)


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


def _columns(lane: Iterable[Mapping[str, Any]], end_ms: int, wide: int) -> bytes:
    columns = bytearray(wide)
    for segment in lane:
        first = min(wide - 1, segment["start_ms"] * wide // end_ms)
        last = -(-segment["end_ms"] * wide // end_ms)
        height = _step(segment)
        for column in range(first, max(first + 1, last)):
            columns[column] = max(columns[column], height)
    return bytes(columns)


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
        step=_step(segment),
        at_once=_at_once(segment),
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
        step=max(one.step, other.step),
        at_once=max(one.at_once or 0, other.at_once or 0) or None,
    )
