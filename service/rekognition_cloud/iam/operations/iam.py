"""Roles and policies, and who one is."""

from collections.abc import Callable

from rekognition_cloud.iam.api_call import ApiCall
from rekognition_cloud.iam.rule import Operations, Rule


def _named(kind: str, parameter: str) -> Callable[[ApiCall], list[str]]:
    """The ARN of a user or role under the path `/`, where all of this project's are."""

    def arns(call: ApiCall) -> list[str]:
        return [f"arn:{call.partition}:iam::{call.account}:{kind}/{call.text(parameter)}"]

    return arns


def _policy(call: ApiCall) -> list[str]:
    return [call.text("PolicyArn")]


_role = _named("role", "RoleName")
_user = _named("user", "UserName")

IAM: Operations = {
    **{
        operation: (Rule(f"iam:{operation}", _role),)
        for operation in (
            "AttachRolePolicy",
            "CreateRole",
            "DeleteRole",
            "GetRole",
            "GetRolePolicy",
            "ListAttachedRolePolicies",
            "ListRolePolicies",
            "PutRolePolicy",
            "UpdateAssumeRolePolicy",
        )
    },
    **{
        operation: (Rule(f"iam:{operation}", _user),)
        for operation in ("AttachUserPolicy", "CreateAccessKey", "CreateUser", "DeleteUser", "PutUserPolicy")
    },
    "CreatePolicyVersion": (Rule("iam:CreatePolicyVersion", _policy),),
    "GetPolicy": (Rule("iam:GetPolicy", _policy),),
    "GetPolicyVersion": (Rule("iam:GetPolicyVersion", _policy),),
    "ListRoles": (Rule("iam:ListRoles"),),
    "ListUsers": (Rule("iam:ListUsers"),),
}


def _assumed(call: ApiCall) -> list[str]:
    return [call.text("RoleArn")]


STS: Operations = {
    "AssumeRole": (Rule("sts:AssumeRole", _assumed),),
    # "No permissions are required to perform this operation" (STS API reference).
    "GetCallerIdentity": (),
}
