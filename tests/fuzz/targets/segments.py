"""GetSegmentDetection's answers, a page or a list of pages: stretches that are not joined, and metadata in arrays."""

import json
from functools import partial

from fuzz.answer_laws import check_document
from fuzz.target import Target
from reelsift.domain.analysis import Analysis


def _row(start: int, end: int, cue: str | None = None) -> dict[str, object]:
    stretch = {"StartTimestampMillis": start, "EndTimestampMillis": end, "DurationMillis": end - start}
    codes = {"StartTimecodeSMPTE": "00:00:00;00", "EndTimecodeSMPTE": "00:00:09;29", "StartFrameNumber": 0}
    if cue is None:
        return stretch | codes | {"Type": "SHOT", "ShotSegment": {"Index": 0, "Confidence": 99.5}}
    return stretch | {"Type": "TECHNICAL_CUE", "TechnicalCueSegment": {"Type": cue, "Confidence": 90.5}}


_PAGE = {
    "JobStatus": "SUCCEEDED",
    "VideoMetadata": [{"DurationMillis": 15_015, "FrameRate": 29.97}],
    "AudioMetadata": [{"DurationMillis": 15_007}],
    "SelectedSegmentTypes": [{"Type": "SHOT", "ModelVersion": "2.0"}, {"Type": "TECHNICAL_CUE", "ModelVersion": "2.0"}],
    "Segments": [_row(0, 9976, "BlackFrames"), _row(9976, 14_981, "Content"), _row(0, 9976), _row(9976, 14_981)],
}

TARGET = Target(
    partial(check_document, Analysis.SEGMENTS),
    seeds=[
        json.dumps(document).encode()
        for document in (
            _PAGE,
            [_PAGE, _PAGE | {"Segments": [_row(14_981, 15_015)]}],
            _PAGE | {"Segments": [_row(0, 400), _row(200, 600), _row(200, 200)]},
            _PAGE | {"VideoMetadata": [], "SelectedSegmentTypes": "2.0"},
        )
    ],
    is_json=True,
    words=("Segments", "ShotSegment", "TechnicalCueSegment", "Type", "SHOT", "StartFrameNumber", "Confidence"),
)
