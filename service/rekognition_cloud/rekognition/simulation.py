"""Detections for videos without a recorded answer: invented, and always the same for the same object.

They follow from the object's key, its ETag and its length. Nothing looks at the pictures; the model versions in the
answers say "simulated".
"""

import random
import struct
from collections.abc import Iterator

_FLOOR = 35.0


def chance_of(content: str, purpose: str) -> random.Random:
    """The dice for one content, thrown the same way each time; `purpose` keeps two analyses apart."""
    return random.Random(f"{purpose}/{content}")  # noqa: S311  # repeatable, not secret


def episode(chance: random.Random, duration_ms: int, step_ms: int, peak: float) -> Iterator[tuple[int, float]]:
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
