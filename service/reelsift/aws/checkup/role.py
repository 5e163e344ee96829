"""The role by which Rekognition publishes completions."""

import json
from collections.abc import AsyncIterator, Iterable
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from reelsift.aws.checkup.finding import Finding, Grade, guarded
from reelsift.aws.clients import Clients
from reelsift.settings import Settings

SERVICE = "rekognition.amazonaws.com"
ACTION = "sns:Publish"

Statement = dict[str, Any]


async def check_role(clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    name = settings.rekognition_role_arn.rsplit("/", 1)[-1]
    subject = f"role {name}"
    yield await guarded(
        subject,
        _check(clients, subject, name, settings.completions_topic_arn),
        missing="check REELSIFT_REKOGNITION_ROLE_ARN, or deploy first",
    )


async def _check(clients: Clients, subject: str, name: str, topic_arn: str) -> Finding:
    iam = await clients.open("iam")
    role = (await iam.get_role(RoleName=name))["Role"]
    if not any(_trusts(statement) for statement in statements(role["AssumeRolePolicyDocument"])):
        return Finding(subject, Grade.BROKEN, f"does not trust {SERVICE}", f"let {SERVICE} assume it, or deploy again")
    granted = [statement async for statement in _granted(iam, name)]
    if not any(allows(statement, ACTION, topic_arn) for statement in granted):
        return Finding(
            subject,
            Grade.BROKEN,
            f"may not publish to {topic_arn}",
            f"allow it {ACTION} there; AmazonRekognitionServiceRole allows it for topics named AmazonRekognition* only",
        )
    return Finding(subject, Grade.OK, "trusts Rekognition, may publish completions")


def statements(document: Any) -> list[Statement]:
    """The statements of a policy, given as a document or as the URL-encoded JSON that IAM sends."""
    if isinstance(document, str):
        document = json.loads(unquote(document))
    return _listed(document.get("Statement", []))


def allows(statement: Statement, action: str, resource: str) -> bool:
    """Whether a statement allows an action on a resource. Conditions are not evaluated: they count as fulfilled."""
    return (
        statement.get("Effect") == "Allow"
        and any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _listed(statement.get("Action", [])))
        and any(fnmatchcase(resource, pattern) for pattern in _listed(statement.get("Resource", [])))
    )


def _trusts(statement: Statement) -> bool:
    principal = statement.get("Principal", {})
    services: Iterable[str] = _listed(principal.get("Service", [])) if isinstance(principal, dict) else []
    return statement.get("Effect") == "Allow" and SERVICE in services


async def _granted(iam: Any, role: str) -> AsyncIterator[Statement]:
    """The statements of every policy of a role, inline and attached."""
    async for page in iam.get_paginator("list_role_policies").paginate(RoleName=role):
        for name in page["PolicyNames"]:
            answer = await iam.get_role_policy(RoleName=role, PolicyName=name)
            for statement in statements(answer["PolicyDocument"]):
                yield statement
    async for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=role):
        for attached in page["AttachedPolicies"]:
            arn = attached["PolicyArn"]
            version = (await iam.get_policy(PolicyArn=arn))["Policy"]["DefaultVersionId"]
            answer = await iam.get_policy_version(PolicyArn=arn, VersionId=version)
            for statement in statements(answer["PolicyVersion"]["Document"]):
                yield statement


def _listed(value: Any) -> list[Any]:
    """IAM writes a list of one as the one."""
    return value if isinstance(value, list) else [value]
