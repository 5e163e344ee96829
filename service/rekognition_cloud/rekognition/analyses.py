"""The operations of Rekognition Video this cloud has, one row of a table each."""

from collections.abc import Callable
from dataclasses import dataclass

from rekognition_cloud.rekognition.simulation import (
    LABEL_STEP_MS,
    MODERATION_STEP_MS,
    Row,
    label_rows,
    moderation_rows,
)


@dataclass(frozen=True)
class Analysis:
    """What differs between one Start/Get pair of operations and the next."""

    name: str
    """Part of the name of a recorded answer: `<key>.<name>.json` beside the video."""
    start: str
    get: str
    rows: str
    """Member of the Get answer that lists the detections."""
    finding: str
    """Member of a detection that holds name and confidence."""
    version: str
    """Member of the Get answer that names the model."""
    simulated_version: str
    step_ms: int
    simulate: Callable[[str, int], list[Row]]
    """Detections for a content and its length in milliseconds."""


ANALYSES = (
    Analysis(
        name="content_moderation",
        start="StartContentModeration",
        get="GetContentModeration",
        rows="ModerationLabels",
        finding="ModerationLabel",
        version="ModerationModelVersion",
        simulated_version="7.0-simulated",
        step_ms=MODERATION_STEP_MS,
        simulate=moderation_rows,
    ),
    Analysis(
        name="labels",
        start="StartLabelDetection",
        get="GetLabelDetection",
        rows="Labels",
        finding="Label",
        version="LabelModelVersion",
        simulated_version="3.0-simulated",
        step_ms=LABEL_STEP_MS,
        simulate=label_rows,
    ),
)
