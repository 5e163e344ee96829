"""A clip goes through a deployment whose worker is a process of its own, and each hop that is broken is named."""

import json
import re
import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from reelsift.cli.main import app
from reelsift.smoke import clip, journey, watch
from reelsift.smoke.hop import Hop
from support.acting import acting
from support.forks import Forks
from support.patience import PATIENCE_S
from support.world import ALERTING, BUCKET, World, eventually

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("smoke")]

HOPS = [str(hop) for hop in Hop]
SEND = {"service": "sqs", "operation": "SendMessageBatch"}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Iterator[World]:
    """A deployment with a worker, for the tests that leave both as they were."""
    world = World(tmp_path_factory.mktemp("smoke"), forks.popen)
    try:
        # A busy machine must not let a look come before the notification.
        world.worker(recheck_running_s="600")
        yield world
    finally:
        world.close()


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    knobs = deployed.cloud.knobs()
    yield deployed
    deployed.cloud.clear_faults()
    deployed.cloud.knobs(**knobs)
    deployed.cloud.finish_jobs()
    eventually(lambda: deployed.open_jobs() == 0, "every job CLOSED")
    eventually(lambda: deployed.waiting_messages("priority") == 0, "no line left")
    eventually(lambda: deployed.held_slots() == [], "no slot held")


def smoke(world: World, monkeypatch: pytest.MonkeyPatch, *arguments: str, **settings: str) -> Result:
    for name, value in {**world.env, **{f"REELSIFT_{name.upper()}": value for name, value in settings.items()}}.items():
        monkeypatch.setenv(name, value)
    with acting("operator"):
        return CliRunner().invoke(app, ["smoke", *arguments])


def hops(result: Result) -> dict[str, dict[str, Any]]:
    return {hop["hop"]: hop for hop in map(json.loads, result.stdout.splitlines())}


