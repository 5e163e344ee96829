"""Why a video is to be looked at, in words and numbers, and where in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reelsift.console.reviewing.dataset import Dataset
from reelsift.domain.analysis import Analysis
from reelsift.domain.message_text import label_text

MOST_REASONS = 20
MOST_PEAKS = 40
MOST_WORDS = 5
MOST_PARENTS = 10

TAKEN_FOR_REASONS = 3
"""Labels that stand for reasons where there are none: the strongest."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Where a label was seen: from its first to its last moment, how often, and how long in all."""

    start_ms: int
    end_ms: int
    segments: int
    seen_ms: int


def shown_reasons(dataset: Dataset, *, disguised: bool) -> Sequence[Mapping[str, Any]]:
    """The reasons that a reviewer is shown, as `domain.result.peak_members` has them.

    Of a video that is looked at although it is approved (`disguised`) these are its strongest labels: without any, it
    would look like no other.
    """
    if dataset.reasons or not disguised:
        return dataset.reasons[:MOST_REASONS]
    return [
        {**segment, "threshold": 0.0, "ranges_ms": [[segment["start_ms"], segment["end_ms"]]]}
        for segment in _strongest(dataset.segments)[:TAKEN_FOR_REASONS]
    ]


def reason_members(reasons: Iterable[Mapping[str, Any]], dataset: Dataset) -> list[dict[str, Any]]:
    """The reasons as JSON for the page. `words` are what was read, of texts."""
    return [_reason(reason, _words(reason, dataset.segments)) for reason in reasons]


def peak_list(reasons: Sequence[Mapping[str, Any]], dataset: Dataset) -> list[dict[str, Any]]:
    """The moments that are worth a look, in the order of time: those of the reasons, and of the strongest labels of
    content moderation beside them.
    """
    known = {(reason["analysis"], reason["label"]) for reason in reasons}
    others = [
        segment for segment in _strongest(dataset.segments) if (segment["analysis"], segment["label"]) not in known
    ]
    peaks = [_peak(reason, above_threshold=True) for reason in reasons]
    peaks += [_peak(segment, above_threshold=False) for segment in others[: MOST_PEAKS - len(peaks)]]
    return sorted(peaks, key=lambda peak: (peak["ms"], peak["label"]))


def _strongest(segments: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of each label of content moderation the segment in which it is surest, the surest label first. A parent says less
    than its label, and is left out where that is as sure.
    """
    best: dict[str, Mapping[str, Any]] = {}
    for segment in segments:
        if segment["analysis"] != Analysis.CONTENT_MODERATION:
            continue
        known = best.get(segment["label"])
        if known is None or segment["max_confidence"] > known["max_confidence"]:
            best[segment["label"]] = segment
    said = {
        parent: max(segment["max_confidence"] for segment in best.values() if parent in segment["parents"])
        for segment in best.values()
        for parent in segment["parents"]
    }
    kept = [segment for label, segment in best.items() if said.get(label, -1.0) < segment["max_confidence"]]
    return sorted(kept, key=lambda segment: (-segment["max_confidence"], segment["label"]))


def _reason(reason: Mapping[str, Any], words: list[str]) -> dict[str, Any]:
    stretch = _stretch(reason)
    return {
        "analysis": reason["analysis"],
        "label": label_text(reason["label"]),
        "parents": [label_text(parent) for parent in reason["parents"][-MOST_PARENTS:]],
        "category": label_text(_category(reason)),
        "max_confidence": reason["max_confidence"],
        "peak_ms": reason["peak_ms"],
        "start_ms": stretch.start_ms,
        "end_ms": stretch.end_ms,
        "segments": stretch.segments,
        "seconds": round(stretch.seen_ms / 1000, 1),
        "words": words,
    }


def _stretch(reason: Mapping[str, Any]) -> _Stretch:
    ranges = reason["ranges_ms"] or [[reason["peak_ms"], reason["peak_ms"]]]
    return _Stretch(
        start_ms=min(start for start, _ in ranges),
        end_ms=max(end for _, end in ranges),
        segments=len(ranges),
        seen_ms=sum(end - start for start, end in ranges),
    )


def _words(reason: Mapping[str, Any], segments: Iterable[Mapping[str, Any]]) -> list[str]:
    if reason["analysis"] != Analysis.TEXT:
        return []
    lies_in = [tuple(range_ms) for range_ms in reason["ranges_ms"]]
    read = (
        segment["label"]
        for segment in segments
        if segment["analysis"] == Analysis.TEXT
        and any(start <= segment["peak_ms"] <= end for start, end in lies_in)
        and segment["label"] != reason["label"]
    )
    return [label_text(text) for text in list(dict.fromkeys(read))[:MOST_WORDS]]


def _peak(of: Mapping[str, Any], *, above_threshold: bool) -> dict[str, Any]:
    return {
        "ms": of["peak_ms"],
        "label": label_text(of["label"]),
        "category": label_text(_category(of)),
        "confidence": of["max_confidence"],
        "analysis": of["analysis"],
        "above_threshold": above_threshold,
    }


def _category(of: Mapping[str, Any]) -> str:
    return str(of["parents"][0] if of["parents"] else of["label"])
