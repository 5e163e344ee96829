"""The buckets: Rekognition reads those of its own region only, and under KMS keys that the roles may use only."""

from collections.abc import AsyncIterator
from typing import Any

from botocore.exceptions import ClientError

from reelsift.aws.checkup.finding import Finding, Grade, guarded
from reelsift.aws.clients import Clients
from reelsift.aws.errors import code_of
from reelsift.settings import Settings


async def check_buckets(clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    work = f"work bucket {settings.work_bucket}"
    yield await guarded(
        work,
        _check(clients, work, settings.work_bucket),
        missing="check REELSIFT_WORK_BUCKET, or deploy first",
        forbidden=Grade.BROKEN,
    )
    for bucket in sorted(settings.data_buckets):
        subject = f"data bucket {bucket}"
        yield await guarded(
            subject,
            _check_data(clients, subject, bucket, settings.data_bucket_kms_key_arns),
            missing="check REELSIFT_DATA_BUCKETS",
            forbidden=Grade.BROKEN,
        )


async def _check_data(clients: Clients, subject: str, bucket: str, keys: frozenset[str] | None) -> Finding:
    finding = await _check(clients, subject, bucket)
    if finding.grade is not Grade.OK or keys is None:
        return finding
    try:
        key = await _default_key(clients, bucket)
    except ClientError as error:
        return Finding(
            subject,
            Grade.WARNING,
            f"{finding.state}; with which key new videos are encrypted cannot be seen ({code_of(error)})",
            "allow s3:GetEncryptionConfiguration on it",
        )
    if key is None or any(key == arn or arn.endswith(f":key/{key}") for arn in keys):
        return finding
    if key.startswith("alias/") or ":alias/" in key:
        return Finding(
            subject,
            Grade.WARNING,
            f"{finding.state}; its new videos are encrypted with the key behind {key}",
            "see that the key's ARN stands in data_bucket_kms_key_arns: permissions are given by key, not by alias",
        )
    return Finding(
        subject,
        Grade.BROKEN,
        f"its new videos are encrypted with {key}, which this deployment may not use",
        "add the key's ARN to data_bucket_kms_key_arns and deploy",
    )


async def _default_key(clients: Clients, bucket: str) -> str | None:
    """The KMS key of new objects, as it was written down: its ARN, its id or an alias. None for keys of S3's own."""
    try:
        answer = await clients.s3.get_bucket_encryption(Bucket=bucket)
    except ClientError as error:
        if code_of(error) == "ServerSideEncryptionConfigurationNotFoundError":
            return None
        raise
    for rule in answer["ServerSideEncryptionConfiguration"]["Rules"]:
        key = rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")
        if key:
            return None if key.endswith("alias/aws/s3") else key
    return None


async def _check(clients: Clients, subject: str, bucket: str) -> Finding:
    answer: Any = await clients.s3.head_bucket(Bucket=bucket)
    own = clients.s3.meta.region_name
    region = answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region")
    if region is not None and region != own:
        return Finding(
            subject, Grade.BROKEN, f"lies in {region}, not in {own}", f"use a bucket in {own}, or deploy in {region}"
        )
    await clients.s3.list_objects_v2(Bucket=bucket, MaxKeys=1)
    return Finding(subject, Grade.OK, "there, readable, in this region")
