import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from integration.cli.conftest import Deployed
from reelsift.aws.deployment import Deployment
from reelsift.aws.labels import FOUND_INDEX
from reelsift.aws.mail import Window
from reelsift.aws.schema import TABLES
from reelsift.demo.provision import Provisioner
from reelsift.domain.mail_digest import Mention
from reelsift.domain.video import ObjectRef
from reelsift.runtime.clock import now_ms
from support.parts import mailing_of
from support.patience import PATIENCE_S


@pytest.fixture
def deployed(deployed: Deployed) -> Deployed:
    """As it is made: nobody has subscribed to its alerts yet."""
    sns, topic = deployed.client("sns"), topics(deployed)["alerts"]
    for subscription in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    return deployed


def findings(deployed: Deployed, code: int) -> dict[str, dict[str, Any]]:
    result = deployed.cli("doctor", "--json")
    assert result.exit_code == code, result.output
    return {
        finding["subject"].removesuffix(deployed.name): finding
        for finding in map(json.loads, result.stdout.splitlines())
    }


def test_a_whole_deployment_is_well(deployed: Deployed) -> None:
    found = findings(deployed, 0)
    bad = {subject: finding["state"] for subject, finding in found.items() if finding["grade"] != "ok"}
    assert bad == {f"topic {deployed.name}-alerts": "nobody receives the alerts"}
    assert len(found) == 29 + len(TABLES)


def test_work_that_no_worker_is_there_for_is_found(deployed: Deployed) -> None:
    assert findings(deployed, 0)["workers"]["state"] == "none has ever reported, and nothing waits for one"
    deployed.do(lambda deployment: deployment.queues["intake"].send(["videos,a.mp4"]))
    found = findings(deployed, 0)["workers"]
    assert (found["grade"], found["state"]) == ("warning", "none has ever reported, and work waits")
    assert "`reelsift worker` in another terminal" in found["mend"]
    deployed.do(lambda deployment: deployment.workers.report("w", now_ms=now_ms()))
    assert findings(deployed, 0)["workers"]["grade"] == "ok"


def test_people_read_what_to_mend(deployed: Deployed) -> None:
    result = deployed.cli("doctor")
    assert result.exit_code == 0
    assert f"ok       queue {deployed.name}-intake: there" in result.stdout
    assert "or an address to" in result.stdout
    assert f"{28 + len(TABLES)} ok, 1 to look at, 0 broken" in result.stderr


def test_what_is_missing_is_named(deployed: Deployed) -> None:
    name = deployed.name
    sqs = deployed.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=f"{name}-priority-dead")["QueueUrl"])
    deployed.client("dynamodb").delete_table(TableName=f"{name}-slots")
    deployed.client("iam").delete_role_policy(RoleName=f"{name}-rekognition", PolicyName="publish-completions")
    deployed.client("s3").delete_bucket(Bucket=f"{name}-videos")
    found = findings(deployed, 1)
    broken = {subject for subject, finding in found.items() if finding["grade"] == "broken"}
    assert broken == {
        f"queue {name}-priority-dead",
        f"table {name}-slots",
        f"role {name}-rekognition",
        f"data bucket {name}-videos",
    }
    assert all(found[subject]["mend"] for subject in broken)


def test_an_event_bus_that_is_not_there_is_found_before_events_are_lost(deployed: Deployed) -> None:
    assert findings(deployed, 0)["event bus "]["state"] == "there"
    deployed.client("events").delete_event_bus(Name=deployed.name)
    found = findings(deployed, 1)["event bus "]
    assert (found["grade"], found["state"]) == ("broken", "does not exist in this account and region")


def test_an_index_that_queries_rely_on_is_missed(deployed: Deployed) -> None:
    dynamodb = deployed.client("dynamodb")
    dynamodb.update_table(
        TableName=f"{deployed.name}-labels", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": FOUND_INDEX}}]
    )
    assert f"has no index {FOUND_INDEX} on" in findings(deployed, 1)[f"table {deployed.name}-labels"]["state"]


def test_a_queue_that_gives_up_before_a_worker_judges_is_broken(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELSIFT_MAX_RECEIVES", "10")
    assert "before a worker judges it" in findings(deployed, 1)[f"queue {deployed.name}-intake"]["state"]


def test_what_sealed_videos_need_is_missed(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    name, s3, iam = deployed.name, deployed.client("s3"), deployed.client("iam")
    nobody = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [nobody]})
    iam.update_assume_role_policy(RoleName=f"{name}-specialist", PolicyDocument=trust)
    monkeypatch.setenv("REELSIFT_SEAL_COPIES", "false")
    found = findings(deployed, 0)
    assert "nobody may assume it" in found[f"role {name}-specialist"]["state"]
    objects = found["objects of sealed videos"]
    assert (objects["grade"], deployed.data_bucket in objects["state"]) == ("warning", True)
    s3.delete_bucket(Bucket=f"{name}-sealed")
    iam.delete_role(RoleName=f"{name}-specialist")
    s3.delete_bucket(Bucket=deployed.data_bucket)
    s3.create_bucket(Bucket=deployed.data_bucket, ObjectLockEnabledForBucket=True)
    found = findings(deployed, 1)
    assert found[f"sealed bucket {name}-sealed"]["grade"] == found[f"role {name}-specialist"]["grade"] == "broken"
    assert found["objects of sealed videos"]["state"] == "kept from deletion by legal holds"
    monkeypatch.delenv("REELSIFT_SEALED_BUCKET")
    assert "set REELSIFT_SEALED_BUCKET" in findings(deployed, 1)["sealed bucket"]["mend"]


