"""GetFaceDetection's answers, a page or a list of pages: several faces at one time, told apart by where they are."""

import json
from functools import partial

from fuzz.answer_laws import check_document
from fuzz.target import Target
from reelsift.domain.analysis import Analysis


def _row(at: int, left: float, confidence: float) -> dict[str, object]:
    box = {"Left": left, "Top": 0.1, "Width": 0.2, "Height": 0.3}
    return {"Timestamp": at, "Face": {"BoundingBox": box, "Confidence": confidence, "Quality": {"Sharpness": 83.5}}}


_PAGE = {
    "JobStatus": "SUCCEEDED",
    "VideoMetadata": {"DurationMillis": 60_000, "FrameRate": 25},
    "Faces": [_row(467, -0.1, 87.75), _row(967, 0.1, 99.5), _row(967, 0.5, 99.5), _row(967, 0.5, 99.5)],
}

TARGET = Target(
    partial(check_document, Analysis.FACES),
    seeds=[
        json.dumps(document).encode()
        for document in (_PAGE, [_PAGE, _PAGE | {"Faces": []}], _PAGE | {"Faces": [_row(0, n, 60) for n in range(4)]})
    ],
    is_json=True,
    words=("Faces", "Face", "Timestamp", "BoundingBox", "Left", "Width", "Confidence"),
)
