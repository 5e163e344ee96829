"""StartLabelDetection and GetLabelDetection."""

from typing import Any

from rekognition_cloud.rekognition.analysis import Analysis, Request, Row
from rekognition_cloud.rekognition.footage import Footage
from rekognition_cloud.rekognition.min_confidence import is_confident
from rekognition_cloud.rekognition.visible_labels import STEP_MS, visible_labels
from rekognition_cloud.rekognition.vocabulary import VOCABULARY


def _simulate(footage: Footage) -> list[Row]:
    return [
        _row(timestamp, label.name, confidence)
        for label in visible_labels(footage)
        for timestamp, confidence in label.samples
    ]


def _row(timestamp: int, name: str, confidence: float) -> Row:
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


def _path(row: Row) -> tuple[str, ...]:
    return (row["Label"]["Name"],)


def _confidence(row: Row) -> float:
    return float(row["Label"]["Confidence"])


def _position(row: Row, _request: Request) -> tuple[Any, ...]:
    return row["Timestamp"], row["Label"]["Name"]


def _is_wanted(row: Row, request: Request) -> bool:
    """Whether `MinConfidence` and the filters of `Settings` let a label through."""
    label = row["Label"]
    filters = request.get("Settings", {}).get("GeneralLabels", {})
    offered = {label["Name"]} | {category["Name"] for category in label.get("Categories", ())}
    included = filters.get("LabelInclusionFilters", []) + filters.get("LabelCategoryInclusionFilters", [])
    excluded = filters.get("LabelExclusionFilters", []) + filters.get("LabelCategoryExclusionFilters", [])
    passes = (not included or not offered.isdisjoint(included)) and offered.isdisjoint(excluded)
    return passes and is_confident(_confidence(row), request)


ANALYSIS = Analysis(
    name="labels",
    start="StartLabelDetection",
    get="GetLabelDetection",
    rows="Labels",
    version="LabelModelVersion",
    simulated_version="3.0-simulated",
    step_ms=STEP_MS,
    simulate=_simulate,
    path=_path,
    confidence=_confidence,
    position=_position,
    is_wanted=_is_wanted,
)
