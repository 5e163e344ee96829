"""What people have sent, and what was done with it: small inputs below `cases/` of the recordings."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from reelsift.cli.main import app
from rekognition_cloud.rekognition import recording
from rekognition_cloud.rekognition.operations import ANALYSES
from rekognition_cloud.rekognition.recording import find_recording
from rekognition_cloud.rekognition.video import StoredVideo
from support.needs import case

(MODERATION,) = (analysis for analysis in ANALYSES if analysis.name == "content_moderation")


def only_file(name: str) -> Path:
    (file,) = (path for path in case(name).iterdir() if path.name != "README.md")
    return file


def inspected(file: Path, *options: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["inspect", str(file), "--json", *options])
    assert result.exit_code == 0, result.stderr
    told: dict[str, Any] = json.loads(result.stdout)
    return told


@pytest.mark.parametrize(
    "name",
    [
        "inspect-bare-list",
        "inspect-camelcase-java",
        "inspect-dotnet-value",
        "inspect-no-jobstatus",
        "inspect-own-raw-gz",
        "inspect-python-repr",
        "inspect-utf16-powershell",
        "replay-bare-list-approves",
        "replay-unreadable-stalls",
    ],
)
def test_recorded_answers_are_inspected_in_the_form_they_were_saved_in(name: str) -> None:
    segments = inspected(only_file(name))["segments"]
    peak = max(segment["max_confidence"] for segment in segments if segment["label"] == "Weapon Violence")
    assert peak == pytest.approx(70.2, abs=0.01)


@pytest.mark.parametrize("name", ["replay-bare-list-approves", "replay-unreadable-stalls", "inspect-own-raw-gz"])
def test_the_same_answers_are_replayed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = only_file(name).read_bytes()
    monkeypatch.setattr(recording, "find_object", lambda *_: StoredVideo("b", "a.mp4", None, "e", 1, lambda: data))
    found = find_recording("1", "r", StoredVideo("b", "a.mp4", None, "e", 1, lambda: b""), MODERATION)
    assert found is not None
    assert found.first("JobStatus") == "SUCCEEDED"
    assert "Weapon Violence" in {row["ModerationLabel"]["Name"] for row in found.rows(MODERATION)}


def test_a_policy_of_fractions_is_warned_of(tmp_path: Path) -> None:
    answer = tmp_path / "a.json.gz"
    answer.write_bytes(gzip.compress(b'{"JobStatus": "SUCCEEDED", "ModerationLabels": []}'))
    result = CliRunner().invoke(app, ["inspect", str(answer), "--policy", str(only_file("policy-fractions"))])
    assert result.exit_code == 0
    assert "all thresholds of the policy lie below 1" in result.stderr
