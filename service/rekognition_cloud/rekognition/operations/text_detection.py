"""StartTextDetection and GetTextDetection."""

import random
from collections.abc import Iterator, Mapping
from typing import Any

from rekognition_cloud.rekognition.analysis import Analysis, Request, Row
from rekognition_cloud.rekognition.footage import Footage
from rekognition_cloud.rekognition.region import check_regions, is_within
from rekognition_cloud.rekognition.simulation import chance_of, float32, sample_times
from rekognition_cloud.rekognition.writing import writings

_STEP_MS = 500
_MIN_CONFIDENCE = 80.0
"""Of a word, where the request's WordFilter names none."""

_MISREAD = 0.06
"""How often a word is read otherwise than it is written."""

_LOOKALIKES = (("0", "O"), ("5", "S"), ("O", "0"), ("l", "1"), ("i", "l"), ("e", "c"), ("S", "5"), ("a", "o"))
_MOST_LINES = 6
_LETTER_WIDTH, _LINE_HEIGHT = 0.022, 0.08


def _simulate(footage: Footage) -> list[Row]:
    """Lines and their words about every 500 ms, for as long as they are seen. Some words are misread now and then."""
    chance = chance_of(footage.content, "text")
    seen: dict[int, list[str]] = {}
    for writing in writings(footage):
        for at_ms in sample_times((writing.start_ms, writing.end_ms), _STEP_MS):
            seen.setdefault(at_ms, []).extend(writing.lines)
    return [row for at_ms in sorted(seen) for row in _sample(chance, at_ms, seen[at_ms][:_MOST_LINES])]


def _sample(chance: random.Random, at_ms: int, lines: list[str]) -> Iterator[Row]:
    """All lines of one picture, then all their words. Ids count from 0 in each picture."""
    words: list[Row] = []
    next_id = len(lines)
    for line_id, line in enumerate(lines):
        left, top = 0.5 - len(line) * _LETTER_WIDTH / 2, 0.2 + line_id * 1.5 * _LINE_HEIGHT
        read = [_read(chance, word) for word in line.split()]
        text = " ".join(word for word, _ in read)
        surest = sum(confidence for _, confidence in read) / len(read)
        yield _row(at_ms, {"DetectedText": text, "Type": "LINE", "Id": line_id}, surest, _geometry(left, top, text))
        for word, confidence in read:
            found = {"DetectedText": word, "Type": "WORD", "Id": next_id, "ParentId": line_id}
            words.append(_row(at_ms, found, confidence, _geometry(left, top, word)))
            left += (len(word) + 1) * _LETTER_WIDTH
            next_id += 1
    yield from words


def _read(chance: random.Random, word: str) -> tuple[str, float]:
    """A word as it is recognised, and how sure that is."""
    if chance.random() >= _MISREAD:
        return word, chance.uniform(92.0, 99.9)
    written, read = chance.choice(_LOOKALIKES)
    return word.replace(written, read), chance.uniform(55.0, 92.0)


def _row(at_ms: int, found: dict[str, Any], confidence: float, geometry: dict[str, Any]) -> Row:
    return {
        "Timestamp": at_ms,
        "TextDetection": {**found, "Confidence": float32(confidence), "Geometry": geometry},
    }


def _geometry(left: float, top: float, text: str) -> dict[str, Any]:
    width = len(text) * _LETTER_WIDTH
    corners = ((left, top), (left + width, top), (left + width, top + _LINE_HEIGHT), (left, top + _LINE_HEIGHT))
    return {
        "BoundingBox": {
            "Width": float32(width),
            "Height": float32(_LINE_HEIGHT),
            "Left": float32(left),
            "Top": float32(top),
        },
        "Polygon": [{"X": float32(x), "Y": float32(y)} for x, y in corners],
    }


def _path(row: Row) -> tuple[str, ...]:
    found = row["TextDetection"]
    return (found["Type"], found["DetectedText"])


def _confidence(row: Row) -> float:
    return float(row["TextDetection"]["Confidence"])


def _check(request: Request) -> None:
    check_regions(request.get("Filters", {}).get("RegionsOfInterest", ()))


def _is_wanted(row: Row, request: Request) -> bool:
    """Whether the filters let a word through. Amazon describes them for words alone: a line is taken like a word."""
    filters = request.get("Filters", {})
    word = filters.get("WordFilter", {})
    if _confidence(row) < word.get("MinConfidence", _MIN_CONFIDENCE):
        return False
    box = _box(row)
    # What a recording does not place in the picture is not filtered by place or size.
    return box is None or (
        box["Height"] >= word.get("MinBoundingBoxHeight", 0)
        and box["Width"] >= word.get("MinBoundingBoxWidth", 0)
        and is_within(box, filters.get("RegionsOfInterest", ()))
    )


def _box(row: Row) -> Mapping[str, float] | None:
    match row["TextDetection"].get("Geometry"):
        case {"BoundingBox": {"Width": float(width), "Height": float(height), "Left": float(left), "Top": float(top)}}:
            return {"Width": width, "Height": height, "Left": left, "Top": top}
        case _:
            return None


ANALYSIS = Analysis(
    name="text",
    start="StartTextDetection",
    get="GetTextDetection",
    rows="TextDetections",
    version="TextModelVersion",
    simulated_version="3.0-simulated",
    step_ms=_STEP_MS,
    simulate=_simulate,
    path=_path,
    confidence=_confidence,
    check=_check,
    is_wanted=_is_wanted,
)
