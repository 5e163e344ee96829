"""The ruler below a timeline: where shots begin, and what technical cues there are, such as black frames."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reelsift.domain.analysis import Analysis
from reelsift.domain.result import SHOT
from reelsift.reports.lanes import Lane, LaneKey, draw_lane

MARKS = 250
"""Marks that a screen can part. Shots that begin closer together than that share one."""

CUES = 12
"""Rows of cues. Rekognition knows seven."""

_BARS = 40
_AREAS = 8
_NEW_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Ruler:
    """Shots and cues of a video. `marks` are where shots begin, in percent of the video's length; `cues` are lanes of
    black frames, credits and the like, which have no peak worth telling.
    """

    shots: int
    marks: tuple[float, ...]
    cues: tuple[Lane, ...]


def draw_ruler(
    segments: Iterable[Mapping[str, Any]], end_ms: int, *, columns: int, alerts: frozenset[tuple[str, str]]
) -> Ruler | None:
    """The ruler of the segments of shots and cues, in any order; None of none. `alerts` are those of the timeline."""
    starts: list[int] = []
    cues: dict[str, list[Mapping[str, Any]]] = {}
    for segment in segments:
        if segment["label"] == SHOT:
            starts.append(segment["start_ms"])
        else:
            cues.setdefault(segment["label"], []).append(segment)
    if not starts and not cues:
        return None
    marks: dict[int, float] = {}
    for start_ms in sorted(starts):
        marks.setdefault(start_ms * MARKS // end_ms, 100 * start_ms / end_ms)
    shown = sorted(cues, key=lambda label: (min(segment["start_ms"] for segment in cues[label]), label))[:CUES]
    return Ruler(
        shots=len(starts),
        marks=tuple(marks.values()),
        cues=tuple(
            draw_lane(
                LaneKey(Analysis.SEGMENTS, label),
                cues[label],
                end_ms,
                columns=columns,
                alerted=(Analysis.SEGMENTS, label) in alerts,
                bars=_BARS,
                areas=_AREAS,
            )
            for label in shown
        ),
    )


def cue_name(label: str) -> str:
    """`BlackFrames` as `Black frames`."""
    return _NEW_WORD.sub(" ", label).capitalize()
