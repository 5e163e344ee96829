"""GetCelebrityRecognition's answers, a page or a list of pages: namesakes, and people whom nobody is sure of."""

import json
from functools import partial

from fuzz.answer_laws import check_document
from fuzz.target import Target
from reelsift.domain.analysis import Analysis


def _row(at: int, name: str, known_as: str, confidence: float, *urls: str) -> dict[str, object]:
    celebrity = {"Name": name, "Id": known_as, "Confidence": confidence, "Urls": urls, "KnownGender": {"Type": "Male"}}
    return {"Timestamp": at, "Celebrity": celebrity}


_PAGE = {
    "JobStatus": "SUCCEEDED",
    "VideoMetadata": {"DurationMillis": 60_000, "FrameRate": 25},
    "Celebrities": [
        _row(0, "Ada Mirren", "1ab", 96, "a.example/ada"),
        _row(467, "Ada Mirren", "2cd", 99.5),
        _row(467, "Noor Hale", "1ab", 89.5),
        _row(967, "Ada Mirren (2cd)", "", 99.5),
    ],
}

TARGET = Target(
    partial(check_document, Analysis.CELEBRITIES),
    seeds=[
        json.dumps(document).encode()
        for document in (
            _PAGE,
            [_PAGE, _PAGE | {"Celebrities": []}],
            _PAGE | {"Celebrities": [_row(n * 500, "Ada", f"{n % 2}", 60 + 10 * n) for n in range(5)]},
        )
    ],
    is_json=True,
    words=("Celebrities", "Celebrity", "Timestamp", "Name", "Id", "Urls", "Confidence"),
)
