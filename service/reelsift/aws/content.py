"""S3: the bytes of one content, read in order and in bounded memory, however long that takes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from reelsift.aws.errors import AwsUnavailable, is_transient, status_of
from reelsift.aws.objects import PIECE_BYTES

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

RANGE_BYTES = 64 * 1024 * 1024
"""Asked for at a time: a connection that breaks off costs no more than what was not read of it."""

TRIES = 5
"""Requests in a row that may bring nothing."""

_CHANGED = frozenset({404, 405, 412})
"""HTTP's: the object or version is gone, or holds other content."""


class ContentGone(Exception):
    """The object is gone, or holds other content by now."""


@dataclass(frozen=True, slots=True)
class Content:
    """Where a content lies: the ETag says that it is this one. `size` is in bytes."""

    bucket: str
    key: str
    etag: str
    size: int
    version_id: str | None = None

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


async def content_at(client: "S3Client", bucket: str, key: str, version_id: str | None = None) -> Content | None:
    """What an object holds now, or did in a version; None where there is none."""
    version = {} if version_id is None else {"VersionId": version_id}
    try:
        head = await client.head_object(Bucket=bucket, Key=key, **version)  # type: ignore[arg-type]
    except ClientError as error:
        if status_of(error) in _CHANGED:
            return None
        raise
    return Content(bucket, key, head["ETag"].strip('"'), int(head["ContentLength"]), head.get("VersionId"))


async def pieces_of(client: "S3Client", content: Content) -> AsyncIterator[bytes]:
    """The bytes of a content, piece by piece; what breaks off goes on where it did. Raises ContentGone."""
    version = {} if content.version_id is None else {"VersionId": content.version_id}
    offset = tries = 0
    while offset < content.size:
        end = min(offset + RANGE_BYTES, content.size)
        tries += 1
        try:
            answer = await client.get_object(
                Bucket=content.bucket,
                Key=content.key,
                IfMatch=f'"{content.etag}"',
                Range=f"bytes={offset}-{end - 1}",
                **version,  # type: ignore[arg-type]
            )
            async with answer["Body"] as body:
                while piece := await body.read(PIECE_BYTES):
                    offset, tries = offset + len(piece), 0
                    yield piece
        except Exception as error:
            if isinstance(error, ClientError) and status_of(error) in _CHANGED:
                raise ContentGone(content.uri) from None
            if not is_transient(error) or tries == TRIES:
                raise
        if tries == TRIES:
            raise AwsUnavailable(f"S3 gives nothing of {content.uri} from byte {offset:,} on")
