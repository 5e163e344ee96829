"""What `make destroy` does. It runs last: nothing is left for other tests."""

import pytest

from e2e.deployment.account import contents
from e2e.deployment.deployed import Deployed

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.long(900)]

KINDS = {
    *("bucket", "queue", "table", "topic", "subscription", "role", "policy", "log group"),
    *("event bus", "archive", "connection", "API destination"),
    *("key", "alias"),
    *("alarm", "dashboard", "rule", "scalable target", "scaling policy"),
    *("repository", "cluster", "service", "task definition"),
    *("load balancer", "target group"),
    *("vpc", "subnet", "route table", "internet gateway", "security group", "endpoint"),
}
"""What the deployment of these tests is made of."""


def test_nothing_is_destroyed_unless_somebody_says_the_deployments_name(deployed: Deployed) -> None:
    there, lost = contents(deployed.client), {"LOSE_DECISIONS": deployed.deployment}
    assert "Nothing was deleted" in deployed.terraform.run("./destroy.sh", expected=2, **lost)
    assert "Nothing was deleted" in deployed.terraform.run("./destroy.sh", expected=2, CONFIRM="another", **lost)
    assert contents(deployed.client) == there


def test_a_deployment_with_a_decision_that_is_exported_nowhere_is_not_destroyed(deployed: Deployed) -> None:
    row = {"video_id": {"S": "0" * 40}, "part": {"S": "decision#000001"}, "unarchived": {"S": "0"}}
    deployed.client("dynamodb").put_item(
        TableName=f"{deployed.deployment}-reviews", Item={**row, "decided_ms": {"N": "1"}}
    )
    there = contents(deployed.client)
    refused = deployed.terraform.run("./destroy.sh", expected=1, CONFIRM=deployed.deployment)
    assert "there are decisions that are not exported yet" in refused
    assert f"make destroy LOSE_DECISIONS={deployed.deployment}" in refused
    assert contents(deployed.client) == there


def test_a_deployment_with_a_sealed_video_is_not_destroyed(deployed: Deployed) -> None:
    s3, name = deployed.client("s3"), {"Bucket": deployed.outputs["sealed_bucket"], "Key": f"{'0' * 40}/seal.json"}
    s3.put_object(**name, Body=b"{}")
    there = contents(deployed.client)
    given = {"CONFIRM": deployed.deployment, "LOSE_DECISIONS": deployed.deployment}
    refused = deployed.terraform.run("./destroy.sh", expected=1, **given)
    assert "there are sealed videos" in refused
    assert f"make destroy LOSE_SEALED={deployed.deployment}" in refused
    assert contents(deployed.client) == there


def test_destroy_leaves_nothing_of_the_deployment_and_all_that_was_there_before(deployed: Deployed) -> None:
    """Other tests have left things of their own in the account, too."""
    assert {kind for kind, _ in deployed.made} == KINDS
    name = deployed.deployment
    said = deployed.terraform.run("./destroy.sh", CONFIRM=name, LOSE_DECISIONS=name, LOSE_SEALED=name)
    assert {f"s3://{bucket}" for bucket in deployed.outputs["created_buckets"]} <= set(said.split())
    archive = deployed.outputs["decision_archive"]
    assert f"The archive of decisions is left, locked as it is: s3://{archive}" in said
    left = contents(deployed.client)
    # What is locked in it outlives the deployment.
    assert left & deployed.made == {("bucket", archive)}
    assert left >= deployed.before
