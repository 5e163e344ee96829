"""What the policies of queues, topics, buckets and roles say to requests that the suite cannot send itself."""

import json
from typing import Any

import pytest

from e2e.deployment.deployed import Deployed
from e2e.deployment.permissions import role_documents, trust_document
from rekognition_cloud.iam.decision import decide
from rekognition_cloud.iam.policy import Policy
from rekognition_cloud.iam.principal import Principal, role, service
from rekognition_cloud.iam.statement import Request

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.long(900)]

_ACCOUNT = "123456789012"
_ANOTHER = "999999999999"
_REGION = "us-east-1"


def _allowed(
    principal: Principal,
    action: str,
    resource: str,
    policy: dict[str, Any] | None = None,
    identity: tuple[dict[str, Any], ...] = (),
    **keys: str,
) -> bool:
    """Keys are those of `aws:`, and TLS is spoken unless they say otherwise."""
    context = {"aws:securetransport": ("true",)} | {f"aws:{key.lower()}": (value,) for key, value in keys.items()}
    documents = [Policy(document) for document in identity]
    request = Request(principal, action, resource, context)
    return decide(request, documents, Policy(policy) if policy else None).allowed


class _Resources:
    """The deployment's resources with their policies."""

    def __init__(self, deployed: Deployed) -> None:
        self.name = deployed.deployment
        self.work_bucket: str = deployed.outputs["work_bucket"]
        # The other data buckets were there before.
        (self.videos_bucket,) = [
            bucket for bucket in deployed.outputs["data_buckets"] if bucket.startswith(f"{self.name}-videos-")
        ]
        self._client = deployed.client

    def queue(self, name: str) -> tuple[str, dict[str, Any]]:
        """ARN and policy."""
        url = self._client("sqs").get_queue_url(QueueName=f"{self.name}-{name}")["QueueUrl"]
        attributes = self._client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return attributes["QueueArn"], json.loads(attributes["Policy"])

    def topic(self, name: str) -> tuple[str, dict[str, Any]]:
        arn = f"arn:aws:sns:{_REGION}:{_ACCOUNT}:{self.name}-{name}"
        return arn, json.loads(self._client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])

    def bucket(self, name: str) -> tuple[str, dict[str, Any]]:
        return f"arn:aws:s3:::{name}", json.loads(self._client("s3").get_bucket_policy(Bucket=name)["Policy"])

    def trust(self, name: str) -> tuple[str, dict[str, Any]]:
        return f"arn:aws:iam::{_ACCOUNT}:role/{self.name}-{name}", trust_document(
            self._client("iam"), f"{self.name}-{name}"
        )

    def role(self, name: str) -> tuple[Principal, tuple[dict[str, Any], ...]]:
        """A session of a role and the role's policies."""
        full_name = f"{self.name}-{name}"
        documents = tuple(role_documents(self._client("iam"), full_name))
        return role(f"arn:aws:iam::{_ACCOUNT}:role/{full_name}", "session"), documents


@pytest.fixture(scope="module")
def resources(deployed: Deployed) -> _Resources:
    return _Resources(deployed)


_ADMINISTRATOR = role(f"arn:aws:iam::{_ACCOUNT}:role/administrator", "ada")
_EVERYTHING = ({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},)


@pytest.mark.parametrize("dead", ["", "-dead"])
@pytest.mark.parametrize("name", ["intake", "priority", "begun", "completion"])
def test_nobody_reaches_a_queue_without_tls(resources: _Resources, name: str, dead: str) -> None:
    arn, policy = resources.queue(name + dead)
    for action in ("sqs:SendMessage", "sqs:ReceiveMessage"):
        assert _allowed(_ADMINISTRATOR, action, arn, policy, _EVERYTHING)
        assert not _allowed(_ADMINISTRATOR, action, arn, policy, _EVERYTHING, SecureTransport="false")


@pytest.mark.parametrize("created", ["work_bucket", "videos_bucket"])
def test_nobody_reaches_a_bucket_without_tls(resources: _Resources, created: str) -> None:
    arn, policy = resources.bucket(getattr(resources, created))
    for action, resource in (("s3:GetObject", f"{arn}/a"), ("s3:PutObject", f"{arn}/a"), ("s3:ListBucket", arn)):
        assert _allowed(_ADMINISTRATOR, action, resource, policy, _EVERYTHING)
        assert not _allowed(_ADMINISTRATOR, action, resource, policy, _EVERYTHING, SecureTransport="false")


