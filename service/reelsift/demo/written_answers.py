"""Answers written for the demo, so that it can promise what they lead to. No film was made and no model asked."""

from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Any

from rekognition_cloud.clips import Card
from rekognition_cloud.rekognition.timecode import timecode

MODEL_VERSION = "7.0-fictional"
"""What stands as ModerationModelVersion in these answers; the simulation's own says `simulated`."""

FRAME_RATE = 5
"""Of the demo's clips."""

_STEP_MS = 500
_LETTER_WIDTH, _LINE_HEIGHT = 0.04, 0.12

Path = tuple[str, ...]


def moderation(*sightings: tuple[Path, int, Iterable[float]]) -> dict[str, Any]:
    """A Get answer as Rekognition writes it. A sighting is a label's path, the time of its first sample in
    milliseconds, and the confidence (0-100) of one sample every 500 ms; parents are as confident as their label.
    """
    rows = {
        (start_ms + number * _STEP_MS, path[:level]): confidence
        for path, start_ms, confidences in sightings
        for number, confidence in enumerate(confidences)
        for level in range(1, len(path) + 1)
    }
    return {
        "JobStatus": "SUCCEEDED",
        "ModerationModelVersion": MODEL_VERSION,
        "ModerationLabels": [
            {
                "Timestamp": at_ms,
                "ModerationLabel": {
                    "Name": path[-1],
                    "ParentName": path[-2] if len(path) > 1 else "",
                    "Confidence": confidence,
                    "TaxonomyLevel": len(path),
                },
                "ContentTypes": [],
            }
            for (at_ms, path), confidence in sorted(rows.items())
        ],
    }


def text(cards: Iterable[Card], misread: Mapping[int, tuple[str, str]] | None = None) -> dict[str, Any]:
    """What a GetTextDetection answers about these cards, a sample every 500 ms. `misread` has, by the time of a sample
    in milliseconds, a word and what it was taken for.
    """
    return {
        "JobStatus": "SUCCEEDED",
        "TextModelVersion": "3.0-fictional",
        "TextDetections": [
            {"Timestamp": at_ms, "TextDetection": found}
            for card in cards
            for at_ms in range(round(card.start_s * 1000), round(card.end_s * 1000), _STEP_MS)
            for found in _lines_and_words(card.lines, *(misread or {}).get(at_ms, ("", "")))
        ],
    }


def _lines_and_words(lines: tuple[str, ...], written: str, read: str) -> list[dict[str, Any]]:
    """All lines of one picture, then all their words. Ids count from 0."""
    words: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for line_id, line in enumerate(lines):
        seen = [(read, 82.5) if word == written else (word, 98.75) for word in line.split()]
        surest = sum(confidence for _, confidence in seen) / len(seen)
        found.append(_detected(" ".join(word for word, _ in seen), "LINE", line_id, line_id, surest))
        for word, confidence in seen:
            word_id = len(lines) + len(words)
            words.append(_detected(word, "WORD", word_id, line_id, confidence) | {"ParentId": line_id})
    return found + words


def _detected(text: str, kind: str, identifier: int, line_id: int, confidence: float) -> dict[str, Any]:
    box = {"Left": 0.05, "Top": 0.2 + 0.2 * line_id, "Width": len(text) * _LETTER_WIDTH, "Height": _LINE_HEIGHT}
    return {
        "DetectedText": text,
        "Type": kind,
        "Id": identifier,
        "Confidence": confidence,
        "Geometry": {"BoundingBox": box},
    }


def segments(cues: Iterable[tuple[str, int]], shots: Iterable[int]) -> dict[str, Any]:
    """What a GetSegmentDetection answers: cues by type and length, and shots by their length, both from the start of
    the video on, in seconds.
    """
    kinds = [(kind, seconds) for kind, seconds in cues]
    lengths = list(shots)
    ends = list(accumulate(seconds for _, seconds in kinds))
    rows = [
        _stretch(end - seconds, end, "TECHNICAL_CUE") | {"TechnicalCueSegment": {"Type": kind, "Confidence": 98.5}}
        for (kind, seconds), end in zip(kinds, ends, strict=True)
    ]
    for index, (seconds, end) in enumerate(zip(lengths, accumulate(lengths), strict=True)):
        rows.append(_stretch(end - seconds, end, "SHOT") | {"ShotSegment": {"Index": index, "Confidence": 99.25}})
    return {
        "JobStatus": "SUCCEEDED",
        "SelectedSegmentTypes": [{"Type": kind, "ModelVersion": "2.0-fictional"} for kind in ("SHOT", "TECHNICAL_CUE")],
        "Segments": rows,
    }


def _stretch(start_s: int, end_s: int, kind: str) -> dict[str, Any]:
    first, last = start_s * FRAME_RATE, end_s * FRAME_RATE - 1
    start_ms, end_ms = (frame * 1000 // FRAME_RATE for frame in (first, last))
    return {
        "Type": kind,
        "StartTimestampMillis": start_ms,
        "EndTimestampMillis": end_ms,
        "DurationMillis": end_ms - start_ms,
        "StartTimecodeSMPTE": timecode(first, FRAME_RATE),
        "EndTimecodeSMPTE": timecode(last, FRAME_RATE),
        "DurationSMPTE": timecode(last - first, FRAME_RATE),
        "StartFrameNumber": first,
        "EndFrameNumber": last,
        "DurationFrames": last - first,
    }


CLEAN = moderation()

PICNIC = moderation((("Alcohol", "Alcoholic Beverages"), 6_000, (58.25, 71.5, 66.0, 61.75)))
"""Something is seen, and all of it below the thresholds of the built-in policy."""

TOAST = moderation(
    (("Alcohol", "Alcohol Use", "Drinking"), 9_000, (81.5, 90.25, 96.75, 93.0, 84.5)),
    (("Alcohol", "Alcohol Use", "Drinking"), 21_500, (77.25, 83.0, 79.5)),
)

ARCHERY = moderation((("Violence", "Weapons"), 4_000, (72.5, 79.0, 88.75, 91.25, 86.5, 80.0, 70.5)))

STAGE_FIGHT = moderation(
    (("Violence", "Weapons"), 3_000, (61.0, 68.5, 74.25, 70.0, 66.5, 63.0)),
    (("Violence", "Graphic Violence", "Physical Violence"), 8_000, (64.5, 77.0, 83.25, 80.5, 72.0, 69.5, 66.0)),
    (("Violence", "Graphic Violence", "Blood & Gore"), 15_500, (62.25, 73.5, 98.5, 79.75, 68.0)),
    (("Violence", "Graphic Violence", "Physical Violence"), 24_000, (71.5, 78.25, 75.0)),
)
"""One sample above the alert threshold among weaker ones: a mean would hide it."""
