"""GetLabelDetection's answers, a page or a list of pages."""

import json
from functools import partial

from fuzz.answer_laws import check_document
from fuzz.target import Target
from reelsift.domain.analysis import Analysis


def _row(at: int, name: str, confidence: float, *parents: str) -> dict[str, object]:
    label = {"Name": name, "Confidence": confidence, "Parents": [{"Name": parent} for parent in parents]}
    return {"Timestamp": at, "Label": {**label, "Instances": [], "Aliases": [], "Categories": []}}


_PAGE = {
    "JobStatus": "SUCCEEDED",
    "VideoMetadata": {"DurationMillis": 60_000, "FrameRate": 25},
    "LabelModelVersion": "3.0",
    "Labels": [
        _row(0, "Baseball", 89, "Sports", "Team"),
        _row(0, "Person", 99),
        _row(200, "Baseball", 87.5, "Team", "Sports"),
        _row(200, "Sports", 87),
        _row(400, "Person", 98.25),
        _row(400, "Bunny", 50, "Animal", "Mammal", "Wildlife"),
    ],
}

TARGET = Target(
    partial(check_document, Analysis.LABELS),
    seeds=[
        json.dumps(document).encode()
        for document in (
            _PAGE,
            [_PAGE, _PAGE | {"Labels": []}],
            _PAGE | {"Labels": [_row(200, "A", 60, "B") | {"EndTimestampMillis": 900, "StartTimestampMillis": 0}]},
            _PAGE | {"Labels": [_row(n * 200, "AB"[n % 2], 60, "BA"[n % 2]) for n in range(6)]},
        )
    ],
    is_json=True,
    words=("Labels", "Label", "Timestamp", "Parents", "Name", "Confidence", "StartTimestampMillis", "JobStatus"),
)