def failed(world: World, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> dict[str, Any]:
    """The one hop that failed, the last that was reported."""
    result = smoke(world, monkeypatch, "--json", *arguments)
    assert result.exit_code == 1, result.output
    found = hops(result)
    assert [hop["hop"] for hop in found.values() if hop["grade"] == "failed"] == [list(found)[-1]]
    assert f"failed: {list(found)[-1]}" in result.stderr
    return found[list(found)[-1]]


def clips(world: World) -> list[str]:
    """The clips that are left, in any version, and delete markers."""
    answer = world.client("s3").list_object_versions(Bucket=BUCKET, Prefix="reelsift-smoke/")
    entries = answer.get("Versions", []) + answer.get("DeleteMarkers", [])
    return [entry["Key"] for entry in entries if entry["Key"].endswith(".mp4")]


def delete(world: World, key: str) -> None:
    versions = world.client("s3").list_object_versions(Bucket=BUCKET, Prefix=key)["Versions"]
    world.client("s3").delete_object(Bucket=BUCKET, Key=key, VersionId=versions[0]["VersionId"])


def prepare(world: World, monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    """Lay Rekognition's answer beside the clip that is to come, whose name is drawn here."""
    name = secrets.token_hex(6)
    monkeypatch.setattr(clip, "secrets", SimpleNamespace(token_hex=lambda _: name))
    key = f"reelsift-smoke/{name}.mp4.content_moderation.json"
    world.client("s3").put_object(Bucket=BUCKET, Key=key, Body=json.dumps(answer))


def test_each_hop_is_told_with_its_time_and_the_clip_is_gone_afterwards(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = smoke(world, monkeypatch)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert [line[9:21].strip() for line in lines] == HOPS
    assert all(line.startswith("ok ") and " s  " in line for line in lines[:-1])
    assert "content_moderation, 0.0067 USD, at most 0.10 USD" in result.stderr
    assert "no hop failed" in result.stderr
    assert clips(world) == []


def test_the_times_are_those_of_the_jobs_row_and_the_notification_is_known_to_have_come(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = smoke(world, monkeypatch, "--json", "--keep")
    found = hops(result)
    assert (result.exit_code, list(found)) == (0, HOPS)
    key = clips(world)[0]
    job = next(row for row in world.jobs() if row["key"] == key)
    assert found["notification"]["seconds"] == pytest.approx(
        float(job["completion_received_ms"] - job["ended_ms"]) / 1000
    )
    assert found["analysis"]["seconds"] == pytest.approx(float(job["ended_ms"] - job["running_ms"]) / 1000)
    assert str(job["job_id"]) in found["start"]["state"]
    outcome = next(row for row in world.outcomes() if row["key"] == key)
    assert outcome["batch"].startswith("smoke-")
    assert f"{key} was left there" in result.stderr
    delete(world, key)


def test_an_alert_that_is_due_is_timed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(world, monkeypatch, ALERTING)
    result = smoke(world, monkeypatch, "--json")
    found = hops(result)
    assert (result.exit_code, found["alert"]["grade"]) == (0, "ok"), result.output
    assert "sent, for 2 labels" in found["alert"]["state"]
    assert found["alert"]["seconds"] >= 0
    assert [alert["MessageAttributes"]["verdict"]["Value"] for alert in world.alerts()][-1] == "reject"


def test_an_alert_that_is_not_sent_is_the_hop_that_failed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(world, monkeypatch, ALERTING)
    monkeypatch.setitem(journey.LIMITS_S, Hop.ALERT, 1.0)
    world.cloud.add_fault("error", service="sns", operation="Publish", code="AuthorizationError", status=403)
    found = failed(world, monkeypatch)
    assert found["hop"] == "alert"
    assert "sns:Publish" in found["mend"]


def test_people_get_a_test_message_that_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(world.alerts())
    sqs = world.client("sqs")
    mails = sqs.create_queue(QueueName="mails")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=mails, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    world.client("sns").subscribe(TopicArn=world.env["REELSIFT_MAIL_TOPIC_ARN"], Protocol="sqs", Endpoint=arn)
    result = smoke(world, monkeypatch, "--json", "--alert")
    assert result.exit_code == 0, result.output
    assert "2 subscriptions for alerts; a test message was sent" in hops(result)["alert"]["state"]
    bodies = [message["Body"] for message in sqs.receive_message(QueueUrl=mails)["Messages"]]
    assert any("nothing was found" in body for body in bodies)
    sent = [alert for alert in world.alerts()[before:] if alert["MessageAttributes"]["verdict"]["Value"] == "test"]
    assert [alert["Subject"] for alert in sent] == ["reelsift test of reelsift: nothing was found"]


def test_a_lost_notification_is_named_and_the_result_comes_all_the_same(
    worlds: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = worlds(notifications_lost=1)
    world.worker()
    result = smoke(world, monkeypatch, "--json")
    found = hops(result)
    assert (result.exit_code, list(found)) == (1, HOPS)
    assert [hop for hop in HOPS if found[hop]["grade"] == "failed"] == ["notification"]
    assert "a worker found the end by looking" in found["notification"]["state"]
    assert "reelsift doctor" in found["notification"]["mend"]
    assert "completion_received_ms" not in world.jobs()[0]


def test_a_notification_that_came_too_early_has_come(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Half of this is left to a worker that has other things to do.
    world.cloud.knobs(notifications_early=1, job_seconds=10)
    found = hops(smoke(world, monkeypatch, "--json"))
    assert (found["notification"]["grade"], found["notification"]["seconds"]) == ("ok", 0)
    job = max(world.jobs(), key=lambda row: row["created_ms"])
    assert job["completion_received_ms"] < job["ended_ms"]


def test_a_deployment_for_labels_is_tested_with_labels(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    result = smoke(world, monkeypatch, "--json", analyses="labels")
    assert result.exit_code == 0, result.output
    assert hops(result)["alert"]["state"].startswith("there is no verdict, so nothing alerts; ")
    assert max(world.jobs(), key=lambda row: row["created_ms"])["analysis"] == "labels"


@pytest.mark.parametrize(
    ("knobs", "faults", "hop", "state"),
    [
        ({"max_duration_ms": 1000}, [], Hop.ANALYSIS, "too_large: "),
        ({"max_bytes": 100}, [], Hop.START, "too_large: VideoTooLargeException"),
        (
            {},
            [{"action": "error", "service": "s3", "operation": "HeadObject", "status": 403, "code": "403"}],
            Hop.START,
            "access_denied: ",
        ),
        (
            {},
            [{"action": "error", "service": "rekognition", "operation": "GetContentModeration", "status": 500}],
            Hop.ANALYSIS,
            "RUNNING, attempt 1",
        ),
        (
            {},
            [{"action": "error", "service": "s3", "operation": "PutObject", "path": "/results/", "status": 500}],
            Hop.RESULT,
            "the answer is not stored: COLLECTING",
        ),
        (
            {},
            [{"action": "error", "service": "s3", "operation": "PutObject", "status": 403, "code": "AccessDenied"}],
            Hop.UPLOAD,
            "PutObject: AccessDenied",
        ),
        ({}, [{"action": "error", **SEND, "status": 403, "code": "AccessDenied"}], Hop.UPLOAD, "AccessDenied"),
    ],
    ids=["analysis fails", "Start refused", "no access", "Get fails", "not stored", "no upload", "no send"],
)
def test_the_hop_that_fails_is_named_with_why_and_what_to_do(
    knobs: dict[str, float],
    faults: list[dict[str, Any]],
    hop: Hop,
    state: str,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world.cloud.knobs(**knobs)
    for fault in faults:
        world.cloud.add_fault(**fault)
    monkeypatch.setitem(journey.LIMITS_S, hop, 3.0)
    found = failed(world, monkeypatch)
    assert found["hop"] == hop
    assert state in found["state"]
    assert found["mend"]
    assert clips(world) == []


def test_a_denied_start_is_told_in_rekognitions_words(
    worlds: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = worlds()
    denied = {"status": 400, "code": "AccessDeniedException", "message": "no rekognition:StartContentModeration"}
    world.cloud.add_fault("error", service="rekognition", operation="StartContentModeration", **denied)
    world.worker()
    monkeypatch.setitem(journey.LIMITS_S, Hop.START, 6.0)
    found = failed(world, monkeypatch)
    assert found["hop"] == "start"
    assert (
        "denied the Start: AccessDeniedException: no rekognition:StartContentModeration; attempt 2 is due"
        in found["state"]
    )
    assert "iam:PassRole" in found["mend"]


def test_without_a_worker_the_line_is_seen_to_wait(
    worlds: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = worlds(versioned=False)
    monkeypatch.setattr(journey, "PENDING_S", 0.5)
    result = smoke(world, monkeypatch, "--timeout", "2")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1].startswith("failed   queue")
    assert "no worker shows" in result.stdout
    assert "a fleet at zero takes 2 to 4 minutes" in result.stdout
    assert re.search(r"queue, for \d s: the line waits in the priority queue, and no worker shows", result.stderr)
    assert "its line is still under way" in result.stderr
    assert clips(world) == []
    world.worker()
    eventually(lambda: [row["reason"] for row in world.outcomes()] == ["object_missing"], "the line's end")
    assert world.cloud.jobs() == []


def test_a_notification_that_is_long_in_coming_is_found_out_by_asking_rekognition(
    worlds: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = worlds(notifications_lost=1)
    world.worker(recheck_running_s="600")
    monkeypatch.setattr(watch, "ASK_AFTER_S", 0)
    monkeypatch.setattr(watch, "ASK_S", 0.5)
    monkeypatch.setitem(journey.LIMITS_S, Hop.NOTIFICATION, 1.0)
    result = smoke(world, monkeypatch, "--json", "--timeout", "60")
    found = hops(result)
    assert (result.exit_code, list(found)) == (1, HOPS[: HOPS.index("result") + 1])
    assert "as it says when asked" in found["analysis"]["state"]
    assert found["notification"]["state"] == "Rekognition has ended, and no worker has been told"
    assert "in 10 min, which is not waited for" in found["result"]["state"]


def test_a_bucket_whose_own_events_start_work_pays_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    s3 = world.client("s3")
    queue = f"arn:aws:sqs:us-east-1:123456789012:{world.queue_url('intake').rsplit('/', 1)[-1]}"
    events = {"QueueConfigurations": [{"QueueArn": queue, "Events": ["s3:ObjectCreated:*"]}]}
    s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration=events)
    before = len(world.cloud.jobs())
    try:
        result = smoke(world, monkeypatch, "--json")
    finally:
        s3.put_bucket_notification_configuration(Bucket=BUCKET, NotificationConfiguration={})
    assert (result.exit_code, list(hops(result))) == (0, HOPS), result.output
    assert len(world.cloud.jobs()) == before + 1


def test_a_clip_that_cannot_be_removed_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.cloud.add_fault("error", service="s3", operation="DeleteObject", status=403, code="AccessDenied")
    result = smoke(world, monkeypatch)
    assert result.exit_code == 0
    left = clips(world)[0]
    assert f"s3://{BUCKET}/{left} could not be removed (AccessDenied" in result.stderr
    assert "s3:DeleteObjectVersion" in result.stderr
    world.cloud.clear_faults()
    delete(world, left)


def test_ctrl_c_removes_the_clip(world: World, forks: Forks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world.folder)
    world.cloud.knobs(job_seconds=600)
    before = len(world.cloud.jobs())
    command = [sys.executable, "-m", "reelsift.cli", "smoke", "--json"]
    printed, told = tmp_path / "printed", tmp_path / "told"
    with printed.open("w") as stdout, told.open("w") as stderr:
        process = forks.popen(command, env=world.env, stdout=stdout, stderr=stderr)
    eventually(lambda: len(world.cloud.jobs()) > before, "the analysis under way")
    assert clips(world)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_S) == 130
    lines = printed.read_text().splitlines()
    assert [json.loads(line)["hop"] for line in lines] in (HOPS[:1], HOPS[:2], HOPS[:3])
    assert "interrupted" in told.read_text()
    assert clips(world) == []


def test_a_bucket_that_is_not_a_data_bucket_is_wrong_use(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    result = smoke(world, monkeypatch, "--bucket", "elsewhere")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"--bucket is one of the data buckets ({BUCKET}), not 'elsewhere'" in result.stderr


def test_no_video_library_is_needed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    assert smoke(world, monkeypatch).exit_code == 0
