"""StartContentModeration and GetContentModeration."""

from typing import Any

from rekognition_cloud.rekognition.analysis import Analysis, Request, Row
from rekognition_cloud.rekognition.footage import Footage
from rekognition_cloud.rekognition.min_confidence import is_confident
from rekognition_cloud.rekognition.simulation import chance_of, episode
from rekognition_cloud.rekognition.storyboard import storyboard
from rekognition_cloud.rekognition.taxonomy import LEAVES

_STEP_MS = 500
_CLEAN_SHARE = 0.6
_STRONG_SHARE = 0.45
"""Of the flagged videos, those with a peak of 95 or more."""


def _simulate(footage: Footage) -> list[Row]:
    """Moderation detections about every 500 ms, each with its ancestors."""
    chance = chance_of(footage.content, "content_moderation")
    if chance.random() < _CLEAN_SHARE:
        return []
    low, high = (95.0, 99.9) if chance.random() < _STRONG_SHARE else (60.0, 94.5)
    seen: dict[tuple[int, tuple[str, ...]], float] = {}
    for number, path in enumerate(chance.sample(LEAVES, chance.choice((1, 1, 2, 3)))):
        # The first label carries the video's peak, the others stay under it.
        peak = chance.uniform(low, high) if number == 0 else chance.uniform(55.0, low)
        for timestamp, confidence in episode(chance, storyboard(footage).programme, _STEP_MS, peak):
            for level in range(1, len(path) + 1):
                at = (timestamp, path[:level])
                seen[at] = max(confidence, seen.get(at, 0.0))
    return [_row(timestamp, path, seen[timestamp, path]) for timestamp, path in sorted(seen)]


def _row(timestamp: int, path: tuple[str, ...], confidence: float) -> Row:
    return {
        "Timestamp": timestamp,
        "ModerationLabel": {
            "Confidence": confidence,
            "Name": path[-1],
            "ParentName": path[-2] if len(path) > 1 else "",
            "TaxonomyLevel": len(path),
        },
        "ContentTypes": [],
    }


def _path(row: Row) -> tuple[str, ...]:
    label = row["ModerationLabel"]
    return (label.get("ParentName", ""), label["Name"])


def _confidence(row: Row) -> float:
    return float(row["ModerationLabel"]["Confidence"])


def _position(row: Row, _request: Request) -> tuple[Any, ...]:
    return row["Timestamp"], row["ModerationLabel"]["Name"]


def _is_wanted(row: Row, request: Request) -> bool:
    return is_confident(_confidence(row), request)


ANALYSIS = Analysis(
    name="content_moderation",
    start="StartContentModeration",
    get="GetContentModeration",
    rows="ModerationLabels",
    version="ModerationModelVersion",
    simulated_version="7.0-simulated",
    step_ms=_STEP_MS,
    simulate=_simulate,
    path=_path,
    confidence=_confidence,
    position=_position,
    is_wanted=_is_wanted,
)
