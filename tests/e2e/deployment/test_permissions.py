"""With IAM enforced, worker and command line do all of their work by what Terraform allows them, and nothing else."""

import json
import uuid
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from e2e.deployment import call_coverage
from e2e.deployment.command_line import Command, CommandLine
from e2e.deployment.deployed import Deployed
from e2e.deployment.fargate_task import FargateTask
from e2e.deployment.permissions import Somebody, allowed, refusal, with_policies, with_role
from e2e.deployment.rarely import RARELY_MADE, RARELY_USED
from e2e.deployment.second_run import SecondRun
from e2e.deployment.task_role import TaskRole
from e2e.deployment.workload import EXPECTED, FOLDER, Videos, deliver_inventory, send_lines
from reelsift.cli.exits import Exit
from rekognition_cloud.clips import clip
from rekognition_cloud.process import CloudProcess
from support.acting import ACTORS, Actor
from support.call_recorder import Call, recorded_calls
from support.call_sites import call_sites
from support.enforcement import Seen, variables
from support.eventually import eventually
from support.forks import Forks
from support.policies import Names, Permission, Policies
from support.world import QUICK

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.long(900)]


@dataclass(frozen=True)
class Run:
    """What was seen while everything was done."""

    task: Somebody
    policies: dict[Actor, Policies]
    used: dict[Actor, set[Permission]]
    """In the second run, too."""
    denied: list[dict[str, Any]]
    """The same."""
    calls: Collection[Call]
    """The same."""
    commands: list[Command]
    missing: dict[str, set[str]]
    """Videos of which something else became than should have."""
    failures: str
    """What pytest says of failures in the second run."""


def _let_alerts_be_seen(deployed: Deployed) -> None:
    """The queue in which this suite sees alerts is not of the deployment: it has to let the topic in."""
    sqs, url = deployed.client("sqs"), deployed.alert_queue
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def _outcomes(deployed: Deployed) -> dict[str, set[str]]:
    """By key, the statuses and reasons of every line that asked for it: its event's, its own, the batch's."""
    found: dict[str, set[str]] = {}
    for row in deployed.outcomes():
        if row.get("key", "").startswith(f"{FOLDER}/"):
            found.setdefault(row["key"].removeprefix(f"{FOLDER}/"), set()).update(
                {row["status"], row.get("reason", "")}
            )
    return found


def _forgotten(deployed: Deployed) -> int:
    """How many videos reports may still have that are to be forgotten."""
    rows = deployed.client("dynamodb").query(
        TableName=f"{deployed.deployment}-batches",
        KeyConditionExpression="batch_id = :forgotten",
        ExpressionAttributeValues={":forgotten": {"S": "forgotten"}},
    )["Items"]
    return sum(not row["part"]["S"].startswith("!") for row in rows)


