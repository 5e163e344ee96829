"""Where sealed videos are to be kept, who is to see them, and whether their objects can be lost."""

from collections.abc import AsyncIterator

from botocore.exceptions import ClientError

from reelsift.aws.checkup.finding import Finding, Grade, guarded
from reelsift.aws.checkup.role import statements
from reelsift.aws.clients import Clients
from reelsift.aws.errors import code_of
from reelsift.settings import Settings

_NO_LOCK = frozenset({"InvalidRequest", "ObjectLockConfigurationNotFoundError"})


async def check_sealing(clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    if settings.sealed_bucket is None:
        yield Finding(
            "sealed bucket",
            Grade.BROKEN,
            "there is none: what is known of a sealed video stays where it is",
            "set REELSIFT_SEALED_BUCKET, or deploy again",
        )
    else:
        subject = f"sealed bucket {settings.sealed_bucket}"
        yield await guarded(
            subject,
            _bucket(clients, subject, settings.sealed_bucket),
            missing="check REELSIFT_SEALED_BUCKET, or deploy first",
        )
    role = f"{settings.deployment}-specialist"
    yield await guarded(
        f"role {role}",
        _role(clients, role),
        missing="deploy again: without it nobody sees sealed videos",
    )
    yield await guarded("objects of sealed videos", _objects(clients, settings), missing="check REELSIFT_DATA_BUCKETS")


async def _bucket(clients: Clients, subject: str, bucket: str) -> Finding:
    """Nobody may look into it who looks after the deployment, but everybody learns that it is there."""
    try:
        await clients.s3.get_bucket_encryption(Bucket=bucket)
    except ClientError as error:
        if code_of(error) != "ServerSideEncryptionConfigurationNotFoundError":
            raise
    return Finding(subject, Grade.OK, "there")


async def _role(clients: Clients, name: str) -> Finding:
    iam = await clients.open("iam")
    role = (await iam.get_role(RoleName=name))["Role"]
    if not any(statement.get("Effect") == "Allow" for statement in statements(role["AssumeRolePolicyDocument"])):
        return Finding(
            f"role {name}",
            Grade.WARNING,
            "nobody may assume it: videos can be sealed, and nobody sees or decides them then",
            "name somebody in specialist_principals and deploy",
        )
    return Finding(f"role {name}", Grade.OK, "there, for those whom it trusts")


async def _objects(clients: Clients, settings: Settings) -> Finding:
    subject = "objects of sealed videos"
    unlocked = [bucket for bucket in sorted(settings.data_buckets) if not await _has_lock(clients, bucket)]
    if not unlocked:
        return Finding(subject, Grade.OK, "kept from deletion by legal holds")
    if settings.seal_copies:
        return Finding(subject, Grade.OK, "kept from deletion: by copies, where a bucket has no Object Lock")
    return Finding(
        subject,
        Grade.WARNING,
        f"whoever may delete them in {', '.join(unlocked)} can: the bucket has no Object Lock, and nothing is copied",
        "set seal_copies and deploy, or switch Object Lock on",
    )


async def _has_lock(clients: Clients, bucket: str) -> bool:
    try:
        answer = await clients.s3.get_object_lock_configuration(Bucket=bucket)
    except ClientError as error:
        if code_of(error) in _NO_LOCK:
            return False
        if code_of(error) == "NoSuchBucket":
            return True  # which is found where buckets are looked at
        raise
    return answer["ObjectLockConfiguration"].get("ObjectLockEnabled") == "Enabled"
