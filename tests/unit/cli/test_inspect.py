import gzip
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from reelsift.cli.main import app
from reelsift.cli.video_view import show_video
from reelsift.domain.dataset import SCHEMA
from reelsift.domain.policy import Policy
from reelsift.queries.inspection import inspect_recordings
from reelsift.queries.recording import Recording
from support.json_schema import problems


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, name: str, content: Any) -> str:
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return name


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["inspect", *arguments])


def moderation(*rows: tuple[int, str, str, float], **members: Any) -> dict[str, Any]:
    return {
        "JobStatus": "SUCCEEDED",
        "ModerationModelVersion": "7.0",
        "VideoMetadata": {"DurationMillis": 9_000},
        "ModerationLabels": [
            {"Timestamp": at_ms, "ModerationLabel": {"Name": name, "ParentName": parent, "Confidence": confidence}}
            for at_ms, name, parent, confidence in rows
        ],
    } | members


def labels(*rows: tuple[int, str, float], **members: Any) -> dict[str, Any]:
    return {
        "JobStatus": "SUCCEEDED",
        "LabelModelVersion": "3.0",
        "Labels": [
            {"Timestamp": at_ms, "Label": {"Name": name, "Parents": [], "Confidence": confidence}}
            for at_ms, name, confidence in rows
        ],
    } | members


def for_people(folder: Path, *names: str) -> str:
    """What a terminal of 120 columns shows."""
    inspection = inspect_recordings([Recording(name, (folder / name).read_bytes()) for name in names], POLICY)
    console = Console(width=120, record=True, file=StringIO())
    show_video(console, inspection.head, inspection.results())
    return console.export_text()


def celebrities(*confidences: float) -> dict[str, Any]:
    rows = [
        {"Timestamp": number * 500, "Celebrity": {"Name": "Ada Mirren", "Confidence": confidence}}
        for number, confidence in enumerate(confidences)
    ]
    return {"JobStatus": "SUCCEEDED", "Celebrities": rows}


def test_celebrities_that_are_not_kept_are_counted(folder: Path) -> None:
    file = write(folder, "a.json", celebrities(89.9, 50, 95))
    result = run(file, "--json")
    assert "2 detections of celebrities with a confidence below 90 left out" in result.stderr
    document = json.loads(result.stdout)
    assert problems(document, "video-dataset.schema.json") == []
    assert document["analyses"]["celebrities"]["left_out"] == {"detections": 2, "below": 90.0}
    assert [segment["samples"] for segment in document["segments"]] == [1]


