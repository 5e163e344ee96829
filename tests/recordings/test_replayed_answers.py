"""The embedded cloud answers with recorded answers of AWS as they are. They are not of the project: RECORDED_ANSWERS
names their folder.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from rekognition_cloud.rekognition import recording
from rekognition_cloud.rekognition.arrangement import arranged
from rekognition_cloud.rekognition.operations import ANALYSES
from rekognition_cloud.rekognition.recording import find_recording
from rekognition_cloud.rekognition.video import StoredVideo
from support.needs import RECORDINGS

ASKED: dict[str, dict[str, Any]] = {"segments": {"SegmentTypes": ["TECHNICAL_CUE", "SHOT"]}}


@pytest.mark.parametrize("name", ["text", "celebrities", "faces", "segments"])
def test_rows_come_out_as_they_went_in(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (analysis,) = (one for one in ANALYSES if one.name == name)
    files = sorted((RECORDINGS / name).glob("*.json"))
    assert files
    for file in files:
        replayed = stored(file)
        monkeypatch.setattr(recording, "find_object", lambda *_place, video=replayed: video)
        found = find_recording("account", "region", replayed, analysis)
        assert found is not None
        assert found.first("JobStatus") == "SUCCEEDED", found.first("StatusMessage")
        request = ASKED.get(name, {})
        rows = [analysis.as_asked(row, request) for row in found.rows(analysis) if analysis.is_wanted(row, request)]
        answer = arranged(analysis, rows, request, sort_by=None, aggregate_by=None, duration_ms=0)
        assert answer == json.loads(file.read_text(encoding="utf-8"))[analysis.rows]


def stored(file: Path) -> StoredVideo:
    return StoredVideo("videos", "a.mp4", None, "etag", file.stat().st_size, file.read_bytes)
