"""S3: the tags of objects, read and written whole, as S3 has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of, is_transient, message_of, status_of
from reelsift.domain.object_tags import TagFault, Untaggable
from reelsift.domain.video import NULL_VERSION

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

_FORBIDDEN = 403
_GONE = frozenset({404, 405})
"""HTTP's: there is no such object or version, or it is a delete marker."""


@dataclass(frozen=True, slots=True)
class Target:
    """An object, or one version of it (None: what the key holds)."""

    bucket: str
    key: str
    version_id: str | None = None

    @property
    def fixed(self) -> bool:
        """Whether it can never hold other content."""
        return self.version_id is not None and self.version_id != NULL_VERSION

    @property
    def address(self) -> dict[str, str]:
        """The members by which a request names it."""
        version = {} if self.version_id is None else {"VersionId": self.version_id}
        return {"Bucket": self.bucket, "Key": self.key, **version}

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}" + (f" version {self.version_id}" if self.version_id else "")


@dataclass(frozen=True, slots=True)
class Held:
    """What a target holds: an ETag, and the version that has it (None where the bucket has no versions)."""

    etag: str
    version_id: str | None


class ObjectTags:
    """Tags. S3 replaces them all at once and has no condition for it: of two writers the later one wins."""

    def __init__(self, client: "S3Client") -> None:
        self.client = client

    async def held(self, target: Target) -> Held | None:
        """What a target holds now; None where it is gone. Raises Untaggable."""
        try:
            head = await self.client.head_object(**target.address)  # type: ignore[arg-type]
        except Exception as error:
            if not _is_gone(error):
                raise _untaggable(target, error) from error
            return None
        return Held(head["ETag"].strip('"'), head.get("VersionId"))

    async def read(self, target: Target) -> Mapping[str, str] | None:
        """The tags of a target; None where it is gone. Raises Untaggable."""
        try:
            answer = await self.client.get_object_tagging(**target.address)  # type: ignore[arg-type]
        except Exception as error:
            if not _is_gone(error):
                raise _untaggable(target, error) from error
            return None
        return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}

    async def write(self, target: Target, tags: Mapping[str, str]) -> bool:
        """Give a target these tags and no others; False where it is gone. Raises Untaggable."""
        entries: Any = [{"Key": key, "Value": value} for key, value in tags.items()]
        try:
            await self.client.put_object_tagging(**target.address, Tagging={"TagSet": entries})  # type: ignore[arg-type]
        except Exception as error:
            if not _is_gone(error):
                raise _untaggable(target, error) from error
            return False
        return True


def _is_gone(error: BaseException) -> bool:
    return isinstance(error, ClientError) and status_of(error) in _GONE


def _untaggable(target: Target, error: Exception) -> Exception:
    """What an error means for a target; what S3 has not said is itself."""
    if is_transient(error):
        return Untaggable(TagFault.S3_FAILED, f"{target}: {error}", target.version_id)
    if not isinstance(error, ClientError):
        return error
    fault = TagFault.ACCESS_DENIED if status_of(error) == _FORBIDDEN else TagFault.REFUSED
    return Untaggable(fault, f"{target}: {code_of(error)} {message_of(error)}", target.version_id)
