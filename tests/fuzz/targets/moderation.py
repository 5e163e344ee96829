"""GetContentModeration's answers, a page or a list of pages: segments, verdict and alert."""

import json
from functools import partial

from fuzz.answer_laws import check_document
from fuzz.target import Target
from reelsift.domain.analysis import Analysis


def _row(at: int, name: str, parent: str, confidence: float) -> dict[str, object]:
    label = {"Name": name, "ParentName": parent, "Confidence": confidence, "TaxonomyLevel": 2 if parent else 1}
    return {"Timestamp": at, "ModerationLabel": label, "ContentTypes": []}


_PAGE = {
    "JobStatus": "SUCCEEDED",
    "JobId": "a1",
    "VideoMetadata": {"Codec": "h264", "DurationMillis": 9000, "FrameRate": 29.97, "FrameHeight": 720},
    "ModerationModelVersion": "7.0",
    "Video": {"S3Object": {"Bucket": "reelsift-videos-test", "Name": "clips/beach.mp4"}},
    "ModerationLabels": [
        _row(0, "Explicit", "", 97.5),
        _row(0, "Explicit Nudity", "Explicit", 97.5),
        _row(500, "Explicit", "", 99.25),
        _row(4000, "Gambling", "Gambling", 50),
        _row(4500, "Never heard of", "Neither of this", 95),
    ],
}
_STRETCH = {"StartTimestampMillis": 0, "EndTimestampMillis": 1500, "DurationMillis": 1500}

TARGET = Target(
    partial(check_document, Analysis.CONTENT_MODERATION),
    seeds=[
        json.dumps(document).encode()
        for document in (
            _PAGE,
            [_PAGE | {"NextToken": "t"}, _PAGE | {"ModerationLabels": []}],
            _PAGE | {"ModerationLabels": [_row(0, "Violence", "", 96) | _STRETCH]},
            {"JobStatus": "FAILED", "StatusMessage": "Unsupported codec/format."},
            {"JobStatus": "IN_PROGRESS", "ModerationLabels": []},
        )
    ],
    is_json=True,
    words=("ModerationLabels", "ModerationLabel", "Timestamp", "ParentName", "Confidence", "EndTimestampMillis"),
)
