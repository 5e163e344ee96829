"""Links to videos: a browser reads them from S3 itself, for a few minutes, without credentials of its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from reelsift.aws.clients import Clients
from reelsift.aws.errors import status_of
from reelsift.domain.video import Video

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client


_GONE = frozenset({404, 405})
"""What S3 answers about an object that is not there: 405 about a version that marks a deletion."""


@dataclass(frozen=True, slots=True)
class Media:
    """An object as it is now: its ETag, and what whoever uploaded it says it is."""

    etag: str
    content_type: str


class MediaLinks:
    """Signs links to the very version that was analysed. Signing asks nobody: whether the link works depends on what
    whoever has signed it may read, when it is used (`s3:GetObjectVersion`, `s3:GetObject`, `kms:Decrypt`).
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._client: S3Client | None = None

    async def look(self, video: Video) -> Media | None:
        """What the object of a video is now: that very version where one is known. None where it is gone. Raises
        ClientError for what S3 refuses.
        """
        try:
            head = await self._clients.s3.head_object(**_address(video))
        except ClientError as error:
            if status_of(error) in _GONE:
                return None
            raise
        return Media(head["ETag"].strip('"'), head.get("ContentType", ""))

    async def sign(self, video: Video, *, seconds: int) -> str:
        """A link that works for so many seconds."""
        client = await self._signing()
        return await client.generate_presigned_url("get_object", Params=_address(video), ExpiresIn=seconds)

    async def sources(self, buckets: Iterable[str]) -> list[str]:
        """Where links to these buckets lead, as a Content-Security-Policy names it: the bucket's own host; where that
        cannot be (a name with dots, another endpoint than AWS's), the shared host and the path of the bucket.
        """
        return [await self._source(bucket) for bucket in sorted(buckets)]

    async def _source(self, bucket: str) -> str:
        client = await self._signing()
        link = urlsplit(
            await client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "-"}, ExpiresIn=1)
        )
        path = link.path.removesuffix("-")
        return f"{link.scheme}://{link.netloc}{path if path != '/' else ''}"

    async def _signing(self) -> "S3Client":
        """A client that signs as S3 wants it, for the host of the bucket's region.

        botocore's own choice is the signature of before 2014, or the host that serves all regions: that one redirects
        to the region's, to which the signature does not apply. No other endpoint than AWS's knows buckets by a host.
        """
        if self._client is None:
            regional = {"us_east_1_regional_endpoint": "regional"}
            client = await self._clients.open("s3", signature_version="s3v4", s3=regional)
            if ".amazonaws." in client.meta.endpoint_url:
                by_host = {**regional, "addressing_style": "virtual"}
                client = await self._clients.open("s3", signature_version="s3v4", s3=by_host)
            self._client = client
        return self._client


def _address(video: Video) -> dict[str, Any]:
    version = {} if video.version_id is None else {"VersionId": video.version_id}
    return {"Bucket": video.bucket, "Key": video.key, **version}
