"""The main job: the task definition that Terraform registered, run twice, fed by the stock command line of AWS."""

import gzip
import json
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from e2e.deployment.deployed import Deployed
from e2e.deployment.fargate_task import FargateTask
from rekognition_cloud.clips import clip
from support.eventually import eventually
from support.forks import Forks
from support.world import CLEAN
from unit.manifests.inventory_builder import CURRENT, Entry, checksum, data_file, manifest

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.long(900)]

_Dimensions = tuple[tuple[str, str], ...]

QUOTA = 3
"""What Service Quotas says in this account."""

ALARMING = CLEAN | {
    "ModerationLabels": [
        {"Timestamp": 500, "ModerationLabel": {"Name": "Explicit", "Confidence": 92.5, "TaxonomyLevel": 1}}
    ]
}
"""Above the threshold of this deployment's own policy, and below that of the built-in one."""

BROKEN = {"JobStatus": "FAILED", "StatusMessage": "Unsupported codec/format."}

UNSEEN = {
    "ActionsFailed": "nothing here is tagged",
    "AutoRejectBraked": "machines reject nothing here",
    "BatchesPaused": "no batch here fails as a whole",
    "BudgetRefusals": "nothing here reaches the daily budget",
    "DeadLetters": "no message here is dead",
    "Held": "nobody here holds anything",
    "ItemsPastDue": "counted when a task starts, and again only after five minutes",
    "NewModelVersion": "the embedded cloud has one of each",
    "PolicyUnreadable": "the live policy can be read all the time",
    "ProgramFailures": "nothing here meets a fault of reelsift",
    "QuotaFull": "nobody else uses the quota here",
    "VerdictShift": "too few videos get a verdict here to say what is usual",
}
"""Metrics that alarms and dashboard look at and no task sends in this module, and why."""


@pytest.fixture(scope="module")
def tasks(deployed: Deployed, forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[FargateTask]]:
    """Two tasks that work through the whole module, as a service of two would."""
    with deployed.tasks(2, tmp_path_factory.mktemp("tasks"), forks.popen) as tasks:
        yield tasks


@pytest.fixture
def folder() -> str:
    """A folder in the buckets for the videos of one test."""
    return f"{uuid.uuid4().hex[:8]} +ü"


def upload(deployed: Deployed, local: Path, bucket: str, videos: Mapping[str, Any]) -> None:
    """`aws s3 cp` of clips that differ, by key; beside them the answers that Rekognition is to give."""
    s3 = deployed.client("s3")
    for key, answer in videos.items():
        s3.put_object(Bucket=bucket, Key=f"{key}.content_moderation.json", Body=json.dumps(answer))
        file = local / "videos" / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(clip(2, seed=uuid.uuid4().int % 2**31))
    deployed.aws("s3", "cp", "--recursive", "--quiet", str(local / "videos"), f"s3://{bucket}/")


def buckets(deployed: Deployed) -> tuple[str, str]:
    """The bucket that Terraform made, and the one that was there."""
    (created,) = [name for name in deployed.outputs["data_buckets"] if "-videos-" in name]
    (existing,) = [name for name in deployed.outputs["data_buckets"] if name != created]
    return created, existing


def outcomes(deployed: Deployed, folder: str) -> dict[str, dict[str, Any]]:
    """By line, those of the videos in a folder."""
    return {row["line"]: row for row in deployed.outcomes() if row["key"].startswith(f"{folder}/")}


def ended(deployed: Deployed, folder: str, lines: int = 1) -> dict[str, dict[str, Any]]:
    """The same, once there are so many."""

    def all_of_them() -> dict[str, dict[str, Any]]:
        found = outcomes(deployed, folder)
        return found if len(found) >= lines else {}

    return eventually(all_of_them, f"{lines} outcomes below {folder}")


