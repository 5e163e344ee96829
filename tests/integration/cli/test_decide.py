"""`decide`: what a person says of a video, alone or by the file."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from integration.cli.conftest import Deployed
from reelsift.aws.deployment import Deployment
from reelsift.domain.policy import Verdict
from reelsift.domain.reason_catalogue import ReasonCatalogue
from reelsift.domain.status import Status, VideoStatus
from reelsift.domain.status_changes import judged
from reelsift.domain.video import Video
from support.decisions import verdict


@pytest.fixture
def video(deployed: Deployed) -> str:
    """The location of a video that nobody has analysed."""
    deployed.put_video("clips/7.mp4", b"seven")
    return f"s3://{deployed.data_bucket}/clips/7.mp4"


def decided(deployed: Deployed, *arguments: str) -> dict[str, Any]:
    """What a decision prints."""
    result = deployed.cli("decide", *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return dict(json.loads(result.stdout))


def row(deployed: Deployed, video_id: str) -> VideoStatus:
    async def read(deployment: Deployment) -> VideoStatus | None:
        return await deployment.reviews.get(video_id)

    found = deployed.do(read)
    assert found is not None
    return found


def test_a_video_is_decided_before_anything_was_analysed_and_by_its_id_afterwards(
    deployed: Deployed, video: str
) -> None:
    first = decided(deployed, video, "reject", "--reason", "nudity", "--reason", "hate", "--note", "a")
    assert (first["status"], first["decision"], first["revision"]) == ("rejected", 1, 1)
    assert first["reasons"] == ["nudity", "hate"]
    second = decided(
        deployed,
        *(first["video_id"], "restrict", "--reason", "adults_only", "--age", "16", "--territory", "de"),
        *("--warning-label", "Blood", "--demote", "--demonetise"),
    )
    assert second["restriction"] == {
        "age": 16,
        "territories": ["DE"],
        "warning_label": "Blood",
        "demote": True,
        "demonetise": True,
    }
    assert second["by"] == first["by"]
    stored = row(deployed, first["video_id"])
    assert (stored.status, stored.last_decision) == (Status.RESTRICTED, 2)


def test_what_is_said_tells_how_to_take_it_back_and_that_works(deployed: Deployed, video: str) -> None:
    said = deployed.cli("decide", video, "reject", "--reason", "nudity").stderr
    assert "is rejected: decision 1" in said
    assert "for 10 s nobody is told" in said
    command = said.split("`")[1].split()
    assert command[:2] == ["reelsift", "decide"]
    result = deployed.cli(*command[1:])
    assert result.exit_code == 0
    assert "decision 1 was withdrawn by decision 2" in result.stderr


def test_a_decision_copies_what_the_verdict_rested_on(deployed: Deployed) -> None:
    deployed.put_video("seen.mp4", b"seen")
    etag = deployed.client("s3").head_object(Bucket=deployed.data_bucket, Key="seen.mp4")["ETag"].strip('"')
    seen = Video(deployed.data_bucket, "seen.mp4", etag)
    made = verdict(Verdict.REVIEW, video=seen)

    async def judge(deployment: Deployment) -> None:
        await deployment.reviews.write(judged(VideoStatus.new(seen), made), None)

    deployed.do(judge)
    decided(deployed, seen.uri, "reject", "--reason", "nudity")

    async def read(deployment: Deployment) -> Any:
        return await deployment.decisions.get(seen.video_id, 1)

    decision = deployed.do(read)
    assert decision.automated
    (reason,) = decision.private.evidence["reasons"]
    assert (reason["label"], reason["max_confidence"], reason["peak_ms"]) == ("Explicit Nudity", 98.0, 1500)
    assert decision.private.evidence["policy"] == "policy"


def test_who_decides_second_without_having_seen_it_is_told_and_nothing_is_written(
    deployed: Deployed, video: str
) -> None:
    first = decided(deployed, video, "approve")
    result = deployed.cli("decide", video, "reject", "--reason", "nudity", "--seen-decision", "0")
    assert result.exit_code == 1
    assert f"was decided meanwhile: decision 1 is approve, by {first['by']}" in result.stderr
    assert row(deployed, first["video_id"]).last_decision == 1
    assert decided(deployed, video, "reject", "--reason", "nudity", "--seen-decision", "1")["decision"] == 2


def test_under_a_key_it_is_decided_once(deployed: Deployed, video: str) -> None:
    first = decided(deployed, video, "approve", "--idempotency-key", "ticket 7")
    again = decided(deployed, video, "approve", "--idempotency-key", "ticket 7")
    assert (first["repeated"], again["repeated"]) == (False, True)
    other = deployed.cli("decide", video, "reject", "--reason", "nudity", "--idempotency-key", "ticket 7")
    assert other.exit_code == 2
    assert f"stands for something else: decision 1 of {first['video_id']}" in other.stderr


def test_whoever_is_named_has_a_pseudonym_and_no_name_is_in_the_reviews(deployed: Deployed, video: str) -> None:
    own = decided(deployed, video, "approve")["by"]
    named = decided(deployed, video, "reject", "--reason", "nudity", "--as", "Carla Example")["by"]
    assert own != named
    scanned = deployed.client("dynamodb").scan(TableName=f"{deployed.name}-reviews")
    assert "Carla" not in str(scanned["Items"])
    people = deployed.client("dynamodb").scan(TableName=f"{deployed.name}-people")["Items"]
    assert {person["pseudonym"]["S"] for person in people} == {own, named}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "say which video, and what is decided of it; or --from FILE, or --reasons"),
        (["VIDEO"], "say which video, and what is decided of it; or --from FILE, or --reasons"),
        (["VIDEO", "reject"], "reject needs a reason of the catalogue: the uploader is owed one"),
        (["VIDEO", "reject", "--reason", "boredom"], "the catalogue has no reason 'boredom'"),
        (["VIDEO", "approve", "--age", "18"], "approve restricts nothing"),
        (["VIDEO", "withdraw"], "withdraw takes back one decision, and has to name it by its number"),
        (["VIDEO", "withdraw", "--decision", "1"], "has no decision, and none of number 1"),
        (["VIDEO", "reject", "--kind", "child_safety"], "reject has no kind: only escalate has"),
        (["VIDEO", "approve", "--as", "-"], "--as: a name has 1 to 100 characters"),
        (["clip", "approve"], "'clip' is neither s3://bucket/key nor a video id of 40 hex digits"),
        (["VIDEO", "approve", "--from", "a.csv"], "--from takes videos and actions from the file"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_a_sentence(
    deployed: Deployed, video: str, arguments: list[str], sentence: str
) -> None:
    result = deployed.cli("decide", *[video if argument == "VIDEO" else argument for argument in arguments])
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_what_lies_there_no_more_is_named_by_its_id(deployed: Deployed, video: str) -> None:
    gone = deployed.cli("decide", f"s3://{deployed.data_bucket}/never.mp4", "approve")
    assert (gone.exit_code, "nothing is known of" in gone.stderr) == (1, True)
    video_id = decided(deployed, video, "approve")["video_id"]
    deployed.client("s3").delete_object(Bucket=deployed.data_bucket, Key="clips/7.mp4")
    result = deployed.cli("decide", video, "reject", "--reason", "nudity")
    assert result.exit_code == 1
    assert video_id in result.stderr
    assert decided(deployed, video_id, "reject", "--reason", "nudity")["status"] == "rejected"
    unknown = deployed.cli("decide", "0" * 40, "approve")
    assert "nothing is known of" in unknown.stderr


def test_other_content_than_was_seen_is_refused(deployed: Deployed, video: str) -> None:
    result = deployed.cli("decide", video, "approve", "--etag", "e1")
    assert (result.exit_code, "holds other content now" in result.stderr) == (1, True)


def test_the_catalogue_is_printed_as_a_catalogue_and_may_be_ones_own(
    deployed: Deployed, video: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = deployed.cli("decide", "--reasons").stdout
    assert ReasonCatalogue.parse(printed) == ReasonCatalogue.built_in()
    own = yaml.safe_load(printed)
    own["reasons"] = {"boredom": own["reasons"]["nudity"]}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(own))
    monkeypatch.setenv("REELSIFT_REASON_CATALOGUE", str(tmp_path / "own.yaml"))
    assert decided(deployed, video, "reject", "--reason", "boredom")["reasons"] == ["boredom"]
    (tmp_path / "own.yaml").write_text("reasons: {boredom: {}}")
    result = deployed.cli("decide", video, "reject", "--reason", "boredom")
    assert (result.exit_code, "reasons.boredom.words: is missing" in result.stderr) == (2, True)


def test_a_file_answers_each_row_and_decides_nothing_twice(deployed: Deployed, video: str, tmp_path: Path) -> None:
    deployed.put_video("clips/8.mp4", b"eight")
    file = tmp_path / "decisions.csv"
    file.write_text(
        "video,action,reasons,as\n"
        f"{video},reject,nudity,Carla\n"
        f"s3://{deployed.data_bucket}/clips/8.mp4,approve,,\n"
        f"{video},aprove,,\n"
        f"s3://{deployed.data_bucket}/never.mp4,approve,,\n"
    )
    result = deployed.cli("decide", "--from", str(file), "--yes")
    assert result.exit_code == 3, result.stderr
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(answer["row"], answer["result"], answer["status"]) for answer in rows] == [
        ("2", "decided", "rejected"),
        ("3", "decided", "approved"),
        ("4", "refused", ""),
        ("5", "refused", ""),
    ]
    assert rows[2]["problem"].startswith("action must be one of approve")
    assert "2 decided, 2 refused" in result.stderr
    again = deployed.cli("decide", "--from", str(file), "--yes", "--json")
    assert [json.loads(line)["result"] for line in again.stdout.splitlines()] == [
        *("done_before", "done_before", "refused", "refused")
    ]
    assert row(deployed, rows[0]["video_id"]).last_decision == 1


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        ("hello\n", 2, "is no list of decisions: the first line must name the columns"),
        ("video,action\n", 4, "there is no row in"),
        ("video,action\nv,aprove\n", 1, "not one row of"),
        ("video,action\nv,approve\n", 2, "there is no terminal to ask, add --yes"),
    ],
)
def test_a_file_that_cannot_be_carried_out_is_told_before_anything_is_done(
    deployed: Deployed, tmp_path: Path, text: str, code: int, sentence: str
) -> None:
    (tmp_path / "decisions.csv").write_text(text)
    result = deployed.cli("decide", "--from", str(tmp_path / "decisions.csv"))
    assert (result.exit_code, sentence in result.stderr) == (code, True), result.stderr


def test_the_history_has_all_decisions_and_one_that_was_changed_is_told(deployed: Deployed, video: str) -> None:
    video_id = decided(deployed, video, "reject", "--reason", "nudity", "--note", "a note")["video_id"]
    decided(deployed, video_id, "approve")
    result = deployed.cli("show", video_id, "--history")
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    made = [line["decided"] for line in lines if "decided" in line]
    assert [(each["number"], each["action"]) for each in made] == [(1, "reject"), (2, "approve")]
    assert (made[0]["private"]["note"], made[1]["previous"]) == ("a note", made[0]["digest"])
    assert [line["status"] for line in lines if "status" in line] == ["rejected", "approved"]
    key = {"video_id": {"S": video_id}, "part": {"S": "decision#000001"}}
    table = f"{deployed.name}-reviews"
    stored = deployed.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
    changed = stored | {"record": {"S": stored["record"]["S"].replace('"reject"', '"approve"')}}
    deployed.client("dynamodb").put_item(TableName=table, Item=changed)
    result = deployed.cli("show", video_id, "--history")
    assert result.exit_code == 1
    assert f"decisions of {video_id} are not what was decided: number 2, or one before it" in result.stderr


def test_other_videos_of_the_same_content_are_named_and_decided_alike_when_asked_for(deployed: Deployed) -> None:
    body = b"the same"
    for key in ("a.mp4", "b.mp4", "c.mp4"):
        deployed.client("s3").put_object(Bucket=deployed.data_bucket, Key=key, Body=body, ChecksumAlgorithm="SHA256")
    a, b, c = (f"s3://{deployed.data_bucket}/{key}" for key in ("a.mp4", "b.mp4", "c.mp4"))
    first, second = decided(deployed, a, "approve"), decided(deployed, b, "approve")
    assert (first["also"], second["also"]) == ([], [first["video_id"]])
    result = deployed.cli("decide", c, "reject", "--reason", "nudity")
    assert f"also: 2 other videos have the same content: {a}, {b}" in result.stderr or f"{b}, {a}" in result.stderr
    # A decision holds for one video.
    assert row(deployed, first["video_id"]).status is Status.APPROVED
    refused = deployed.cli("decide", c, "reject", "--reason", "hate", "--same-content")
    assert (refused.exit_code, "add --yes" in refused.stderr) == (2, True)
    result = deployed.cli(
        *("decide", c, "reject", "--reason", "hate", "--same-content", "--yes", "--json", "--idempotency-key", "k")
    )
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert {(each["status"], each["repeated"]) for each in told} == {("rejected", False)}
    assert len({each["video_id"] for each in told}) == 3
    again = deployed.cli(
        *("decide", c, "reject", "--reason", "hate", "--same-content", "--yes", "--json", "--idempotency-key", "k")
    )
    assert [json.loads(line)["repeated"] for line in again.stdout.splitlines()] == [True] * 3
