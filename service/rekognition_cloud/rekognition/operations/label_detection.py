"""StartLabelDetection and GetLabelDetection."""

from collections.abc import Mapping
from typing import Any

from rekognition_cloud.rekognition.analysis import Analysis, Row
from rekognition_cloud.rekognition.min_confidence import is_confident
from rekognition_cloud.rekognition.simulation import chance_of, episode
from rekognition_cloud.rekognition.vocabulary import VOCABULARY

_STEP_MS = 200


def _simulate(content: str, duration_ms: int) -> list[Row]:
    """Labels every 200 ms for the content so named."""
    chance = chance_of(content, "labels")
    rows = []
    for name in chance.sample(sorted(VOCABULARY), chance.randint(3, 6)):
        for timestamp, confidence in episode(chance, duration_ms, _STEP_MS, chance.uniform(60.0, 99.9)):
            rows.append(_row(timestamp, name, confidence))
    return rows


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


def _is_wanted(row: Row, request: Mapping[str, Any]) -> bool:
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
    step_ms=_STEP_MS,
    simulate=_simulate,
    path=_path,
    confidence=_confidence,
    is_wanted=_is_wanted,
)