def test_lines_pushed_by_the_aws_command_line_are_worked_off_by_two_tasks(
    deployed: Deployed, tasks: list[FargateTask], tmp_path: Path, folder: str
) -> None:
    _, bucket = buckets(deployed)
    videos = [f"{folder}/{number}.mp4" for number in range(6)]
    alarming, broken = videos[3], videos[5]
    upload(deployed, tmp_path, bucket, dict.fromkeys(videos, CLEAN) | {alarming: ALARMING, broken: BROKEN})
    missing = f"{folder}/missing.mp4"
    lines = [json.dumps({"bucket": bucket, "key": key}) for key in [*videos, videos[0], missing]]
    entries = tmp_path / "entries.json"
    entries.write_text(json.dumps([{"Id": str(number), "MessageBody": line} for number, line in enumerate(lines)]))
    url = deployed.outputs["queue_urls"]["intake"]
    sent = deployed.aws("sqs", "send-message-batch", "--queue-url", url, "--entries", f"file://{entries}")

    done = ended(deployed, folder, len(lines))
    assert set(done) == {message["MessageId"] for message in sent["Successful"]}
    assert Counter(row["status"] for row in done.values()) in (
        # The second line of a video came while it was analysed, or after.
        Counter(SUCCEEDED=6, FAILED=2),
        Counter(SUCCEEDED=5, SKIPPED=1, FAILED=2),
    )
    failed = {row["key"]: row["reason"] for row in done.values() if row["status"] == "FAILED"}
    assert failed == {broken: "unsupported_codec", missing: "object_missing"}

    eventually(lambda: deployed.open_jobs() == 0, "every job CLOSED")
    jobs = {job["key"]: job for job in deployed.jobs() if job["key"].startswith(f"{folder}/")}
    assert sorted(jobs) == videos
    assert {job["state"] for job in jobs.values()} == {"CLOSED"}
    assert sorted(job["key"] for job in deployed.cloud.jobs() if job["key"].startswith(f"{folder}/")) == videos
    assert deployed.cloud.summary()["peak_open"] <= QUOTA
    assert len(deployed.rows("slots")) <= QUOTA

    (label,) = [row for row in deployed.rows("labels") if row["video"] == f"s3://{bucket}/{alarming}"]
    assert (label["label"], float(label["peak_confidence"])) == ("Explicit", 92.5)
    (alert,) = eventually(lambda: [each for each in deployed.alerts() if folder in each["Message"]], "the alert")
    assert alert["TopicArn"] == deployed.outputs["topic_arns"]["alerts"]
    assert f"s3://{bucket}/{alarming}" in alert["Message"]
    assert "92.5 %" in alert["Message"]
    s3 = deployed.client("s3")
    for key in videos[:5]:
        raw = s3.get_object(Bucket=deployed.outputs["work_bucket"], Key=jobs[key]["raw_key"])["Body"].read()
        (page,) = json.loads(gzip.decompress(raw))
        assert page["JobStatus"] == "SUCCEEDED"
    assert all(task.is_healthy() for task in tasks)


@pytest.mark.usefixtures("tasks")
def test_a_new_video_starts_its_own_analysis_and_what_is_no_video_does_not(
    deployed: Deployed, tmp_path: Path, folder: str
) -> None:
    bucket, _ = buckets(deployed)
    (tmp_path / "videos" / folder).mkdir(parents=True)
    (tmp_path / "videos" / folder / "cover.jpg").write_bytes(b"no video")
    upload(deployed, tmp_path, bucket, {f"{folder}/holiday.MOV": CLEAN})
    assert [row["key"] for row in ended(deployed, folder).values()] == [f"{folder}/holiday.MOV"]


@pytest.mark.usefixtures("tasks")
def test_a_new_video_of_a_bucket_that_tells_eventbridge_starts_its_own_analysis(
    deployed: Deployed, tmp_path: Path, folder: str
) -> None:
    _, bucket = buckets(deployed)
    s3 = deployed.client("s3")
    # Its owner sets it up; Terraform leaves the configuration of such a bucket alone.
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    try:
        upload(deployed, tmp_path, bucket, {f"{folder}/wedding.mp4": CLEAN})
        assert [row["status"] for row in ended(deployed, folder).values()] == ["SUCCEEDED"]
    finally:
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})


