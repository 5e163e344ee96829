"""What Terraform makes and what `reelsift local` makes are the same to a worker, by their own descriptions."""

import json
import uuid
from typing import Any

import pytest

from e2e.deployment.deployed import Deployed
from reelsift.aws.schema import TABLES
from reelsift.demo.provision import Provisioner

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.long(900)]

_QUEUES = ["intake", "priority", "begun", "completion"]
_OF_ITS_OWN = {
    "ApproximateNumberOfMessages": "what lies in it now",
    "ApproximateNumberOfMessagesDelayed": "the same",
    "ApproximateNumberOfMessagesNotVisible": "the same",
    "CreatedTimestamp": "when it was made",
    "LastModifiedTimestamp": "the same",
    "Policy": "nobody but the owner speaks with the embedded cloud",
    "RedriveAllowPolicy": "there is no other queue in the embedded cloud",
}
"""Attributes of queues that need not agree, and why."""


@pytest.fixture(scope="module")
def local(deployed: Deployed) -> str:
    """The name of a deployment in the same cloud, made as `reelsift local` makes it."""
    name = f"local-{uuid.uuid4().hex[:8]}"
    Provisioner(deployed.cloud.url, name).provision()
    return name


def plain(description: Any, deployment: str) -> Any:
    """The description with the deployment's name taken out of all texts, and lists in an order of their own."""
    text = json.dumps(description, sort_keys=True, default=str).replace(f"{deployment}-", "<deployment>-")
    return _sorted(json.loads(text))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(member) for name, member in value.items()}
    if isinstance(value, list):
        return sorted((_sorted(member) for member in value), key=lambda member: json.dumps(member, sort_keys=True))
    return value


@pytest.mark.parametrize("table", TABLES)
def test_tables_have_the_same_keys_and_indexes(deployed: Deployed, local: str, table: str) -> None:
    def described(deployment: str) -> Any:
        made = deployed.client("dynamodb").describe_table(TableName=f"{deployment}-{table}")["Table"]
        indexes = [
            {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
            for index in made.get("GlobalSecondaryIndexes", [])
        ]
        names = ("AttributeDefinitions", "KeySchema", "BillingModeSummary")
        expires = deployed.client("dynamodb").describe_time_to_live(TableName=f"{deployment}-{table}")
        told = {"indexes": indexes, "expires": expires["TimeToLiveDescription"]}
        return plain({name: made[name] for name in names} | told, deployment)

    assert described(deployed.deployment) == described(local)


@pytest.mark.parametrize("queue", [*_QUEUES, *(f"{queue}-dead" for queue in _QUEUES)])
def test_queues_have_the_same_attributes(deployed: Deployed, local: str, queue: str) -> None:
    def described(deployment: str) -> Any:
        sqs = deployed.client("sqs")
        url = sqs.get_queue_url(QueueName=f"{deployment}-{queue}")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        for name in _OF_ITS_OWN:
            attributes.pop(name, None)
        if "RedrivePolicy" in attributes:
            attributes["RedrivePolicy"] = json.loads(attributes["RedrivePolicy"])
        return plain(attributes, deployment)

    assert described(deployed.deployment) == described(local)


def test_topics_deliver_to_the_same_queues_in_the_same_way(deployed: Deployed, local: str) -> None:
    def described(deployment: str) -> Any:
        sns = deployed.client("sns")
        topics = [topic["TopicArn"] for topic in sns.list_topics()["Topics"] if f":{deployment}-" in topic["TopicArn"]]
        subscriptions = [
            sns.get_subscription_attributes(SubscriptionArn=each["SubscriptionArn"])["Attributes"]
            for each in sns.list_subscriptions()["Subscriptions"]
            if each["TopicArn"] in topics and not each["Endpoint"].endswith("-alerts-seen")
        ]
        for each in subscriptions:
            del each["SubscriptionArn"]
        return plain([topics, subscriptions], deployment)

    assert described(deployed.deployment) == described(local)


def test_both_roles_let_rekognition_publish_on_the_completions_topic_and_do_nothing_else(
    deployed: Deployed, local: str
) -> None:
    def granted(deployment: str) -> Any:
        iam, role = deployed.client("iam"), f"{deployment}-rekognition"
        trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"]
        assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
        documents = [
            iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
        ]
        names = ("Effect", "Principal", "Action", "Resource")
        statements = [*trust, *(statement for document in documents for statement in document)]
        return plain([{name: each[name] for name in names if name in each} for each in statements], deployment)

    assert granted(deployed.deployment) == granted(local)
