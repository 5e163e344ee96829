"""Objects, their versions and their tags in memory, with the answers that S3 gives about them."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError


@dataclass(slots=True)
class StoredVersion:
    """One version of an object; `id` is None in a bucket without versions."""

    etag: str
    id: str | None = None
    tags: dict[str, str] = field(default_factory=dict)


class MemoryS3:
    """A client of S3, as far as tags go. `requests` counts what was asked; `refusals` are raised, by operation, before
    anything is done; `before` is awaited with the operation's name before each request, `after` after each.
    """

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], list[StoredVersion]] = {}
        self.requests: Counter[str] = Counter()
        self.refusals: dict[str, Exception] = {}
        self.before: Callable[[str], Awaitable[None]] | None = None
        self.after: Callable[[str], Awaitable[None]] | None = None

    def put(self, bucket: str, key: str, etag: str, version: str | None = None, **tags: str) -> StoredVersion:
        """Store an object: in place of what the key holds, or as its newest version."""
        stored = StoredVersion(etag, version, tags)
        others = [other for other in self.objects.get((bucket, key), []) if other.id != version]
        self.objects[bucket, key] = [*others, stored] if version is not None else [stored]
        return stored

    async def head_object(self, **members: Any) -> dict[str, Any]:
        async def answer() -> dict[str, Any]:
            stored = self._stored("HeadObject", **members)
            return {"ETag": f'"{stored.etag}"', **({} if stored.id is None else {"VersionId": stored.id})}

        return await self._request("HeadObject", answer)

    async def get_object_tagging(self, **members: Any) -> dict[str, Any]:
        async def answer() -> dict[str, Any]:
            stored = self._stored("GetObjectTagging", **members)
            return {"TagSet": [{"Key": key, "Value": value} for key, value in stored.tags.items()]}

        return await self._request("GetObjectTagging", answer)

    async def put_object_tagging(self, *, Tagging: dict[str, Any], **members: Any) -> dict[str, Any]:  # noqa: N803 - AWS's
        async def answer() -> dict[str, Any]:
            stored = self._stored("PutObjectTagging", **members)
            stored.tags = {tag["Key"]: tag["Value"] for tag in Tagging["TagSet"]}
            return {}

        return await self._request("PutObjectTagging", answer)

    async def _request(self, operation: str, answer: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        self.requests[operation] += 1
        if self.before is not None:
            await self.before(operation)
        if operation in self.refusals:
            raise self.refusals[operation]
        answered = await answer()
        if self.after is not None:
            await self.after(operation)
        return answered

    def _stored(self, operation: str, **members: str) -> StoredVersion:
        versions = self.objects.get((members["Bucket"], members["Key"]), [])
        wanted = members.get("VersionId")
        found = [stored for stored in versions if wanted in {None, stored.id}]
        if not found:
            raise s3_error(operation, 404, "NoSuchKey" if wanted is None else "NoSuchVersion")
        return found[-1]


def s3_error(operation: str, status: int, code: str) -> ClientError:
    """What S3 refuses a request with."""
    response: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, operation)
