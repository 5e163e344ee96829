"""Recorded answers of AWS are understood. They are not part of the project: RECORDED_ANSWERS names their folder."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from reelsift.cli.inspect import inspect
from reelsift.domain import taxonomy
from reelsift.domain.answer import Answer
from reelsift.errors import AnswerWithoutResult
from reelsift.queries.recording import Recording, read_answers
from support.json_schema import problems
from support.needs import RECORDINGS


def load(file: Path) -> dict[str, Any]:
    page: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return page


FOLDERS = ("labels", "moderation", "text", "segments", "faces", "celebrities", "errors")


def with_status(*statuses: str) -> list[Path]:
    files = [file for part in FOLDERS for file in RECORDINGS.glob(f"{part}/*.json")]
    return [file for file in sorted(files) if load(file).get("JobStatus") in statuses]


def labels_of(page: dict[str, Any]) -> Iterator[str]:
    """What the rows of a recorded page are called."""
    for key, kind in (("Labels", "Label"), ("ModerationLabels", "ModerationLabel"), ("Celebrities", "Celebrity")):
        yield from (row[kind]["Name"] for row in page.get(key, ()))
    lines = [row["TextDetection"] for row in page.get("TextDetections", ())]
    yield from (line["DetectedText"] for line in lines if line["Type"] == "LINE")
    yield from ("Face" for _ in page.get("Faces", ()))
    for row in page.get("Segments", ()):
        yield "Shot" if row["Type"] == "SHOT" else row["TechnicalCueSegment"]["Type"]


def test_each_finished_answer_gives_segments() -> None:
    files = with_status("SUCCEEDED")
    assert files
    for file in files:
        page = load(file)
        answer = Answer.of(Answer.recognise(page), [page])
        segments = answer.segments()
        assert segments, file
        for segment in segments:
            assert 0 <= segment.start_ms < segment.end_ms <= (answer.duration_ms or segment.end_ms), file
        assert {segment.label for segment in segments} == set(labels_of(page)), file


def test_where_aws_has_aggregated_its_segments_are_ours() -> None:
    files = [
        f for f in with_status("SUCCEEDED") if load(f).get("GetRequestMetadata", {}).get("AggregateBy") == "SEGMENTS"
    ]
    assert files
    for file in files:
        page = load(file)
        segments = Answer.of(Answer.recognise(page), [page]).segments()
        assert [(s.label, s.start_ms, s.end_ms, s.max_confidence) for s in segments] == [
            (
                row["ModerationLabel"]["Name"],
                row["StartTimestampMillis"],
                row["EndTimestampMillis"],
                row["ModerationLabel"]["Confidence"],
            )
            for row in page["ModerationLabels"]
        ]


def test_shots_and_cues_are_the_recorded_rows() -> None:
    files = sorted(RECORDINGS.glob("segments/*.json"))
    assert files
    for file in files:
        page = load(file)
        answer = Answer.of(Answer.recognise(page), [page])
        rows = {
            (
                row["StartTimestampMillis"],
                row["EndTimestampMillis"],
                row["StartTimecodeSMPTE"],
                row["EndTimecodeSMPTE"],
                row["StartFrameNumber"],
                row["EndFrameNumber"],
            )
            for row in page["Segments"]
        }
        segments = answer.segments()
        assert {(one.start_ms, one.end_ms, *one.details.values()) for one in segments} == rows
        assert len(segments) == len(page["Segments"])
        assert answer.duration_ms == page["VideoMetadata"][0]["DurationMillis"]
        assert answer.model_version == "SHOT 2.0, TECHNICAL_CUE 2.0"


def test_an_unfinished_or_failed_answer_is_refused_in_a_sentence() -> None:
    files = with_status("IN_PROGRESS", "FAILED")
    assert files
    for file in files:
        with pytest.raises(AnswerWithoutResult, match=r"the analysis (is IN_PROGRESS|FAILED: .+)"):
            read_answers([Recording(file.name, file.read_bytes())])


def test_somebody_famous_is_recorded_with_id_and_addresses() -> None:
    files = sorted(RECORDINGS.glob("celebrities/*.json"))
    assert files
    for file in files:
        page = load(file)
        found = {one.label: one.details for one in Answer.of(Answer.recognise(page), [page]).segments()}
        rows = [row["Celebrity"] for row in page["Celebrities"]]
        assert found == {row["Name"]: {"id": row["Id"], "urls": row["Urls"]} for row in rows}


def test_inspect_prints_each_finished_answer() -> None:
    app = typer.Typer()
    app.command()(inspect)
    for file in with_status("SUCCEEDED"):
        result = CliRunner().invoke(app, ["--json", str(file)])
        assert result.exit_code == 0, result.output
        assert problems(json.loads(result.stdout), "video-dataset.schema.json") == []


@pytest.mark.parametrize(("name", "tree"), [("moderation-v6", taxonomy.V6), ("moderation-v7", taxonomy.V7)])
def test_the_taxonomy_is_the_recorded_one(name: str, tree: taxonomy.Tree) -> None:
    ours = {(str(len(path)), path[-1], path[-2] if len(path) > 1 else "") for path in taxonomy.paths(tree)}
    with (RECORDINGS / "taxonomy" / f"{name}.csv").open(encoding="utf-8", newline="") as rows:
        assert ours == {(row["level"], row["name"], row["parent"]) for row in csv.DictReader(rows)}
