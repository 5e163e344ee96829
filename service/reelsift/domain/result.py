"""What is shown and kept of an analysed video: the JSON that `show` and `inspect` print."""

from collections.abc import Iterable, Mapping
from typing import Any

from reelsift.domain.policy import Peak
from reelsift.domain.segments import Segment


def segment_members(segment: Segment) -> dict[str, Any]:
    """A segment as JSON: times in milliseconds, confidences 0-100."""
    return {
        "analysis": str(segment.analysis),
        "label": segment.label,
        "parents": list(segment.parents),
        "start_ms": segment.start_ms,
        "end_ms": segment.end_ms,
        "samples": segment.samples,
        "max_confidence": segment.max_confidence,
        "mean_confidence": segment.mean_confidence,
        "peak_ms": segment.peak_ms,
    }


def peak_members(peak: Peak) -> dict[str, Any]:
    """A label that passed a threshold, as JSON: the threshold it passed, and where."""
    return {
        "analysis": str(peak.analysis),
        "label": peak.label,
        "parents": list(peak.parents),
        "max_confidence": peak.max_confidence,
        "peak_ms": peak.peak_ms,
        "threshold": peak.threshold,
        "ranges_ms": [list(range_ms) for range_ms in peak.ranges_ms],
    }


def in_order(segments: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Segments as JSON, by start, then label."""
    return sorted(segments, key=lambda segment: (segment["start_ms"], segment["label"], segment["end_ms"]))
