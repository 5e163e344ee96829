"""When what was seen in a video, for the lanes under its player."""

from typing import Any

from reelsift.console.reviewing.dataset import Dataset
from reelsift.domain.analysis import Analysis
from reelsift.domain.message_text import label_text
from reelsift.domain.result import SHOT
from reelsift.reports.lanes import Bar, Lane
from reelsift.reports.timeline import LaneGroup, draw

MOST_MARKS = 1000
"""Shots, and stretches of black frames, that are told: the first."""

_BLACK = "BlackFrames"


def lanes_members(dataset: Dataset, duration_ms: int | None) -> dict[str, Any] | None:
    """Lanes and ruler as JSON, None where nothing was seen. It takes its time: call it in a thread."""
    timeline = draw(dataset.segments, duration_ms, dataset.alerts)
    if timeline is None:
        return None
    ruled = [segment for segment in dataset.segments if segment["analysis"] == Analysis.SEGMENTS]
    shots = [segment["start_ms"] for segment in ruled if segment["label"] == SHOT]
    black = [[segment["start_ms"], segment["end_ms"]] for segment in ruled if segment["label"] == _BLACK]
    return {
        "end_ms": timeline.end_ms,
        "groups": [_group(group) for group in timeline.groups],
        "ruler": {"shots": sorted(shots)[:MOST_MARKS], "black": sorted(black)[:MOST_MARKS]},
    }


def _group(group: LaneGroup) -> dict[str, Any]:
    return {
        "analysis": group.analysis,
        "title": group.title,
        "lanes": [_lane(lane) for lane in group.lanes],
        "more": group.more,
    }


def _lane(lane: Lane) -> dict[str, Any]:
    return {
        "label": label_text(lane.label),
        "about": label_text(lane.about),
        "category": label_text(lane.category),
        "look": lane.look,
        "alerted": lane.alerted,
        "peak_ms": lane.peak_ms,
        "max_confidence": lane.peak,
        "bars": [_bar(bar) for bar in lane.bars],
    }


def _bar(bar: Bar) -> dict[str, Any]:
    return {
        "start_ms": bar.start_ms,
        "end_ms": bar.end_ms,
        "max_confidence": bar.max_confidence,
        "step": bar.step,
    }
