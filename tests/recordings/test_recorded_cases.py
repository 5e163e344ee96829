"""What people have sent, and what was done with it: small inputs below `cases/` of the recordings."""

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from reelsift.batches.submit.survey import Survey
from reelsift.cli.main import app
from reelsift.domain.line import Line
from reelsift.domain.video import ObjectRef
from reelsift.manifests.lists import read_list
from reelsift.manifests.manifest_row import BadRow, GoodRow
from reelsift.manifests.messages import Lines, parse_message
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


PLAIN = ObjectRef("reelsift-videos", "plain.mp4")


@pytest.mark.parametrize(
    ("name", "refs"),
    [
        ("list-athena-utc", [replace(PLAIN, size=3691)]),
        ("list-header-bucketname-size", [replace(PLAIN, size=3691)]),
        ("list-https-arn-s3a", [PLAIN] * 4),
        ("list-in-s3-not-csv", [PLAIN]),
        ("list-jsonl", [PLAIN]),
        ("list-semicolon-excel", [PLAIN]),
        ("list-raw-plus", [ObjectRef("reelsift-videos", "plus/a b.mp4")]),
    ],
)
def test_lists_are_read_as_people_have_them(name: str, refs: list[ObjectRef]) -> None:
    files = sorted(path for path in case(name).iterdir() if path.name != "README.md")
    rows = [row for file in files for row in read_list([file.read_bytes()])]
    assert [row.ref for row in rows if isinstance(row, GoodRow)] == refs
    assert not [row for row in rows if isinstance(row, BadRow)]
    assert not [row for row in rows if isinstance(row, GoodRow) and row.unread]


@pytest.mark.parametrize(
    ("name", "ref"),
    [
        ("event-cloudtrail-swallowed", PLAIN),
        ("event-size-text", ObjectRef("reelsift-videos", "a.mp4", size=3691)),
        ("line-other-member-names", PLAIN),
    ],
)
def test_news_of_an_object_is_read_whoever_brings_it(name: str, ref: ObjectRef) -> None:
    for file in sorted(case(name).glob("*.json")):
        parsed = parse_message(file.read_text(encoding="utf-8"), message_id="m", sent_ms=0)
        assert isinstance(parsed, Lines), file
        assert [line.ref for line in parsed.lines if isinstance(line, Line)] == [ref], file


def test_other_columns_behind_a_uri_are_noticed() -> None:
    survey = Survey(frozenset({"reelsift-videos"}))
    survey.add("a.csv", read_list([only_file("list-uri-and-title").read_bytes()]))
    assert survey.with_columns == survey.videos == 1


def test_a_policy_of_fractions_is_warned_of(tmp_path: Path) -> None:
    answer = tmp_path / "a.json.gz"
    answer.write_bytes(gzip.compress(b'{"JobStatus": "SUCCEEDED", "ModerationLabels": []}'))
    result = CliRunner().invoke(app, ["inspect", str(answer), "--policy", str(only_file("policy-fractions"))])
    assert result.exit_code == 0
    assert "all thresholds of the policy lie below 1" in result.stderr
