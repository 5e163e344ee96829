"""Detections for videos without a recorded answer: invented, and always the same for the same object.

They follow from the object's key, its ETag, its length and its frame rate. Nothing looks at the pictures; the model
versions in the answers say "simulated".
"""

import random
import struct
from collections.abc import Iterator

_FLOOR = 35.0


def chance_of(content: str, purpose: str) -> random.Random:
    """The dice for one content, thrown the same way each time; `purpose` keeps two analyses apart."""
    return random.Random(f"{purpose}/{content}")  # noqa: S311  # repeatable, not secret


def sample_times(span: tuple[int, int], step_ms: int) -> range:
    """The milliseconds of a span (start, end) at which a frame is looked at."""
    start, end = span
    return range(-(-start // step_ms) * step_ms, end, step_ms)


def episode(chance: random.Random, span: tuple[int, int], step_ms: int, peak: float) -> Iterator[tuple[int, float]]:
    """One stretch of a span (start, end in milliseconds) in which something is seen: every sample with a confidence,
    one of them the peak.
    """
    samples = sample_times(span, step_ms) or range(span[0], span[0] + 1)
    first = chance.randrange(len(samples))
    length = chance.randint(1, max(1, min(len(samples) - first, len(samples) // 2 + 1)))
    highest = chance.randrange(length)
    for number, timestamp in enumerate(samples[first : first + length]):
        confidence = peak if number == highest else max(_FLOOR, peak - chance.uniform(0.0, 25.0))
        yield timestamp, float32(confidence)


def float32(value: float) -> float:
    """Rekognition's confidences and coordinates are 32-bit floats."""
    return float(struct.unpack("<f", struct.pack("<f", value))[0])
