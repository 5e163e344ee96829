"""The policies name actions and resources one by one. What is in them is used: test_permissions.py."""

import pytest

from e2e.deployment.deployed import Deployed
from e2e.deployment.permissions import Grant, grants, managed_document, role_documents
from rekognition_cloud.iam.operations import OPERATIONS
from rekognition_cloud.iam.rule import anything

pytestmark = [pytest.mark.xdist_group("deployment"), pytest.mark.long(900)]

_DEPENDENT = {
    "kms:Decrypt": "S3, SQS, SNS and DynamoDB use the key for whoever asks them",
    "kms:DescribeKey": "the same",
    "kms:Encrypt": "the same",
    "kms:GenerateDataKey": "the same",
    "kms:ReEncrypt*": "the same",
}
"""Actions that nothing calls: AWS's services ask for them."""

_WITHOUT_RESOURCES = {"ecr:GetAuthorizationToken": "a token is for the registry as a whole"} | {
    rule.action: "by the Service Authorization Reference"
    for operations in OPERATIONS.values()
    for rules in operations.values()
    for rule in rules
    if rule.resources is anything
}
"""Actions that IAM can only allow for `*`."""


@pytest.fixture(scope="module")
def granted(deployed: Deployed) -> dict[str, list[Grant]]:
    """What Terraform's policies allow, by whose they are."""
    iam = deployed.client("iam")
    found = {
        name: [grant for document in role_documents(iam, f"{deployed.deployment}-{name}") for grant in grants(document)]
        for name in ("task", "execution", "rekognition")
    }
    return found | {
        who: grants(managed_document(iam, deployed.outputs[f"{who}_policy_arn"]))
        for who in ("operator", "reader", "reviewer", "records")
    }


@pytest.mark.parametrize("who", ["task", "operator", "reader", "reviewer", "records", "execution", "rekognition"])
def test_no_action_is_a_pattern_and_a_resource_is_everything_only_where_iam_knows_no_other(
    granted: dict[str, list[Grant]], who: str
) -> None:
    for grant in granted[who]:
        assert "*" not in grant.action or grant.action in _DEPENDENT, grant
        if "*" in grant.resources:
            assert grant.action in _WITHOUT_RESOURCES, grant
        else:
            assert grant.action not in _WITHOUT_RESOURCES, f"{grant.action} is never allowed by naming a resource"
            assert all(resource.startswith("arn:") for resource in grant.resources), grant


@pytest.mark.parametrize(
    ("who", "action", "key"),
    [
        ("task", "iam:PassRole", "iam:PassedToService"),
        ("task", "cloudwatch:PutMetricData", "cloudwatch:namespace"),
    ],
)
def test_what_no_resource_bounds_enough_a_condition_bounds(
    granted: dict[str, list[Grant]], who: str, action: str, key: str
) -> None:
    conditions = [grant.conditions for grant in granted[who] if grant.action == action]
    assert conditions
    assert all(key in condition for condition in conditions)


def test_ecs_and_rekognition_may_do_what_they_are_for_and_nothing_else(granted: dict[str, list[Grant]]) -> None:
    assert {grant.action for grant in granted["execution"]} - _DEPENDENT.keys() == {
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetAuthorizationToken",
        "ecr:GetDownloadUrlForLayer",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }
    assert {grant.action for grant in granted["rekognition"]} - _DEPENDENT.keys() == {"sns:Publish"}
