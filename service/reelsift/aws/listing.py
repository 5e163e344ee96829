"""S3: what lies below a prefix."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reelsift.domain.video import ObjectRef

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a listing names it; `modified_ms` is epoch milliseconds."""

    ref: ObjectRef
    modified_ms: int


async def list_objects(client: "S3Client", bucket: str, prefix: str) -> AsyncIterator[list[Listed]]:
    """The objects below a prefix, 1,000 a request. Folder markers (empty keys that end in `/`) are left out."""
    paginator = client.get_paginator("list_objects_v2")
    async for page in paginator.paginate(Bucket=bucket, Prefix=prefix):
        yield [
            Listed(
                ObjectRef(bucket, entry["Key"], None, entry["ETag"].strip('"'), entry["Size"]),
                round(entry["LastModified"].timestamp() * 1000),
            )
            for entry in page.get("Contents", [])
            if not (entry["Key"].endswith("/") and entry["Size"] == 0)
        ]


async def list_folders(client: "S3Client", bucket: str, prefix: str, wanted: Callable[[str], bool]) -> list[str]:
    """The folders right below a prefix, with their slash: the first thousand names below it, and the next ones for as
    long as folders that are `wanted` are among them.
    """
    folders: list[str] = []
    paginator = client.get_paginator("list_objects_v2")
    async for page in paginator.paginate(Bucket=bucket, Prefix=prefix, Delimiter="/"):
        found = [entry["Prefix"] for entry in page.get("CommonPrefixes", [])]
        folders += found
        if not any(map(wanted, found)):
            break
    return folders


async def exists(client: "S3Client", bucket: str, key: str) -> bool:
    """Whether there is an object of this key, by a listing: who may not read it may still list it."""
    answer = await client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)
    return any(entry["Key"] == key for entry in answer.get("Contents", []))
