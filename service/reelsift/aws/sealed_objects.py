"""Objects of the work bucket that are about a sealed video, moved to the bucket of what is sealed, and back."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING

from reelsift.aws.objects import WorkBucket

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

FOLDERS = ("raw", "results", "videos", "alerts")
"""Folders of the work bucket in which a video has a folder of its own."""


class CopyMissing(Exception):
    """An object that was copied is not there, or has another size."""


class SealedObjects:
    """Copies by S3 itself: nothing is held in memory. Only the task role and specialists may read the bucket."""

    def __init__(self, client: "S3Client", bucket: str, work: WorkBucket) -> None:
        self.client = client
        self.bucket = bucket
        self._work = work
        self._sealed_bucket = WorkBucket(client, bucket)

    async def take_in(self, video_id: str) -> int:
        """Move what the work bucket has of a video into the sealed bucket, every version of it; returns how many
        objects that were. An object goes only once its copy is there, and whole.

        Raises CopyMissing, and ClientError where S3 refuses: what was moved until then stays moved.
        """
        moved = 0
        for folder in FOLDERS:
            async for key, size in self._listed(self._work.bucket, f"{folder}/{video_id}/"):
                await self._copy(self._work.bucket, key, self.bucket, sealed_key(key), size)
                await self._work.erase_below(key)
                moved += 1
            # What has older versions only was deleted by somebody: it is not brought back, and does not stay either.
            await self._work.erase_below(f"{folder}/{video_id}/")
        return moved

    async def give_back(self, video_id: str) -> None:
        """Copy everything of a video back to where it was. Raises as `take_in` does."""
        for folder in FOLDERS:
            async for key, size in self._listed(self.bucket, f"{video_id}/{folder}/"):
                await self._copy(self.bucket, key, self._work.bucket, _work_key(key), size)

    async def erase(self, video_id: str) -> None:
        """Delete what the sealed bucket has of a video, once it is back: the copy of the object itself is another's."""
        for folder in FOLDERS:
            await self._sealed_bucket.erase_below(f"{video_id}/{folder}/")
        await self._sealed_bucket.erase_below(f"{video_id}/seal.json")

    async def mark(self, video_id: str, body: bytes) -> None:
        """Leave the record of the seal, also of a video of which nothing else is known: a bucket that holds any is not
        deleted by mistake.
        """
        await self.client.put_object(
            Bucket=self.bucket, Key=f"{video_id}/seal.json", Body=body, ContentType="application/json"
        )

    @property
    def as_work(self) -> WorkBucket:
        """What was moved, to be read by the keys that it had in the work bucket."""
        return _SealedWork(self.client, self.bucket)

    async def of_video(self, video_id: str) -> AsyncIterator[tuple[str, int]]:
        """Keys and sizes in bytes of what the sealed bucket has of a video."""
        async for found in self._listed(self.bucket, f"{video_id}/"):
            yield found

    async def _copy(self, bucket: str, key: str, to_bucket: str, to_key: str, size: int) -> None:
        await self.client.copy_object(
            Bucket=to_bucket,
            Key=to_key,
            CopySource={"Bucket": bucket, "Key": key},
            MetadataDirective="COPY",
            # There are none, and nobody has to be allowed to read them.
            TaggingDirective="REPLACE",
        )
        head = await self.client.head_object(Bucket=to_bucket, Key=to_key)
        if head["ContentLength"] != size:
            raise CopyMissing(f"the copy of s3://{bucket}/{key} has {head['ContentLength']} bytes, not {size}")

    async def _listed(self, bucket: str, prefix: str) -> AsyncIterator[tuple[str, int]]:
        paginator = self.client.get_paginator("list_objects_v2")
        async for page in paginator.paginate(Bucket=bucket, Prefix=prefix):
            for entry in page.get("Contents", []):
                yield entry["Key"], entry["Size"]


class _SealedWork(WorkBucket):
    """Reads of what was moved out of the work bucket."""

    async def get(self, key: str) -> bytes:
        return await super().get(sealed_key(key))

    def pieces(self, key: str) -> AsyncGenerator[bytes, None]:
        return super().pieces(sealed_key(key))


def sealed_key(work_key: str) -> str:
    """Where an object of the work bucket lies while its video is sealed: `raw/<video>/x` at `<video>/raw/x`."""
    folder, video_id, rest = work_key.split("/", 2)
    return f"{video_id}/{folder}/{rest}"


def _work_key(key: str) -> str:
    video_id, folder, rest = key.split("/", 2)
    return f"{folder}/{video_id}/{rest}"