@pytest.mark.parametrize("how", ["option", "setting"])
def test_how_sure_a_celebrity_must_be_can_be_said(folder: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    if how == "setting":
        monkeypatch.setenv("REELSIFT_CELEBRITIES_MIN_CONFIDENCE", "50")
    option = ["--celebrities-min-confidence", "50"] if how == "option" else []
    result = run(write(folder, "a.json", celebrities(89.9, 50, 95)), "--json", *option)
    assert result.stderr == ""
    document = json.loads(result.stdout)
    assert "left_out" not in document["analyses"]["celebrities"]
    assert [segment["samples"] for segment in document["segments"]] == [3]


POLICY = Policy.built_in()
WEAPONS = moderation((500, "Violence", "", 97.5), (500, "Weapons", "Violence", 97.5))


def test_json_has_the_shape_of_the_design(folder: Path) -> None:
    video = {"S3Object": {"Bucket": "clips", "Name": "a.mp4"}}
    result = run(write(folder, "a.json", WEAPONS | {"Video": video}), "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    weapons = {"analysis": "content_moderation", "label": "Weapons", "parents": ["Violence"]}
    violence = {"analysis": "content_moderation", "label": "Violence", "parents": []}
    measured = {
        "start_ms": 500,
        "end_ms": 1000,
        "samples": 1,
        "max_confidence": 97.5,
        "mean_confidence": 97.5,
        "peak_ms": 500,
        "last_ms": 500,
    }
    passed = {"max_confidence": 97.5, "peak_ms": 500, "threshold": 95.0, "ranges_ms": [[500, 1000]]}
    document = json.loads(result.stdout)
    assert problems(document, "video-dataset.schema.json") == []
    assert document == {
        "schema": SCHEMA,
        "video": dict.fromkeys(("video_id", "version_id", "etag", "size"))
        | {"uri": "s3://clips/a.mp4", "bucket": "clips", "key": "a.mp4", "duration_ms": 9_000},
        "analyses": {
            "content_moderation": {"status": "succeeded", "attempt": None, "job_id": None, "model_version": "7.0"}
        },
        "segments": [violence | measured, weapons | measured],
        "verdict": "review",
        "missing": [],
        "basis": {"attempts": {}, "policy": POLICY.digest},
        "reasons": [weapons | passed | {"threshold": 80.0}, violence | passed | {"threshold": 80.0}],
        "alerts": [weapons | passed, violence | passed],
    }


def test_standard_input_and_gzip_are_read_too(folder: Path) -> None:
    name = write(folder, "a.json", WEAPONS)
    read = CliRunner().invoke(app, ["inspect", "-"], input=gzip.compress(json.dumps([WEAPONS]).encode()))
    assert (read.exit_code, read.stdout) == (0, run(name).stdout)


def test_standard_input_is_read_once() -> None:
    result = run("-", "-")
    assert (result.exit_code, result.stderr) == (2, "error: standard input can be a source only once\n")


def test_without_a_terminal_json_needs_no_asking(folder: Path) -> None:
    name = write(folder, "a.json", WEAPONS)
    assert run(name).stdout == run(name, "--json").stdout


def test_segments_are_ordered_by_start_then_label_over_all_analyses(folder: Path) -> None:
    write(folder, "m.json", moderation((0, "Drinking", "Alcohol Use", 60), (4000, "Gambling", "", 60)))
    write(folder, "l.json", labels((0, "Bottle", 90), (0, "Table", 90), (2000, "Bottle", 90)))
    document = json.loads(run("l.json", "m.json").stdout)
    assert list(document["analyses"]) == ["content_moderation", "labels"]
    assert [(s["start_ms"], s["label"]) for s in document["segments"]] == [
        (0, "Bottle"),
        (0, "Drinking"),
        (0, "Table"),
        (2000, "Bottle"),
        (4000, "Gambling"),
    ]


def test_pages_may_come_in_one_file_or_many_and_in_any_order(folder: Path) -> None:
    first = moderation((0, "Gambling", "", 60), NextToken="2")
    last = moderation((500, "Gambling", "", 70))
    write(folder, "1.json", first)
    write(folder, "2.json", last)
    write(folder, "list.json", [first, last])
    results = [run("1.json", "2.json"), run("2.json", "1.json"), run("list.json")]
    assert [result.stderr for result in results] == ["", "", ""]
    assert len({result.stdout for result in results}) == 1
    (segment,) = json.loads(results[0].stdout)["segments"]
    assert (segment["start_ms"], segment["end_ms"], segment["samples"]) == (0, 1000, 2)


def test_a_missing_last_page_is_a_warning(folder: Path) -> None:
    result = run(write(folder, "1.json", moderation(NextToken="2")))
    document = json.loads(result.stdout)
    assert (result.exit_code, document["segments"]) == (0, [])
    assert document["analyses"]["content_moderation"]["status"] == "truncated"
    assert result.stderr.startswith("warning: the last page of content_moderation is missing")


def test_a_clean_video_is_approved(folder: Path) -> None:
    assert json.loads(run(write(folder, "a.json", moderation())).stdout)["verdict"] == "approve"


def test_labels_alone_give_no_verdict(folder: Path) -> None:
    document = json.loads(run(write(folder, "a.json", labels((0, "Bottle", 99)))).stdout)
    assert (document["video"]["uri"], document["verdict"], document["alerts"]) == (None, None, [])
    assert problems(document, "video-dataset.schema.json") == []
    assert document["missing"] == ["content_moderation"]


def test_answers_of_one_video_are_judged_together(folder: Path) -> None:
    write(folder, "m.json", moderation())
    write(folder, "l.json", labels((0, "Bottle", 99)))
    write(folder, "p.yaml", "labels: {Bottle: {review: 90}}")
    document = json.loads(run("m.json", "l.json", "--policy", "p.yaml").stdout)
    assert (document["verdict"], document["missing"]) == ("review", [])


def test_where_an_answer_that_the_policy_needs_is_missing_the_verdict_is_incomplete(folder: Path) -> None:
    write(folder, "m.json", moderation())
    write(folder, "p.yaml", "labels: {Bottle: {review: 90}}")
    document = json.loads(run("m.json", "--policy", "p.yaml").stdout)
    assert (document["verdict"], document["missing"]) == ("incomplete", ["labels"])


def test_half_an_answer_clears_no_video(folder: Path) -> None:
    document = json.loads(run(write(folder, "m.json", moderation(NextToken="2"))).stdout)
    assert (document["verdict"], document["missing"]) == ("incomplete", ["content_moderation"])


def test_another_policy_judges_otherwise(folder: Path) -> None:
    write(folder, "a.json", WEAPONS)
    write(folder, "p.yaml", "content_moderation: {Violence: {review: off, reject: 97, alert: 98}}")
    document = json.loads(run("a.json", "--policy", "p.yaml").stdout)
    assert (document["verdict"], document["alerts"]) == ("reject", [])


def test_a_mistyped_label_in_a_policy_is_a_warning(folder: Path) -> None:
    write(folder, "a.json", WEAPONS)
    write(folder, "p.yaml", "content_moderation: {Violense: off}")
    result = run("a.json", "--policy", "p.yaml")
    assert result.exit_code == 0
    assert "names Violense, which nobody knows: did you mean Violence?" in result.stderr


@pytest.mark.parametrize(
    ("rules", "warned"),
    [
        ("default: {review: 0.8, reject: 0.95}", True),
        ("default: {alert: off}\ncontent_moderation: {Violence: {review: 0.5, reject: 1}}", True),
        ("default: {review: 0.8, reject: 95}", False),
        ("default: {review: 0}", False),
        ("default: off", False),
    ],
)
def test_a_policy_of_fractions_is_warned_of(folder: Path, rules: str, *, warned: bool) -> None:
    write(folder, "p.yaml", rules)
    result = run(write(folder, "a.json", WEAPONS), "--policy", "p.yaml")
    assert result.exit_code == 0
    assert ("confidences are 0 to 100" in result.stderr) is warned


def test_the_longest_gap_may_be_set(folder: Path) -> None:
    write(folder, "a.json", moderation((0, "Gambling", "", 60), (5000, "Gambling", "", 60)))
    assert len(json.loads(run("a.json").stdout)["segments"]) == 2
    assert len(json.loads(run("a.json", "--max-gap-ms", "5000").stdout)["segments"]) == 1


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        ("Timestamp,Name\n", 2, "a.json: this is not JSON"),
        ("", 2, "a.json: this is not JSON: it is empty"),
        ({"JobId": "1"}, 2, "a.json: this is the answer of a Start* operation"),
        ("\ufffd[", 2, "a.json: this is not JSON"),
        ([], 2, "there is not a single page in the files"),
        ([moderation(), 7], 2, "a.json, element 2: a page of an answer is a JSON object"),
        ({"Reason": "none"}, 2, "a.json: no answer of GetContentModeration or GetLabelDetection"),
        ({"JobStatus": "SUCCEEDED", "Persons": []}, 2, "a.json: no answer of GetContentModeration or"),
        (
            [moderation(), moderation(JobId="1"), moderation(JobId="2")],
            2,
            "a.json, element 3: page 3 belongs to another",
        ),
        ({"JobStatus": "FAILED", "StatusMessage": "Codec."}, 1, "a.json: the analysis FAILED: Codec."),
        (moderation(JobStatus="FAILED"), 1, "a.json: the analysis FAILED: Rekognition gave no reason"),
        (labels(JobStatus="IN_PROGRESS"), 1, "a.json: the analysis is IN_PROGRESS: there is no result yet"),
        (
            moderation((0, "Gambling", "", 101)),
            1,
            "a.json: page 1, row 0, ModerationLabels[0].ModerationLabel.Confidence: must lie between 0 and 100",
        ),
    ],
)
def test_what_cannot_be_inspected_is_told_in_a_sentence(folder: Path, content: Any, code: int, sentence: str) -> None:
    result = run(write(folder, "a.json", content))
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith(f"error: {sentence}")