def _let_a_day_pass(deployed: Deployed) -> None:
    """For the pass that takes videos out of reports: what was sealed has had one of the day."""
    row = {"batch_id": {"S": "forgotten"}, "part": {"S": "!pass"}}

    def is_due() -> bool:
        dynamodb = deployed.client("dynamodb")
        try:
            dynamodb.update_item(
                TableName=f"{deployed.deployment}-batches",
                Key=row,
                UpdateExpression="SET due_at = :now",
                ConditionExpression="attribute_exists(#open) AND attribute_not_exists(began_ms)",
                ExpressionAttributeNames={"#open": "open"},
                ExpressionAttributeValues={":now": {"N": "0"}},
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return not _forgotten(deployed)
        return True

    eventually(is_due, "a pass that waits for its day")


def _missing(deployed: Deployed) -> dict[str, set[str]]:
    """What has not become of videos what is to become of them, and what has instead."""
    outcomes = _outcomes(deployed)
    return {key: outcomes.get(key, set()) for key, end in EXPECTED.items() if end not in outcomes.get(key, set())}


def _direct(deployed: Deployed) -> str:
    """The batch of what was sent without one: that of the day, whichever day it is by now."""
    batches = (str(row["batch"]).partition("#")[0] for row in deployed.outcomes())
    return min(batch for batch in batches if batch.startswith("direct-"))


def _use_the_command_line(cli: CommandLine, deployed: Deployed, videos: Videos, folder: Path) -> None:
    cloud = deployed.cloud
    (folder / "videos.csv").write_text("".join(f"{videos.bucket},{FOLDER}/batch/{n}.mp4\n" for n in range(3)))
    alerting = f"s3://{videos.bucket}/{FOLDER}/alert.mp4"
    (folder / "versions.csv").write_text(
        "".join(f"{videos.bucket},{FOLDER}/batch/{n}.mp4,{videos.version(f'batch/{n}.mp4')}\n" for n in range(3))
    )
    cli.run("submit", f"s3://{videos.bucket}/{FOLDER}/", "--dry-run")
    cli.run("submit", "versions.csv", "--dry-run")
    batch = cli.run("submit", "videos.csv", "--yes", "--wait").strip()
    again = cli.run("submit", f"s3://{videos.bucket}/{FOLDER}/", "--yes", "--wait", "--again").strip()
    cli.run("status")
    cli.run("status", batch)
    cli.run("status", batch[:-1])
    cli.run("show", alerting)
    cli.run("decide", alerting, "reject", "--reason", "nudity", "--idempotency-key", "permissions")
    cli.run("decide", alerting, "withdraw", "--decision", "1")
    (folder / "decisions.csv").write_text(f"video,action\n{alerting},approve\n")
    cli.run("decide", "--from", "decisions.csv", "--yes")
    cli.run("review", "add", alerting, "--appeal", "1", "--text", "it is art")
    cli.run("review", "list")
    cli.run("show", "--history", alerting)
    cli.run("search", "--label", "Explicit", "--min-confidence", "90")
    cli.run("search", "--verdict", "reject")
    cli.run("search", "--label", "Explicit", "--batch", batch)
    cli.run("search", "--text", "summer sale")
    cli.run("report", batch)
    cli.run("report", batch, "--html", "page.html")
    cli.run("report", batch, "--download", "files")
    cli.run("report", _direct(deployed), "--html", "direct.html")
    cli.run("retry", again, "--yes")
    cli.run("review", "export", "--statements", "statements", "--holds", "holds.csv")
    cli.run("review", "export", "--batch", batch[:-1])
    cli.run("review", "archive")
    cli.run("review", "archive", "--check")
    cli.run("review", "restore", "--yes")
    (folder / "twins.csv").write_text(videos.put_twins())
    cli.run("submit", "twins.csv", "--share", "--yes", "--wait")
    (folder / "answers.csv").write_text(videos.put_answers())
    cli.run("import", "answers.csv", "--settings-as-set", "--yes", "--wait")
    # Its analyses last, so that it is under way while it is spoken to.
    cloud.knobs(job_seconds=600)
    held = cli.run("submit", "videos.csv", "--yes", "--again", "--max-cost", "100").strip()
    # A line that has not started yet would be stopped by what follows, and there would be nothing to give up.
    eventually(lambda: _is_long(cloud, f"{FOLDER}/batch/0.mp4"), "an analysis that is to be given up")
    cli.run("pause", held)
    cli.run("resume", held)
    cli.run("cancel", held, "--yes")
    cli.run("give-up", f"s3://{videos.bucket}/{FOLDER}/batch/0.mp4", "--yes")
    cloud.knobs(job_seconds=0.5)
    cloud.finish_jobs()
    cli.run("redrive", "--yes")
    cli.run("doctor")
    cli.run("smoke", "--timeout", "120", "--alert", "--bucket", videos.bucket)
    cli.run("smoke", "--timeout", "120", "--bucket", videos.without_versions)


def _is_long(cloud: CloudProcess, key: str) -> bool:
    """Whether Rekognition is at a video, and will be for minutes."""
    return any(job["key"] == key and job["ended_at"] > job["started_at"] + 60 for job in cloud.jobs())


@pytest.fixture(scope="module")
def somebody(deployed: Deployed) -> Iterator[Somebody]:
    """Who has what an operator has: the policy of readers too."""
    policies = [deployed.outputs[f"{of}_policy_arn"] for of in ("operator", "reader")]
    with with_policies(deployed.cloud, deployed.client("iam"), *policies) as somebody:
        yield somebody


@pytest.fixture(scope="module")
def somebody_else(deployed: Deployed) -> Iterator[Somebody]:
    """Who has the reviewer's policy."""
    policy = deployed.outputs["reviewer_policy_arn"]
    with with_policies(deployed.cloud, deployed.client("iam"), policy) as somebody:
        yield somebody


@pytest.fixture(scope="module")
def keeper(deployed: Deployed) -> Iterator[Somebody]:
    """Who has the policy of the records."""
    with with_policies(deployed.cloud, deployed.client("iam"), deployed.outputs["records_policy_arn"]) as somebody:
        yield somebody


@pytest.fixture(scope="module")
def specialist(deployed: Deployed) -> Somebody:
    """A session of the role of specialists."""
    return with_role(deployed.cloud, deployed.client("sts"), deployed.outputs["specialist_role_arn"])


def _seal(cli: CommandLine, deployed: Deployed, location: str) -> str:
    """Seal a video, and wait until it is where only specialists see it; its id."""
    said = json.loads(cli.run("decide", location, "escalate", "--kind", "child_safety", "--json"))
    video_id: str = said["video_id"]
    eventually(lambda: "stub" in _status(deployed, video_id), "a sealed video moved")
    return video_id


def _status(deployed: Deployed, video_id: str) -> dict[str, Any]:
    """The row of a video."""
    key = {"video_id": {"S": video_id}, "part": {"S": "status"}}
    table = f"{deployed.deployment}-reviews"
    row: dict[str, Any] = deployed.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
    return row


def _work_as_specialist(cli: CommandLine, deployed: Deployed, videos: Videos) -> None:
    """Look at sealed videos, hand over evidence, and take a seal away."""
    analysed = _seal(cli, deployed, f"s3://{videos.bucket}/{FOLDER}/batch/2.mp4")
    archive = next(bucket for bucket in deployed.outputs["data_buckets"] if bucket != videos.bucket)
    deployed.client("s3").put_object(Bucket=archive, Key="known.mp4", Body=clip(1))
    held = _seal(cli, deployed, f"s3://{archive}/known.mp4")
    cli.run("review", "list", "--sealed")
    cli.run("show", analysed, who="specialist")
    cli.run("show", analysed, "--history", who="specialist")
    report = ["--report-number", "1", "--authority", "NCMEC"]
    cli.run("review", "export", "--evidence", analysed, "--to", "evidence", "--with-video", *report)
    cli.run("review", "export", "--evidence", held, "--to", f"s3://{deployed.deployment}-evidence/1/")
    cli.run("decide", analysed, "approve", "--note", "a false alarm", who="specialist")
    cli.run("decide", held, "withdraw", "--decision", "1", who="specialist")
    for video_id in (analysed, held):
        eventually(lambda video=video_id: not _sealed(deployed, video), "a seal taken away")  # type: ignore[misc]


def _sealed(deployed: Deployed, video_id: str) -> bool:
    """Whether a video is sealed, or something of it is still to be put back."""
    return not {"sealed", "sealing"}.isdisjoint(_status(deployed, video_id))


@pytest.fixture(scope="module")
def run(
    deployed: Deployed,
    somebody: Somebody,
    somebody_else: Somebody,
    keeper: Somebody,
    specialist: Somebody,
    forks: Forks,
    again: SecondRun,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """The main job, every command, and tests that take the ways beside them, IAM enforced."""
    folder, seen = tmp_path_factory.mktemp("permissions"), again.folder
    cloud, videos, definition = deployed.cloud, Videos(deployed), deployed.task_definition()
    role_arn = definition["taskRoleArn"]
    task = with_role(cloud, deployed.client("sts"), role_arn)
    console = with_role(cloud, deployed.client("sts"), deployed.outputs["console_role_arn"])
    people: dict[Actor, Somebody] = {
        "operator": somebody,
        "reviewer": somebody_else,
        "records": keeper,
        "specialist": specialist,
    }
    cli = CommandLine(forks, people, deployed, folder, seen)
    names, policies = Names.of(deployed.outputs["environment"]), allowed(deployed)
    assert policies == again.policies
    _let_alerts_be_seen(deployed)
    cloud.clear_authorisation()
    with _enforced(deployed):
        with TaskRole(deployed.client("sts"), role_arn) as role, ExitStack() as workers:
            send_lines(deployed, videos)
            deliver_inventory(deployed, videos)
            outside = {"AWS_ENDPOINT_URL": cloud.url, "AWS_CONTAINER_CREDENTIALS_FULL_URI": role.url}
            env = QUICK | outside | variables(seen, "task")
            for number in range(2):
                place = folder / f"task-{number}"
                worker = FargateTask(definition, place, deployed.outputs["region"], env, launch=forks.popen)
                workers.callback(worker.stop)
                worker.start()
            _use_the_command_line(cli, deployed, videos, folder)
            eventually(lambda: not _missing(deployed), "an outcome of every video")
            eventually(lambda: deployed.open_jobs() == 0, "every job CLOSED")
            missing = _missing(deployed)
            _work_as_specialist(cli, deployed, videos)
            cli.run("review", "forget-person", somebody_else.arn, "--yes")
            # Last: everything of it is over and told, and its line is not looked for any more.
            cli.run("forget", f"s3://{videos.bucket}/{FOLDER}/alert.mp4", "--yes")
            _let_a_day_pass(deployed)
            eventually(lambda: not _forgotten(deployed), "what was forgotten out of the reports")
            eventually(lambda: deployed.waiting_messages() == 0, "the intake queue empty")
            eventually(lambda: "cloudwatch:PutMetricData" in cloud.used(task.arn), "metrics")
        # The workers have ended: what they do then was held against the policies, too.
        arns: dict[Actor, str] = {who: one.arn for who, one in {"task": task, "console": console, **people}.items()}
        used = {who: policies[who].used(cloud.used(arns[who]), names) for who in ACTORS}
        Seen(used, cloud.denied()).write(seen)
        failures, found = again.failures(), Seen.read(seen)
        return Run(task, policies, found.used, found.denied, recorded_calls(seen), cli.ended, missing, failures)


@contextmanager
def _enforced(deployed: Deployed) -> Iterator[None]:
    deployed.cloud.authorise()
    try:
        yield
    finally:
        deployed.cloud.authorise(on=False)


@pytest.fixture
def task(run: Run, deployed: Deployed) -> Iterator[Somebody]:
    """A session of the task role, IAM enforced."""
    with _enforced(deployed):
        yield run.task


@pytest.fixture
def operator(somebody: Somebody, deployed: Deployed) -> Iterator[Somebody]:
    """Somebody at the command line, IAM enforced."""
    with _enforced(deployed):
        yield somebody


@pytest.fixture
def foreign(deployed: Deployed) -> Iterator[str]:
    """The name of a bucket, with a video, and of a queue that are of the account and not of the deployment."""
    name = f"foreign-{uuid.uuid4().hex[:8]}"
    s3, sqs = deployed.client("s3"), deployed.client("sqs")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="a.mp4", Body=clip(1))
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    yield name
    s3.delete_object(Bucket=name, Key="a.mp4")
    s3.delete_bucket(Bucket=name)
    sqs.delete_queue(QueueUrl=url)


def test_everything_is_done_and_nothing_is_denied(run: Run) -> None:
    assert run.denied == []
    assert run.missing == {}
    assert run.failures == ""


def test_every_command_does_its_work(run: Run) -> None:
    """3 says that lines failed, as some below the prefix must."""
    for command in run.commands:
        assert command.code == (3 if {"--again", "--wait"} <= set(command.arguments) else 0), command


@pytest.mark.parametrize("who", ACTORS)
def test_each_permission_is_used_but_for_listed_ones(run: Run, who: Actor) -> None:
    assert run.policies[who].permissions - run.used[who] <= RARELY_USED[who].keys()
    assert RARELY_USED[who].keys() <= run.policies[who].permissions


def test_every_call_of_aws_is_made_but_for_listed_ones(run: Run) -> None:
    assert call_coverage.unreached(run.calls) <= RARELY_MADE.keys()
    assert {call.site for call in RARELY_MADE} <= {str(site) for site in call_sites()}


def test_no_call_is_made_from_where_the_source_seems_to_make_none(run: Run) -> None:
    assert call_coverage.unlisted(run.calls) == set()


def test_a_task_gets_at_nothing_that_its_work_does_not_need(task: Somebody, foreign: str, deployed: Deployed) -> None:
    videos, work, name = Videos(deployed).bucket, deployed.outputs["work_bucket"], deployed.deployment
    topics, role = deployed.outputs["topic_arns"], deployed.outputs["environment"]["REELSIFT_REKOGNITION_ROLE_ARN"]
    intake, key = deployed.queue_url("intake"), f"{FOLDER}/alert.mp4"
    queue = deployed.client("sqs").get_queue_url(QueueName=foreign)["QueueUrl"]
    s3, sqs, dynamodb = task.client("s3"), task.client("sqs"), task.client("dynamodb")
    iam, sns, start = task.client("iam"), task.client("sns"), task.client("rekognition").start_content_moderation
    channel = {"SNSTopicArn": topics["completions"], "RoleArn": role}
    video = {"S3Object": {"Bucket": videos, "Name": key}}
    metric = {"MetricData": [{"MetricName": "m", "Value": 1.0}]}
    refused = {
        "deletes a video": refusal(s3.delete_object, Bucket=videos, Key=key),
        "writes a video": refusal(s3.put_object, Bucket=videos, Key="new.mp4", Body=b"x"),
        "reads another bucket": refusal(s3.get_object, Bucket=foreign, Key="a.mp4"),
        "lists another bucket": refusal(s3.list_objects_v2, Bucket=foreign),
        "lists all buckets": refusal(s3.list_buckets),
        "changes a bucket's policy": refusal(s3.put_bucket_policy, Bucket=videos, Policy="{}"),
        "writes elsewhere in the work bucket": refusal(s3.put_object, Bucket=work, Key="inventory/a", Body=b"x"),
        "deletes a result": refusal(s3.delete_object, Bucket=work, Key="results/a"),
        "purges a queue": refusal(sqs.purge_queue, QueueUrl=intake),
        "deletes a queue": refusal(sqs.delete_queue, QueueUrl=intake),
        "changes a queue": refusal(sqs.set_queue_attributes, QueueUrl=intake, Attributes={"DelaySeconds": "1"}),
        "sends to another queue": refusal(sqs.send_message, QueueUrl=queue, MessageBody="x"),
        "deletes a table": refusal(dynamodb.delete_table, TableName=f"{name}-jobs"),
        "reads all outcomes": refusal(dynamodb.scan, TableName=f"{name}-outcomes"),
        "deletes a status": refusal(
            dynamodb.delete_item, TableName=f"{name}-reviews", Key={"video_id": {"S": "x"}, "part": {"S": "x"}}
        ),
        "makes a user": refusal(iam.create_user, UserName=foreign),
        "widens its own policy": refusal(
            iam.put_role_policy, RoleName=f"{name}-task", PolicyName="more", PolicyDocument="{}"
        ),
        "reads its own role": refusal(iam.get_role, RoleName=f"{name}-task"),
        "publishes a completion": refusal(sns.publish, TopicArn=topics["completions"], Message="x"),
        "subscribes to alerts": refusal(
            sns.subscribe, TopicArn=topics["alerts"], Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:q"
        ),
        "analyses another bucket's video": refusal(
            start, Video={"S3Object": {"Bucket": foreign, "Name": "a.mp4"}}, NotificationChannel=channel
        ),
        "passes another role": refusal(
            start, Video=video, NotificationChannel=channel | {"RoleArn": role.replace("-rekognition", "-task")}
        ),
        "writes metrics of others": refusal(task.client("cloudwatch").put_metric_data, Namespace="AWS/EC2", **metric),
    }
    expected = dict.fromkeys(refused, "AccessDenied")
    expected |= dict.fromkeys(["deletes a table", "reads all outcomes", "deletes a status"], "AccessDeniedException")
    expected |= dict.fromkeys(["publishes a completion", "subscribes to alerts"], "AuthorizationError")
    # Rekognition reads with the caller's permissions, and says of a video that these do not cover what it says of one
    # that is missing.
    expected |= {
        "analyses another bucket's video": "InvalidS3ObjectException",
        "passes another role": "AccessDeniedException",
    }
    assert refused == expected


@pytest.fixture
def reviewer(somebody_else: Somebody, deployed: Deployed) -> Iterator[Somebody]:
    """Somebody who decides, IAM enforced."""
    with _enforced(deployed):
        yield somebody_else


def test_a_reviewer_decides_and_does_nothing_else(reviewer: Somebody, deployed: Deployed) -> None:
    videos, work, name = Videos(deployed).bucket, deployed.outputs["work_bucket"], deployed.deployment
    s3, sqs, dynamodb = reviewer.client("s3"), reviewer.client("sqs"), reviewer.client("dynamodb")
    row = {"video_id": {"S": "x"}, "part": {"S": "decision#000001"}}
    refused = {
        "writes a video": refusal(s3.put_object, Bucket=videos, Key="new.mp4", Body=b"x"),
        "submits": refusal(s3.put_object, Bucket=work, Key="batches/a", Body=b"x"),
        **{
            f"sends lines to {queue}": refusal(
                sqs.send_message, QueueUrl=deployed.queue_url(queue), MessageBody=f"s3://{videos}/a.mp4"
            )
            for queue in ("intake", "priority", "begun")
        },
        "changes a job": refusal(
            dynamodb.put_item, TableName=f"{name}-jobs", Item={"video_id": {"S": "x"}, "analysis": {"S": "x"}}
        ),
        "deletes a decision": refusal(dynamodb.delete_item, TableName=f"{name}-reviews", Key=row),
        "reads who everybody is": refusal(dynamodb.scan, TableName=f"{name}-people"),
        "starts an analysis": refusal(
            reviewer.client("rekognition").start_content_moderation,
            Video={"S3Object": {"Bucket": videos, "Name": f"{FOLDER}/alert.mp4"}},
        ),
    }
    of_tables = ["changes a job", "deletes a decision", "reads who everybody is", "starts an analysis"]
    assert refused == dict.fromkeys(refused, "AccessDenied") | dict.fromkeys(of_tables, "AccessDeniedException")


def test_who_everybody_is_no_worker_reads_and_no_operator(
    task: Somebody, somebody: Somebody, deployed: Deployed
) -> None:
    key = {"principal": {"S": "x"}, "name": {"S": "-"}}
    for one in (task, somebody):
        refused = refusal(one.client("dynamodb").get_item, TableName=f"{deployed.deployment}-people", Key=key)
        assert refused == "AccessDeniedException"


def test_only_a_task_reads_what_draws_are_made_by(
    somebody: Somebody, somebody_else: Somebody, deployed: Deployed
) -> None:
    table, key = f"{deployed.deployment}-secrets", {"name": {"S": "draws"}}
    with _enforced(deployed):
        for one in (somebody, somebody_else):
            assert refusal(one.client("dynamodb").get_item, TableName=table, Key=key) == "AccessDeniedException"


@pytest.mark.usefixtures("run")
def test_who_only_looks_sees_everything_and_changes_nothing(deployed: Deployed, forks: Forks, tmp_path: Path) -> None:
    videos, cloud = Videos(deployed), deployed.cloud
    video = f"s3://{videos.bucket}/{FOLDER}/batch/0.mp4"
    (tmp_path / "videos.csv").write_text(f"{videos.bucket},{FOLDER}/batch/0.mp4\n")
    with with_policies(cloud, deployed.client("iam"), deployed.outputs["reader_policy_arn"]) as reader:

        def denied() -> set[str]:
            return {denial["action"] for denial in cloud.denied() if denial["principal"] == reader.arn}

        cli, direct = CommandLine(forks, {"operator": reader}, deployed, tmp_path, tmp_path), _direct(deployed)
        with _enforced(deployed):
            cli.run("status")
            cli.run("show", video)
            cli.run("search", "--verdict", "review")
            cli.run("report", direct)
            cli.run("submit", "videos.csv", "--dry-run")
            cli.run("doctor")
            assert denied() == set()
            cli.run("submit", "videos.csv", "--yes")
            cli.run("hold", "--starts")
            assert denied() == {"dynamodb:PutItem", "s3:PutObject"}
    # Of the direct lines some have failed, which `report` ends with.
    assert [command.code for command in cli.ended[:6]] == [0, 0, 0, Exit.LINES_FAILED, 0, 0], cli.ended
    assert [command.code for command in cli.ended[6:]] == [1, 1], cli.ended


def test_an_operator_gets_at_nothing_that_no_command_needs(operator: Somebody, deployed: Deployed) -> None:
    videos, work = Videos(deployed).bucket, deployed.outputs["work_bucket"]
    name, topics = deployed.deployment, deployed.outputs["topic_arns"]
    s3, sqs, dynamodb = operator.client("s3"), operator.client("sqs"), operator.client("dynamodb")
    key = {"video_id": {"S": "x"}, "analysis": {"S": "x"}}
    refused = {
        "deletes a video": refusal(s3.delete_object, Bucket=videos, Key=f"{FOLDER}/alert.mp4"),
        "writes a video": refusal(s3.put_object, Bucket=videos, Key="new.mp4", Body=b"x"),
        "deletes a result": refusal(s3.delete_object, Bucket=work, Key="results/a"),
        "writes a result": refusal(s3.put_object, Bucket=work, Key="results/a", Body=b"x"),
        "takes lines away": refusal(sqs.receive_message, QueueUrl=deployed.queue_url("intake")),
        "purges a queue": refusal(sqs.purge_queue, QueueUrl=deployed.queue_url("intake-dead")),
        "changes a job": refusal(dynamodb.put_item, TableName=f"{name}-jobs", Item=key),
        "deletes a slot": refusal(dynamodb.delete_item, TableName=f"{name}-slots", Key={"slot": {"N": "0"}}),
        "deletes a table": refusal(dynamodb.delete_table, TableName=f"{name}-jobs"),
        "starts an analysis": refusal(
            operator.client("rekognition").start_content_moderation,
            Video={"S3Object": {"Bucket": videos, "Name": f"{FOLDER}/alert.mp4"}},
        ),
        "pages somebody": refusal(operator.client("sns").publish, TopicArn=topics["urgent"], Message="x"),
        "makes a key": refusal(operator.client("iam").create_access_key, UserName="ada"),
    }
    denied = ["changes a job", "deletes a slot", "deletes a table", "starts an analysis"]
    expected = dict.fromkeys(refused, "AccessDenied") | dict.fromkeys(denied, "AccessDeniedException")
    assert refused == expected | {"pages somebody": "AuthorizationError"}
