"""An answer in which labels come and go all the time: as many segments as detections."""

from collections.abc import Iterator
from typing import Any

PAGE_ROWS = 1000

_STEP_MS = 500
_LABELS = 8
_OFTEN = 2
"""Each label is seen at one time of two: never at two in a row."""


def dense_pages(segments: int) -> Iterator[dict[str, Any]]:
    """The pages of an answer that becomes so many segments, of labels that all pass the alert's threshold."""
    rows = [_row(number) for number in range(segments)]
    for start in range(0, segments, PAGE_ROWS):
        page = {
            "JobStatus": "SUCCEEDED",
            "VideoMetadata": {"DurationMillis": rows[-1]["Timestamp"] + _STEP_MS},
            "ModerationModelVersion": "7.0",
            "ModerationLabels": rows[start : start + PAGE_ROWS],
        }
        yield page | ({"NextToken": "2"} if start + PAGE_ROWS < segments else {})


def _row(number: int) -> dict[str, Any]:
    time, nth = divmod(number, _LABELS // _OFTEN)
    label = f"Label {nth * _OFTEN + time % _OFTEN}"
    moderation = {"Name": label, "ParentName": "", "Confidence": 50 + number % 50 + 1 / 3, "TaxonomyLevel": 1}
    return {"Timestamp": time * _STEP_MS, "ModerationLabel": moderation}