def test_a_bucket_of_another_region_is_found(deployed: Deployed) -> None:
    s3 = deployed.client("s3")
    s3.delete_bucket(Bucket=deployed.data_bucket)
    s3.create_bucket(Bucket=deployed.data_bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert "lies in eu-west-1" in findings(deployed, 1)[f"data bucket {deployed.data_bucket}"]["state"]


KEY = "arn:aws:kms:us-east-1:123456789012:key"


@pytest.mark.parametrize(
    ("key", "grade", "words"),
    [
        (None, "ok", "there, readable"),
        ("alias/aws/s3", "ok", "there, readable"),
        (f"{KEY}/listed", "ok", "there, readable"),
        ("listed", "ok", "there, readable"),
        (f"{KEY}/other", "broken", f"encrypted with {KEY}/other, which this deployment may not use"),
        ("alias/videos", "warning", "encrypted with the key behind alias/videos"),
    ],
)
def test_a_bucket_whose_new_videos_are_under_a_key_that_is_not_listed_is_named(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch, key: str | None, grade: str, words: str
) -> None:
    by_default = {"SSEAlgorithm": "aws:kms"} | ({"KMSMasterKeyID": key} if key else {})
    deployed.client("s3").put_bucket_encryption(
        Bucket=deployed.data_bucket,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": by_default}]},
    )
    subject = f"data bucket {deployed.data_bucket}"
    assert findings(deployed, 0)[subject]["grade"] == "ok", "which keys the roles may use is not known"
    monkeypatch.setenv("REELSIFT_DATA_BUCKET_KMS_KEY_ARNS", f"{KEY}/s3,{KEY}/listed")
    found = findings(deployed, int(grade == "broken"))[subject]
    assert found["grade"] == grade
    assert words in found["state"]


def test_a_quota_above_the_accounts_is_noticed(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REELSIFT_QUOTA", "500")
    assert findings(deployed, 0)["quota"]["grade"] == "warning"


def topics(deployed: Deployed) -> dict[str, str]:
    """ARNs by what comes after the deployment's name."""
    pages = deployed.client("sns").get_paginator("list_topics").paginate()
    arns = [topic["TopicArn"] for page in pages for topic in page["Topics"]]
    return {arn.rpartition("-")[2]: arn for arn in arns if f":{deployed.name}-" in arn}


def test_addresses_that_would_get_every_alert_are_sent_elsewhere(deployed: Deployed) -> None:
    sns, arns = deployed.client("sns"), topics(deployed)
    sns.subscribe(TopicArn=arns["mail"], Protocol="email", Endpoint="a@example.com")
    sns.confirm_subscription(TopicArn=arns["mail"], Token="a@example.com")
    assert "reach people only" in findings(deployed, 0)[f"topic {deployed.name}-alerts"]["state"]
    sns.subscribe(TopicArn=arns["alerts"], Protocol="email", Endpoint="a@example.com")
    found = findings(deployed, 0)[f"topic {deployed.name}-alerts"]
    assert (found["grade"], arns["mail"] in found["mend"]) == ("warning", True)
    sns.delete_topic(TopicArn=arns["urgent"])
    assert findings(deployed, 1)[f"topic {deployed.name}-urgent"]["grade"] == "broken"


@pytest.mark.parametrize("topic", ["mail", "urgent", "ticket", "batches"])
def test_an_address_receives_nothing_before_it_is_confirmed(deployed: Deployed, topic: str) -> None:
    sns, arn, subject = deployed.client("sns"), topics(deployed)[topic], f"topic {deployed.name}-{topic}"
    for name in ("a", "b"):
        sns.subscribe(TopicArn=arn, Protocol="email", Endpoint=f"{name}@example.com")
    pending = findings(deployed, 0)
    assert pending[subject]["grade"] == "warning"
    assert "without subscribers" in pending[subject]["state"]
    assert "a@example.com, b@example.com" in pending[subject]["state"]
    assert pending[f"topic {deployed.name}-alerts"]["state"] == "nobody receives the alerts"
    sns.confirm_subscription(TopicArn=arn, Token="a@example.com")
    half = findings(deployed, 0)[subject]
    assert half["state"] == "there, with subscribers; not confirmed yet, and so without any message: b@example.com"
    sns.confirm_subscription(TopicArn=arn, Token="b@example.com")
    assert findings(deployed, 0)[subject]["grade"] == "ok"


def test_a_program_that_has_not_confirmed_gets_no_alerts(deployed: Deployed) -> None:
    sns, arn = deployed.client("sns"), topics(deployed)["alerts"]
    sns.subscribe(TopicArn=arn, Protocol="https", Endpoint="https://example.com/alerts")
    found = findings(deployed, 0)[f"topic {deployed.name}-alerts"]
    assert found["state"].startswith("nobody receives the alerts; not confirmed yet")
    assert "https://example.com/alerts" in found["state"]


def test_an_account_that_has_the_default_quota_needs_no_setting(deployed: Deployed) -> None:
    deployed.cloud.knobs(quota=20)
    found = findings(deployed, 0)["quota"]
    assert (found["grade"], found["state"]) == ("ok", "20 jobs at once in the account, the setting is auto")


def test_alerts_that_nobody_mails_are_noticed(deployed: Deployed) -> None:
    async def note(deployment: Deployment) -> None:
        assert deployment.outbox is not None
        ref = ObjectRef(deployed.data_bucket, "a.mp4")
        await deployment.outbox.note(Mention("a" * 32, ref, "reject", (), "Gore", 99, None, 1, "subject", "text"))

    async def mail(deployment: Deployment) -> None:
        assert deployment.outbox is not None
        await mailing_of(deployment, deployment.outbox, asyncio.Event()).mail_due()

    topic = f"topic {deployed.name}-mail"
    assert findings(deployed, 0)[topic]["grade"] == "ok"
    deployed.do(note)
    found = findings(deployed, 0)[topic]
    assert (found["grade"], found["state"]) == ("warning", "alerts wait that nobody mails")
    deployed.do(mail)
    assert findings(deployed, 0)[topic]["grade"] == "ok"


def test_mail_that_is_refused_again_and_again_is_noticed(deployed: Deployed) -> None:
    async def refused(deployment: Deployment) -> None:
        outbox = deployment.outbox
        assert outbox is not None
        ref = ObjectRef(deployed.data_bucket, "a.mp4")
        await outbox.note(Mention("a" * 32, ref, "reject", (), "Gore", 99, None, 1, "subject", "text"))
        now = now_ms()
        window = await outbox.claim(Window(), now_ms=now - 600_000, due_at_ms=now - 540_000)
        await outbox.claim(window, now_ms=now, due_at_ms=now + 60_000)

    deployed.do(refused)
    assert findings(deployed, 0)[f"topic {deployed.name}-mail"]["state"] == "alerts wait that nobody mails"


def test_who_wants_no_mail_is_not_told_of_any(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REELSIFT_MAIL_TOPIC_ARN")
    for topic in ("URGENT", "TICKET", "BATCHES"):
        monkeypatch.delenv(f"REELSIFT_{topic}_TOPIC_ARN")
    assert {subject for subject in findings(deployed, 0) if subject.startswith("topic")} == {
        f"topic {deployed.name}-alerts",
        f"topic {deployed.name}-completions",
    }


ELSEWHERE = "eu-west-3"
"""A region without Rekognition."""


@pytest.fixture
def elsewhere(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """A deployment in a region that has everything but Rekognition, whose endpoint has no address."""
    name = f"{deployed.name}-e"
    settings = Provisioner(deployed.cloud.url, name, ELSEWHERE).provision()
    for variable, value in {**settings, "AWS_REGION": ELSEWHERE}.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", f"https://rekognition.{ELSEWHERE}.invalid")
    return replace(deployed, name=name)


def test_a_region_without_rekognition_is_named(elsewhere: Deployed) -> None:
    found = findings(elsewhere, 1)
    broken = {subject: finding["state"] for subject, finding in found.items() if finding["grade"] == "broken"}
    assert broken == {"Rekognition Video": f"is not in {ELSEWHERE}: there is no host rekognition.{ELSEWHERE}.invalid"}


@pytest.mark.usefixtures("elsewhere")
def test_a_worker_in_a_region_without_rekognition_ends_with_a_sentence() -> None:
    command = [sys.executable, "-m", "reelsift.cli", "worker"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert ended.returncode == 1
    assert f"Rekognition does not analyse stored videos in {ELSEWHERE}" in ended.stderr
    assert "worker_started" not in ended.stdout + ended.stderr


def test_an_endpoint_without_an_address_in_a_region_that_has_rekognition_is_an_outage(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_REKOGNITION", "https://rekognition.us-east-1.invalid")
    found = findings(deployed, 0)["Rekognition Video"]
    assert (found["grade"], "try again" in found["mend"]) == ("warning", True)
