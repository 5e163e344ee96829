"""The policies that Terraform wrote, read back from IAM, and principals that have them."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from e2e.deployment.deployed import Deployed
from rekognition_cloud.iam.pattern import resource_matches
from rekognition_cloud.process import CloudProcess
from support.acting import Actor
from support.policies import Names, Policies


@dataclass(frozen=True)
class Somebody:
    """A user or role of IAM, and the environment by which a process acts as it."""

    arn: str
    environment: dict[str, str]

    def client(self, service: str) -> Any:
        """A client that asks once, so that a refusal is told as it comes."""
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=self.environment["AWS_REGION"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=self.environment.get("AWS_SESSION_TOKEN"),
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )


def with_role(cloud: CloudProcess, sts: Any, role_arn: str) -> Somebody:
    """A session of a role, as ECS gives one to a task."""
    credentials = sts.assume_role(RoleArn=role_arn, RoleSessionName="task")["Credentials"]
    return Somebody(
        role_arn,
        {
            "AWS_ENDPOINT_URL": cloud.url,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": credentials["SessionToken"],
        },
    )


@contextmanager
def with_policies(cloud: CloudProcess, iam: Any, *policy_arns: str) -> Iterator[Somebody]:
    """A user who has these managed policies and nothing else, for as long as the context lasts."""
    name = f"ada-{uuid.uuid4().hex[:8]}"
    user = iam.create_user(UserName=name)["User"]
    for policy_arn in policy_arns:
        iam.attach_user_policy(UserName=name, PolicyArn=policy_arn)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    yield Somebody(
        user["Arn"],
        {
            "AWS_ENDPOINT_URL": cloud.url,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        },
    )
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for policy_arn in policy_arns:
        iam.detach_user_policy(UserName=name, PolicyArn=policy_arn)
    iam.delete_user(UserName=name)


@dataclass(frozen=True)
class Grant:
    """One action of one statement."""

    sid: str
    action: str
    resources: tuple[str, ...]
    conditions: str
    """The statement's Condition as JSON."""

    def covers(self, resource: str) -> bool:
        return any(resource_matches(pattern, resource) for pattern in self.resources)


def grants(document: dict[str, Any]) -> list[Grant]:
    """What a policy allows, an action an entry."""
    return [
        Grant(
            statement.get("Sid", ""),
            action,
            tuple(_listed(statement["Resource"])),
            json.dumps(statement.get("Condition", {})),
        )
        for statement in _listed(document["Statement"])
        if statement["Effect"] == "Allow"
        for action in _listed(statement["Action"])
    ]


def role_documents(iam: Any, role: str) -> Iterator[dict[str, Any]]:
    """Every policy of a role."""
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        yield iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        yield managed_document(iam, attached["PolicyArn"])


def managed_document(iam: Any, arn: str) -> dict[str, Any]:
    """The version in force of a managed policy."""
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document: dict[str, Any] = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return document


def allowed(deployed: Deployed) -> dict[Actor, Policies]:
    """What Terraform's policies allow."""
    iam, names = deployed.client("iam"), Names.of(deployed.outputs["environment"])
    people: dict[Actor, tuple[str, ...]] = {
        "operator": ("operator", "reader"),
        "reviewer": ("reviewer",),
        "records": ("records",),
    }
    documents = {
        who: [managed_document(iam, deployed.outputs[f"{of}_policy_arn"]) for of in policies]
        for who, policies in people.items()
    }
    task = Policies.read(role_documents(iam, f"{deployed.deployment}-task"), names)
    # Beside these they have the policy of reviewers, which reviewers use.
    own = [iam.get_role_policy(RoleName=f"{deployed.deployment}-specialist", PolicyName="sealed")["PolicyDocument"]]
    console = Policies.read(role_documents(iam, f"{deployed.deployment}-console"), names)
    return {
        "task": task,
        "console": console,
        "specialist": Policies.read(own, names),
        **{who: Policies.read(each, names) for who, each in documents.items()},
    }


def trust_document(iam: Any, role: str) -> dict[str, Any]:
    """Who may assume a role."""
    document = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    return dict(json.loads(unquote(document))) if isinstance(document, str) else dict(document)


def refusal(call: Any, **arguments: Any) -> str:
    """The code with which a call is refused; "" where it is not."""
    try:
        call(**arguments)
    except ClientError as refused:
        return str(refused.response["Error"]["Code"])
    return ""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
