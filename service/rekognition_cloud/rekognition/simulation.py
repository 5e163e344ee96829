"""Detections for videos without a recorded answer: invented, and always the same for the same object.

They follow from the object's key, its ETag and its length. Nothing looks at the pictures; the model versions in the
answers say "simulated".
"""

import random
import struct
from collections.abc import Iterator
from typing import Any

from rekognition_cloud.rekognition.taxonomy import LEAVES
from rekognition_cloud.rekognition.vocabulary import VOCABULARY

MODERATION_STEP_MS = 500
LABEL_STEP_MS = 200

_CLEAN_SHARE = 0.6
_STRONG_SHARE = 0.45
"""Of the flagged videos, those with a peak of 95 or more."""
_FLOOR = 35.0

Row = dict[str, Any]


def moderation_rows(content: str, duration_ms: int) -> list[Row]:
    """Moderation detections about every 500 ms, each with its ancestors, for the content so named."""
    chance = _chance(content, "content_moderation")
    if chance.random() < _CLEAN_SHARE:
        return []
    low, high = (95.0, 99.9) if chance.random() < _STRONG_SHARE else (60.0, 94.5)
    seen: dict[tuple[int, tuple[str, ...]], float] = {}
    for number, path in enumerate(chance.sample(LEAVES, chance.choice((1, 1, 2, 3)))):
        # The first label carries the video's peak, the others stay under it.
        peak = chance.uniform(low, high) if number == 0 else chance.uniform(55.0, low)
        for timestamp, confidence in _episode(chance, duration_ms, MODERATION_STEP_MS, peak):
            for level in range(1, len(path) + 1):
                at = (timestamp, path[:level])
                seen[at] = max(confidence, seen.get(at, 0.0))
    return [_moderation_row(timestamp, path, seen[timestamp, path]) for timestamp, path in sorted(seen)]


def label_rows(content: str, duration_ms: int) -> list[Row]:
    """Labels every 200 ms for the content so named."""
    chance = _chance(content, "labels")
    rows = []
    for name in chance.sample(sorted(VOCABULARY), chance.randint(3, 6)):
        for timestamp, confidence in _episode(chance, duration_ms, LABEL_STEP_MS, chance.uniform(60.0, 99.9)):
            rows.append(_label_row(timestamp, name, confidence))
    return rows


def _chance(content: str, purpose: str) -> random.Random:
    return random.Random(f"{purpose}/{content}")  # noqa: S311  # repeatable, not secret


def _episode(chance: random.Random, duration_ms: int, step_ms: int, peak: float) -> Iterator[tuple[int, float]]:
    """One stretch of time in which a label is seen: every sample with a confidence, one of them the peak."""
    samples = range(0, max(duration_ms, 1), step_ms)
    first = chance.randrange(len(samples))
    length = chance.randint(1, max(1, min(len(samples) - first, len(samples) // 2 + 1)))
    highest = chance.randrange(length)
    for number, timestamp in enumerate(samples[first : first + length]):
        confidence = peak if number == highest else max(_FLOOR, peak - chance.uniform(0.0, 25.0))
        yield timestamp, _float32(confidence)


def _float32(value: float) -> float:
    """Rekognition's confidences are 32-bit floats."""
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def _moderation_row(timestamp: int, path: tuple[str, ...], confidence: float) -> Row:
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


def _label_row(timestamp: int, name: str, confidence: float) -> Row:
    word = VOCABULARY[name]
    return {
        "Timestamp": timestamp,
        "Label": {
            "Name": name,
            "Confidence": confidence,
            "Instances": [],
            "Parents": [{"Name": parent} for parent in word.parents],
            "Aliases": [{"Name": alias} for alias in word.aliases],
            "Categories": [{"Name": category} for category in word.categories],
        },
    }
