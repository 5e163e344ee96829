"""GetTextDetection's answers, a page or a list of pages: lines that are read differently from sample to sample."""

import json
from functools import partial

from fuzz.answer_laws import check_document
from fuzz.target import Target
from reelsift.domain.analysis import Analysis


def _row(at: int, text: str, confidence: float, kind: str = "LINE") -> dict[str, object]:
    found = {"DetectedText": text, "Type": kind, "Id": 0, "Confidence": confidence}
    return {"Timestamp": at, "TextDetection": found | ({"ParentId": 0} if kind == "WORD" else {})}


_PAGE = {
    "JobStatus": "SUCCEEDED",
    "VideoMetadata": {"DurationMillis": 60_000, "FrameRate": 25},
    "TextModelVersion": "3.0",
    "TextDetections": [
        _row(0, "SALE 50%", 99),
        _row(0, "SALE", 99, "WORD"),
        _row(500, "SALE 5O%", 87.5),
        _row(1000, "sale \uff150%", 90),
        _row(1000, "Stra\u00dfe", 90),
        _row(1500, "STRASSE\u200b", 60),
    ],
}

TARGET = Target(
    partial(check_document, Analysis.TEXT),
    seeds=[
        json.dumps(document).encode()
        for document in (
            _PAGE,
            [_PAGE, _PAGE | {"TextDetections": []}],
            _PAGE | {"TextDetections": [_row(n * 500, "Il1|O0"[n], 60) for n in range(6)]},
            _PAGE | {"TextDetections": [_row(0, " ", 60)]},
        )
    ],
    is_json=True,
    words=("TextDetections", "TextDetection", "Timestamp", "DetectedText", "Type", "LINE", "WORD", "Confidence"),
)
