"""A video's timeline as a picture: lanes of all analyses over the video's length, and a ruler below. Geometry only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reelsift.domain.analysis import Analysis
from reelsift.reports.lanes import Lane, LaneKey, count_bars, draw_lane
from reelsift.reports.ruler import Ruler, draw_ruler
from reelsift.reports.wording import clock

LANES = 24
"""Lanes drawn: labels that alerted, then the most confident of each analysis in turn."""

BARS = 96
"""Bars drawn one by one, in all lanes together. With the numbers of each, a picture stays below 30 KB."""

COLUMNS = 250
"""Columns of an outline, which is what is drawn of more bars than that."""

AREAS = 40
"""Areas of an outline that show their numbers, in all lanes together."""

TALL = 8
"""Lanes above which the axis is told at the top as well: the bottom may be a screen away, or on the next sheet."""

_TICKS = 6
_TICK_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_CHARACTER = 2.6
"""The room a character of the axis takes at most: on the screen of a phone."""
_TENTHS_BELOW_MS = 10_000


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the axis, at a percentage of the video's length."""

    left: float
    text: str


@dataclass(frozen=True, slots=True)
class LaneGroup:
    """The lanes of one analysis, of which `title` is what people call it. `more` of its labels have no lane."""

    analysis: str
    title: str
    lanes: tuple[Lane, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """A video's lanes, by analysis. `end_ms` is where the axis ends: the video's length, or the last segment's end
    where that is not known (`length_known`) or later.
    """

    end_ms: int
    length_known: bool
    ticks: tuple[Tick, ...]
    groups: tuple[LaneGroup, ...]
    ruler: Ruler | None

    @property
    def lanes(self) -> list[Lane]:
        """Those of all groups, from the top down."""
        return [lane for group in self.groups for lane in group.lanes]

    @property
    def more(self) -> int:
        """How many labels have no lane."""
        return sum(group.more for group in self.groups)

    @property
    def more_by_title(self) -> str:
        """The same, by analysis, in words; empty for none."""
        return ", ".join(f"{group.more:,} of {group.title}" for group in self.groups if group.more)

    @property
    def tall(self) -> bool:
        """Whether the axis is told at the top as well."""
        return len(self.lanes) > TALL

    @property
    def crowded(self) -> bool:
        """Whether a lane has too many bars to draw each."""
        return any(lane.outlined for lane in self.lanes)


def draw(
    segments: Iterable[Mapping[str, Any]],
    duration_ms: int | None,
    alerts: frozenset[tuple[str, str]],
    *,
    columns: int = COLUMNS,
) -> Timeline | None:
    """The timeline of some segments, as `domain.result.segment_members` has them, in any order; None of none.

    `alerts` names analysis and label of what passed the alert threshold. `columns` is how finely a lane's columns
    divide the video.
    """
    groups: dict[str, dict[LaneKey, list[Mapping[str, Any]]]] = {}
    ruled: list[Mapping[str, Any]] = []
    last_ms = -1
    for segment in segments:
        last_ms = max(last_ms, segment["end_ms"])
        if segment["analysis"] == Analysis.SEGMENTS:
            ruled.append(segment)
        else:
            key = LaneKey.of(segment)
            groups.setdefault(key.analysis, {}).setdefault(key, []).append(segment)
    if last_ms < 0:
        return None
    end_ms = max(duration_ms or 0, last_ms, 1)
    ordered = {str(analysis): _strongest_first(groups[analysis], alerts) for analysis in Analysis if analysis in groups}
    chosen = _chosen(ordered, alerts)
    most_bars = _most_bars(count_bars(groups[key.analysis][key], end_ms) for key in chosen)

    def lane(key: LaneKey) -> Lane:
        return draw_lane(
            key,
            groups[key.analysis][key],
            end_ms,
            columns=columns,
            alerted=_alerted(key, alerts),
            bars=most_bars,
            areas=max(1, AREAS // len(chosen)),
        )

    return Timeline(
        end_ms=end_ms,
        length_known=bool(duration_ms),
        ticks=tuple(_ticks(end_ms)),
        groups=tuple(
            LaneGroup(
                analysis=analysis,
                title=Analysis(analysis).spec.title,
                lanes=tuple(lane(key) for key in keys if key in chosen),
                more=sum(key not in chosen for key in keys),
            )
            for analysis, keys in ordered.items()
        ),
        ruler=draw_ruler(ruled, end_ms, columns=columns, alerts=alerts),
    )


def _alerted(key: LaneKey, alerts: frozenset[tuple[str, str]]) -> bool:
    return (key.analysis, key.label) in alerts


def _strongest_first(
    lanes: Mapping[LaneKey, Sequence[Mapping[str, Any]]], alerts: frozenset[tuple[str, str]]
) -> list[LaneKey]:
    def rank(key: LaneKey) -> tuple[bool, float, int, str, str]:
        # A parent is as confident as its label, and says less.
        peak = max(segment["max_confidence"] for segment in lanes[key])
        return (not _alerted(key, alerts), -peak, -len(lanes[key][0]["parents"]), key.label, key.identity)

    return sorted(lanes, key=rank)


def _chosen(ordered: Mapping[str, Sequence[LaneKey]], alerts: frozenset[tuple[str, str]]) -> set[LaneKey]:
    """The lanes that are drawn. Analyses take turns: what there is to see is nearly always surer than what is wrong
    with it, and forty sure labels would leave no room.
    """
    turns = [
        (not _alerted(key, alerts), turn, place, key)
        for place, keys in enumerate(ordered.values())
        for turn, key in enumerate(keys)
    ]
    return {key for *_, key in sorted(turns, key=lambda one: one[:3])[:LANES]}


def _most_bars(counts: Iterable[int]) -> int:
    """How many bars a lane may have to be drawn bar by bar, so that all of these have BARS together at most."""
    most, together = 0, 0
    for count in sorted(counts):
        together += count
        if together > BARS:
            # Not even those that have as many as this one.
            return min(most, count - 1)
        most = count
    return most


def _ticks(end_ms: int) -> Iterator[Tick]:
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