@pytest.mark.parametrize("name", ["alerts", "mail", "urgent", "ticket", "batches"])
def test_nobody_publishes_without_tls(resources: _Resources, name: str) -> None:
    arn, policy = resources.topic(name)
    assert _allowed(_ADMINISTRATOR, "sns:Publish", arn, policy, _EVERYTHING)
    assert not _allowed(_ADMINISTRATOR, "sns:Publish", arn, policy, _EVERYTHING, SecureTransport="false")


def test_completions_are_published_by_rekognitions_role_alone(resources: _Resources) -> None:
    arn, policy = resources.topic("completions")
    publisher, documents = resources.role("rekognition")
    assert _allowed(publisher, "sns:Publish", arn, policy, documents, PrincipalArn=publisher.arn)
    for other in (_ADMINISTRATOR, resources.role("task")[0]):
        assert not _allowed(other, "sns:Publish", arn, policy, _EVERYTHING, PrincipalArn=other.arn)
    for name in ("alerts", "mail", "urgent", "ticket", "batches"):
        elsewhere, other_policy = resources.topic(name)
        assert not _allowed(publisher, "sns:Publish", elsewhere, other_policy, documents, PrincipalArn=publisher.arn)


def test_only_the_completions_topic_sends_to_the_completion_queue(resources: _Resources) -> None:
    arn, policy = resources.queue("completion")
    sns = service("sns.amazonaws.com", _ACCOUNT)
    topic, _ = resources.topic("completions")
    assert _allowed(sns, "sqs:SendMessage", arn, policy, SourceArn=topic, SourceAccount=_ACCOUNT)
    for other in (resources.topic("alerts")[0], topic.replace(_ACCOUNT, _ANOTHER)):
        assert not _allowed(sns, "sqs:SendMessage", arn, policy, SourceArn=other, SourceAccount=_ACCOUNT)
    for sender in ("s3.amazonaws.com", "events.amazonaws.com"):
        assert not _allowed(
            service(sender, _ACCOUNT), "sqs:SendMessage", arn, policy, SourceArn=topic, SourceAccount=_ACCOUNT
        )


def test_only_this_accounts_own_buckets_send_to_the_intake_queue(resources: _Resources) -> None:
    arn, policy = resources.queue("intake")
    s3 = service("s3.amazonaws.com", _ACCOUNT)
    bucket, _ = resources.bucket(resources.videos_bucket)
    assert _allowed(s3, "sqs:SendMessage", arn, policy, SourceArn=bucket, SourceAccount=_ACCOUNT)
    assert not _allowed(s3, "sqs:SendMessage", arn, policy, SourceArn=bucket, SourceAccount=_ANOTHER)
    assert not _allowed(s3, "sqs:SendMessage", arn, policy, SourceArn=f"{bucket}-of-another", SourceAccount=_ACCOUNT)
    assert not _allowed(s3, "sqs:ReceiveMessage", arn, policy, SourceArn=bucket, SourceAccount=_ACCOUNT)


def test_only_the_deployments_own_rules_send_to_the_intake_queue(resources: _Resources, deployed: Deployed) -> None:
    arn, policy = resources.queue("intake")
    events = service("events.amazonaws.com", _ACCOUNT)
    rules = deployed.client("events").list_rules(NamePrefix=resources.name)["Rules"]
    assert rules
    for rule in rules:
        assert _allowed(events, "sqs:SendMessage", arn, policy, SourceArn=rule["Arn"], SourceAccount=_ACCOUNT)
    foreign = rules[0]["Arn"].replace(f"rule/{resources.name}", "rule/foreign")
    assert not _allowed(events, "sqs:SendMessage", arn, policy, SourceArn=foreign, SourceAccount=_ACCOUNT)


