"""The Rekognition operations reelsift drives, by the names its users write."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Analysis(StrEnum):
    """One Rekognition operation on a video. The value is what tables, messages and the command line say."""

    CONTENT_MODERATION = "content_moderation"
    LABELS = "labels"


@dataclass(frozen=True, slots=True)
class Operation:
    """How Rekognition's API names an analysis, and how densely it samples.

    `detections_key` and `version_key` are members of the Get* answer; `nominal_step_ms` is the time between two
    samples in milliseconds as recorded answers show it (500 for moderation, 200 for labels).
    """

    start: str
    get: str
    detections_key: str
    version_key: str
    nominal_step_ms: int
    get_options: dict[str, Any]


OPERATIONS: dict[Analysis, Operation] = {
    Analysis.CONTENT_MODERATION: Operation(
        start="StartContentModeration",
        get="GetContentModeration",
        detections_key="ModerationLabels",
        version_key="ModerationModelVersion",
        nominal_step_ms=500,
        get_options={"SortBy": "TIMESTAMP", "AggregateBy": "TIMESTAMPS"},
    ),
    Analysis.LABELS: Operation(
        start="StartLabelDetection",
        get="GetLabelDetection",
        detections_key="Labels",
        version_key="LabelModelVersion",
        nominal_step_ms=200,
        get_options={"SortBy": "TIMESTAMP", "AggregateBy": "TIMESTAMPS"},
    ),
}