def test_a_missing_file_and_a_folder_are_wrong_use(folder: Path) -> None:
    assert (run("none.json").exit_code, run("none.json").stderr) == (2, "error: none.json: No such file or directory\n")
    assert run(str(folder)).exit_code == 2


def test_no_file_at_all_is_wrong_use() -> None:
    assert run().exit_code == 2


def test_answers_of_different_videos_are_not_mixed(folder: Path) -> None:
    write(folder, "m.json", moderation(Video={"S3Object": {"Bucket": "clips", "Name": "a.mp4"}}))
    write(folder, "l.json", labels(Video={"S3Object": {"Bucket": "clips", "Name": "b.mp4"}}))
    result = run("m.json", "l.json")
    assert result.exit_code == 2
    assert "of different videos: s3://clips/a.mp4, s3://clips/b.mp4" in result.stderr


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("default: {alert: loud}", "error: p.yaml: default.alert: must be a number"),
        (None, "error: p.yaml: No such file"),
    ],
)
def test_a_policy_that_cannot_be_used_is_wrong_use(folder: Path, text: str | None, sentence: str) -> None:
    write(folder, "a.json", WEAPONS)
    if text is not None:
        write(folder, "p.yaml", text)
    result = run("a.json", "--policy", "p.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(sentence)


def test_people_get_a_table_in_which_names_are_no_markup(folder: Path) -> None:
    write(folder, "a.json", moderation((500, "[bold]Spell[/]", "Violence", 97.25)))
    text = for_people(folder, "a.json")
    assert "Violence > [bold]Spell[/]" in text
    assert "97.25" in text
    assert "verdict: review" in text
    assert "alerts:  [bold]Spell[/]" in text


def test_people_are_told_what_is_missing(folder: Path) -> None:
    text = for_people(folder, write(folder, "m.json", moderation(NextToken="2")))
    assert "verdict: incomplete, the policy needs an answer of content_moderation" in text


def test_people_get_one_timeline_of_all_answers(folder: Path) -> None:
    write(folder, "m.json", WEAPONS)
    write(folder, "l.json", labels((0, "Bottle", 90)))
    lines = for_people(folder, "m.json", "l.json").splitlines()
    drawn = [line.split("  ")[0] for line in lines[:5]]
    assert drawn == ["content moderation", "! Weapons", "! Violence", "label detection", ""]
    assert lines[4].startswith("  Bottle ")
