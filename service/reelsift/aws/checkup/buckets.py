"""The buckets: Rekognition reads those of its own region only."""

from collections.abc import AsyncIterator
from typing import Any

from reelsift.aws.checkup.finding import Finding, Grade, guarded
from reelsift.aws.clients import Clients
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
            subject, _check(clients, subject, bucket), missing="check REELSIFT_DATA_BUCKETS", forbidden=Grade.BROKEN
        )


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
