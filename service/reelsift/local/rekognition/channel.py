"""Whether Rekognition could publish a job's end: the checks of a NotificationChannel before the job is started."""

import fnmatch
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from moto.iam.models import iam_backends
from moto.sns.models import sns_backends
from moto.utilities.utils import get_partition

from reelsift.local.rekognition.refusal import invalid_parameter

_SERVICE = "rekognition.amazonaws.com"


def check_channel(account: str, region: str, channel: Mapping[str, str]) -> None:
    """Refuses a channel nothing could be published through.

    The topic must exist in the job's region (the developer guide, "Configuring Amazon Rekognition Video"); the role
    must exist, trust Rekognition and be allowed sns:Publish on the topic by its inline and attached policies. The
    managed policy AmazonRekognitionServiceRole allows it for topics named AmazonRekognition* only.

    Raises Refusal: InvalidParameterException, the same for every fault; see `invalid_parameter`.
    """
    topic, role_arn = channel["SNSTopicArn"], channel["RoleArn"]
    roles = iam_backends[account][get_partition(region)].roles.values()
    role = next((role for role in roles if role.arn == role_arn), None)
    if role is None or topic not in sns_backends[account][region].topics:
        raise invalid_parameter()
    context = {"aws:sourceaccount": account, "aws:sourcearn": f"arn:aws:rekognition:{region}:{account}:*"}
    trust = [
        statement
        for statement in _statements([role.assume_role_policy_document])
        if _names_service(statement.get("Principal"))
    ]
    if not _allowed(trust, "sts:AssumeRole", role_arn, context):
        raise invalid_parameter()
    if not _allowed(_statements(_role_policies(role)), "sns:Publish", topic, context):
        raise invalid_parameter()


def _role_policies(role: Any) -> Iterator[str]:
    yield from role.policies.values()
    for policy in role.managed_policies.values():
        yield next(version.document for version in policy.versions if version.version_id == policy.default_version_id)


def _statements(documents: Iterable[str]) -> Iterator[dict[str, Any]]:
    for document in documents:
        yield from _listed(json.loads(document).get("Statement", []))


def _names_service(principal: Any) -> bool:
    if isinstance(principal, dict):
        return _SERVICE in _listed(principal.get("Service", []))
    return bool(principal == "*")


def _allowed(statements: Iterable[dict[str, Any]], action: str, resource: str, context: Mapping[str, str]) -> bool:
    """IAM's rule: some statement allows it and none denies it."""
    effects = {
        statement["Effect"]
        for statement in statements
        if _covers(statement, "Action", action.lower(), str.lower)
        # A trust policy has no resource: it is the role itself.
        and ("Resource" not in statement or _covers(statement, "Resource", resource, str))
        and ("NotResource" not in statement or _covers(statement, "Resource", resource, str))
        and _conditions_hold(statement.get("Condition", {}), context)
    }
    return effects == {"Allow"}


def _covers(statement: Mapping[str, Any], element: str, value: str, fold: Any) -> bool:
    negated = f"Not{element}" in statement
    patterns = _listed(statement.get(f"Not{element}" if negated else element, []))
    return negated is not any(_matches(fold(pattern), value) for pattern in patterns)


def _conditions_hold(conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    """Only what Rekognition sends with its calls can be compared; anything else does not hold."""
    for operator, wanted in conditions.items():
        kind = operator.removesuffix("IfExists")
        for key, patterns in wanted.items():
            value = context.get(key.lower())
            if value is None:
                if operator.endswith("IfExists"):
                    continue
                return False
            if not any(_compares(kind, pattern, value) for pattern in _listed(patterns)):
                return False
    return True


def _compares(operator: str, pattern: str, value: str) -> bool:
    if operator == "StringEquals":
        return pattern == value
    # An ARN pattern of the policy and the job's ARN, itself open at its end, need only have a value in common.
    return operator in {"StringLike", "ArnLike", "ArnEquals"} and (
        _matches(pattern, value) or pattern.startswith(value.rstrip("*"))
    )


def _matches(pattern: str, value: str) -> bool:
    # IAM knows only * and ?; fnmatch would read brackets too.
    return re.match(fnmatch.translate(pattern.replace("[", "[[]")), value) is not None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
