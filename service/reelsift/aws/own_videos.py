"""Videos that the program itself puts into a data bucket, and takes away again."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from reelsift.domain.video import ObjectRef, Video

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client


class OwnVideos:
    """Writes and deletes of such videos, which raise what botocore raises, and what their buckets are like."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    async def put(self, ref: ObjectRef, body: bytes) -> Video:
        """Store a video in MP4; returns it as it is stored, with its version where the bucket keeps versions."""
        stored = await self._client.put_object(Bucket=ref.bucket, Key=ref.key, Body=body, ContentType="video/mp4")
        return Video(ref.bucket, ref.key, stored["ETag"].strip('"'), stored.get("VersionId"), size=len(body))

    async def delete(self, video: Video) -> None:
        """Delete a video, the version itself where it has one."""
        version: dict[str, Any] = {"VersionId": video.version_id} if video.version_id else {}
        await self._client.delete_object(Bucket=video.bucket, Key=video.key, **version)

    async def encrypts_by_kms(self, bucket: str) -> bool:
        """Whether a bucket puts what comes into it under a KMS key. False where these credentials may not see that."""
        try:
            answer = await self._client.get_bucket_encryption(Bucket=bucket)
        except ClientError:
            return False
        rules = answer["ServerSideEncryptionConfiguration"]["Rules"]
        kinds = {rule.get("ApplyServerSideEncryptionByDefault", {}).get("SSEAlgorithm") for rule in rules}
        return bool(kinds & {"aws:kms", "aws:kms:dsse"})
