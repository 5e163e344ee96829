"""The policies that moto stores."""

from collections.abc import Iterator
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.events.models import events_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from rekognition_cloud.iam.not_evaluated import NotEvaluated
from rekognition_cloud.iam.policy import Policy, parsed
from rekognition_cloud.iam.principal import Principal


def identity_policies(principal: Principal) -> list[Policy]:
    """Inline and managed policies of a user, its groups, or a role; none for a role that has been deleted since.

    Raises NotEvaluated for a permissions boundary and for a session with a policy of its own.
    """
    if principal.narrowed:
        raise NotEvaluated("a session policy")
    if principal.kind not in {"user", "role"}:
        return []
    backend = iam_backends[principal.account][principal.arn.split(":")[1]]
    if principal.kind == "role":
        holders = [role for role in list(backend.roles.values()) if role.arn == principal.arn]
        if any(role.permissions_boundary_arn for role in holders):
            raise NotEvaluated("a permissions boundary")
    else:
        users = [user for user in list(backend.users.values()) if user.arn == principal.arn]
        groups = list(backend.groups.values())
        holders = users + [group for group in groups if any(user in group.users for user in users)]
    return [parsed(document) for holder in holders for document in _documents(holder)]


def _documents(holder: Any) -> Iterator[str]:
    yield from list(holder.policies.values())
    for policy in list(holder.managed_policies.values()):
        yield next(version.document for version in policy.versions if version.version_id == policy.default_version_id)


def resource_policy(account: str, resource: str) -> Policy | None:
    """The policy of the bucket, queue, topic, event bus, table or key that an ARN is of or lies in, or a role's trust;
    None without one. An index has the policy of its table.
    """
    if not resource.startswith("arn:"):
        return None
    _, partition, service, region, _, name = resource.split(":", 5)
    found: Any = None
    document: str | bytes | None = None
    if service == "s3":
        found = s3_backends[account][partition].buckets.get(name.partition("/")[0])
    elif service == "sqs":
        found = sqs_backends[account][region].queues.get(name)
    elif service == "sns":
        found = sns_backends[account][region].topics.get(resource)
    elif service == "events":
        found = events_backends[account][region].event_buses.get(name.removeprefix("event-bus/"))
    elif service == "kms":
        found = kms_backends[account][region].keys.get(name.removeprefix("key/"))
    elif service == "dynamodb":
        table = ":".join([*resource.split(":")[:5], "/".join(name.split("/")[:2])])
        stored = dynamodb_backends[account][region].resource_policies.get(table)
        document = stored.policy_doc if stored is not None else None
    if found is not None:
        document = found.policy
    elif service == "iam":
        roles = list(iam_backends[account][partition].roles.values())
        document = next((role.assume_role_policy_document for role in roles if role.arn == resource), None)
    return parsed(document.decode() if isinstance(document, bytes) else document) if document else None