@pytest.mark.parametrize("name", ["priority", "begun", "intake-dead", "priority-dead", "begun-dead", "completion-dead"])
def test_no_service_sends_to_the_other_queues(resources: _Resources, name: str) -> None:
    arn, policy = resources.queue(name)
    topic, _ = resources.topic("completions")
    for sender in ("sns.amazonaws.com", "s3.amazonaws.com", "events.amazonaws.com"):
        assert not _allowed(
            service(sender, _ACCOUNT), "sqs:SendMessage", arn, policy, SourceArn=topic, SourceAccount=_ACCOUNT
        )


def test_inventories_are_written_to_their_prefix_by_s3_for_the_data_buckets_alone(resources: _Resources) -> None:
    work, policy = resources.bucket(resources.work_bucket)
    source = f"arn:aws:s3:::{resources.videos_bucket}"
    s3 = service("s3.amazonaws.com", _ACCOUNT)

    def written(key: str, source: str = source, account: str = _ACCOUNT) -> bool:
        return _allowed(s3, "s3:PutObject", f"{work}/{key}", policy, SourceArn=source, SourceAccount=account)

    assert written("inventory/a/b/data/1.parquet")
    assert not written("raw/a")
    assert not written("inventory/a", source="arn:aws:s3:::another")
    assert not written("inventory/a", account=_ANOTHER)


@pytest.mark.parametrize("urgency", ["urgent", "ticket"])
def test_alarms_of_this_deployment_publish_to_the_topics_of_alarms(resources: _Resources, urgency: str) -> None:
    arn, policy = resources.topic(urgency)
    cloudwatch = service("cloudwatch.amazonaws.com", _ACCOUNT)
    alarm = f"arn:aws:cloudwatch:{_REGION}:{_ACCOUNT}:alarm:{resources.name}-dead-letters"
    assert _allowed(cloudwatch, "sns:Publish", arn, policy, SourceArn=alarm, SourceAccount=_ACCOUNT)
    foreign = alarm.replace(f"alarm:{resources.name}", "alarm:foreign")
    assert not _allowed(cloudwatch, "sns:Publish", arn, policy, SourceArn=foreign, SourceAccount=_ACCOUNT)
    assert not _allowed(cloudwatch, "sns:Publish", arn, policy, SourceArn=alarm, SourceAccount=_ANOTHER)


@pytest.mark.parametrize(
    ("name", "assumer", "source"),
    [
        ("task", "ecs-tasks.amazonaws.com", "ecs"),
        ("execution", "ecs-tasks.amazonaws.com", "ecs"),
        ("rekognition", "rekognition.amazonaws.com", "rekognition"),
    ],
)
def test_a_role_is_assumed_by_its_service_for_this_account_alone(
    resources: _Resources, name: str, assumer: str, source: str
) -> None:
    arn, trust = resources.trust(name)
    own, foreign = (f"arn:aws:{source}:{_REGION}:{account}:anything" for account in (_ACCOUNT, _ANOTHER))

    def assumed(by: Principal, source_arn: str, account: str) -> bool:
        return _allowed(by, "sts:AssumeRole", arn, trust, SourceArn=source_arn, SourceAccount=account)

    by = service(assumer, _ACCOUNT)
    assert assumed(by, own, _ACCOUNT)
    assert not assumed(by, foreign, _ANOTHER)
    assert not assumed(service("lambda.amazonaws.com", _ACCOUNT), own, _ACCOUNT)
    assert not assumed(_ADMINISTRATOR, own, _ACCOUNT)


def test_ecs_pulls_from_this_repository_and_writes_this_log_alone(resources: _Resources) -> None:
    ecs, documents = resources.role("execution")

    def may(action: str, resource: str) -> bool:
        return _allowed(ecs, action, resource, identity=documents)

    repository = f"arn:aws:ecr:{_REGION}:{_ACCOUNT}:repository/{resources.name}"
    group = f"arn:aws:logs:{_REGION}:{_ACCOUNT}:log-group:/reelsift/{resources.name}"
    assert may("ecr:GetAuthorizationToken", "*")
    assert may("ecr:BatchGetImage", repository)
    assert not may("ecr:BatchGetImage", f"{repository}-other")
    assert not may("ecr:PutImage", repository)
    assert may("logs:PutLogEvents", f"{group}:log-stream:worker/{resources.name}/1")
    assert not may("logs:PutLogEvents", f"{group}-other:log-stream:worker/{resources.name}/1")
    assert not may("logs:DeleteLogGroup", group)