@pytest.mark.usefixtures("tasks")
def test_a_delivered_inventory_starts_its_own_batch(deployed: Deployed, tmp_path: Path, folder: str) -> None:
    """Written to where the configured inventory goes, in its format, as S3 would."""
    bucket, _ = buckets(deployed)
    s3, work = deployed.client("s3"), deployed.outputs["work_bucket"]
    (configured,) = s3.list_bucket_inventory_configurations(Bucket=bucket)["InventoryConfigurationList"]
    to = configured["Destination"]["S3BucketDestination"]
    assert (to["Bucket"], configured["IncludedObjectVersions"]) == (f"arn:aws:s3:::{work}", "Current")
    video = f"{folder}/old.mp4"
    upload(deployed, tmp_path, bucket, {video: CLEAN})
    ended(deployed, folder)

    delivery, name = f"{to['Prefix']}/{bucket}/{configured['Id']}", uuid.uuid4().hex[:8]
    etag = s3.head_object(Bucket=bucket, Key=video)["ETag"].strip('"')
    listed = data_file(to["Format"], [Entry(video, bucket=bucket, etag=etag)], CURRENT)
    files = {f"{delivery}/data/{name}.parquet": listed}
    overview = manifest(to["Format"], files, CURRENT, source=bucket, destination=work)
    dated = f"{delivery}/2026-07-31T01-{name}"
    for key, body in {
        **files,
        f"{dated}/manifest.json": overview,
        f"{dated}/manifest.checksum": checksum(overview),
    }.items():
        s3.put_object(Bucket=work, Key=key, Body=body)
    skipped = ended(deployed, folder, 2)[f"{name}.parquet:1"]
    assert (skipped["status"], skipped["reason"]) == ("SKIPPED", "already_analysed")


@pytest.mark.usefixtures("tasks")
def test_the_message_of_the_schedule_is_taken_and_asks_for_nothing(deployed: Deployed) -> None:
    """The embedded cloud fires no schedule. Here the test does, with what the rule's target was given."""
    (rule,) = [rule for rule in deployed.client("events").list_rules()["Rules"] if "ScheduleExpression" in rule]
    (target,) = deployed.client("events").list_targets_by_rule(Rule=rule["Name"])["Targets"]
    assert target["Arn"].endswith(f":{deployed.deployment}-intake")
    before = len(deployed.outcomes())
    deployed.client("sqs").send_message(QueueUrl=deployed.queue_url("intake"), MessageBody=target["Input"])
    eventually(lambda: deployed.waiting_messages() == 0, "the message taken")
    assert len(deployed.outcomes()) == before
    assert deployed.dead_letters() == []


def test_stopped_tasks_end_well_and_have_sent_what_alarms_scaling_and_dashboard_look_at(
    deployed: Deployed, tasks: list[FargateTask]
) -> None:
    assert [task.stop() for task in tasks] == [0, 0]
    for task in tasks:
        assert {line["level"] for line in task.log()} == {"info"}, task.log_file.read_text()
    assert [deployed.waiting_messages(queue) for queue in ("intake", "priority", "begun", "completion")] == [0, 0, 0, 0]
    assert deployed.held_slots() == []

    pages = deployed.client("cloudwatch").get_paginator("list_metrics").paginate(Namespace="Reelsift")
    sent = {(metric["MetricName"], _dimensions(metric)) for page in pages for metric in page["Metrics"]}
    looked_at = set(_looked_at(deployed))
    assert {name for name, _ in looked_at} >= {"Backlog", "Running", "Started", "Outcomes"}
    assert {name for name, _ in looked_at - sent} <= set(UNSEEN)


def _looked_at(deployed: Deployed) -> Iterator[tuple[str, _Dimensions]]:
    """The metrics of reelsift's own that alarms, scaling and dashboard ask for by name."""
    cloudwatch, scaling = deployed.client("cloudwatch"), deployed.client("application-autoscaling")
    alarms = cloudwatch.describe_alarms(AlarmNamePrefix=f"{deployed.deployment}-")["MetricAlarms"]
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    queries = [query for alarm in alarms for query in alarm.get("Metrics", [])]
    for policy in policies:
        tracking = policy.get("TargetTrackingScalingPolicyConfiguration", {})
        queries += tracking.get("CustomizedMetricSpecification", {}).get("Metrics", [])
    metrics = [query["MetricStat"]["Metric"] for query in queries if "MetricStat" in query]
    metrics += [alarm for alarm in alarms if "MetricName" in alarm]
    yield from ((metric["MetricName"], _dimensions(metric)) for metric in metrics if metric["Namespace"] == "Reelsift")
    dashboard = json.loads(cloudwatch.get_dashboard(DashboardName=deployed.deployment)["DashboardBody"])
    for widget in dashboard["widgets"]:
        for namespace, *row in widget["properties"].get("metrics", []):
            if namespace == "Reelsift":
                name, *dimensions = [part for part in row if isinstance(part, str)]
                yield name, tuple(sorted(zip(dimensions[::2], dimensions[1::2], strict=True)))


def _dimensions(metric: Any) -> _Dimensions:
    return tuple(sorted((dimension["Name"], dimension["Value"]) for dimension in metric["Dimensions"]))
