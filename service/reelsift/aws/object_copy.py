"""S3: one content of an object copied into another bucket by S3 itself, however large it is."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

PART_BYTES = 128 * 1024 * 1024
"""S3 copies as much within a few seconds; botocore waits 30 s for an answer."""

MAX_PARTS = 10_000
"""Of one multipart upload (S3)."""

PARTS_AT_A_TIME = 8
PARTS_A_TURN = 80
"""What is analysed has 10 GB at most, and is copied in one turn."""

_KEPT = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Metadata")
"""What HEAD tells of an object that its copy has, too. A copy in one request has it by itself."""


@dataclass(frozen=True, slots=True)
class Copying:
    """A copy that is to be made: from where, of which content, to where. `size` is in bytes."""

    bucket: str
    key: str
    version_id: str | None
    etag: str
    size: int
    to_bucket: str
    to_key: str

    @property
    def source(self) -> dict[str, str]:
        version = {} if self.version_id is None else {"VersionId": self.version_id}
        return {"Bucket": self.bucket, "Key": self.key, **version}

    @property
    def target(self) -> dict[str, str]:
        return {"Bucket": self.to_bucket, "Key": self.to_key}

    @property
    def quoted_etag(self) -> str:
        return f'"{self.etag}"'

    @property
    def in_parts(self) -> bool:
        return self.size > PART_BYTES

    @property
    def part_bytes(self) -> int:
        return max(PART_BYTES, -(-self.size // MAX_PARTS))

    def ranges(self) -> dict[int, str]:
        """The bytes of each part, by its number from 1 on."""
        starts = range(0, self.size, self.part_bytes)
        return {
            number: f"bytes={start}-{min(start + self.part_bytes, self.size) - 1}"
            for number, start in enumerate(starts, start=1)
        }


class ObjectCopier:
    """Copies. Each request says which content is meant, so that nothing else is ever copied in its place."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    async def is_there(self, copying: Copying) -> bool:
        """Whether the copy is made already: an object of that size under a key that is made of its content's name."""
        try:
            head = await self._client.head_object(**copying.target)  # type: ignore[arg-type]
        except ClientError as error:
            if code_of(error) == "404":
                return False
            raise
        return int(head["ContentLength"]) == copying.size

    async def copy(self, copying: Copying) -> None:
        """Copy in one request: for what is not to be copied in parts."""
        # Tags stay behind: they say the status, and reading them takes another permission.
        await self._client.copy_object(
            **copying.target,  # type: ignore[arg-type]
            CopySource=copying.source,  # type: ignore[arg-type]
            CopySourceIfMatch=copying.quoted_etag,
            TaggingDirective="REPLACE",
            ChecksumAlgorithm="SHA256",
        )

    async def begin(self, copying: Copying) -> str:
        """Begin a copy in parts; returns the id by which it goes on."""
        head: Any = await self._client.head_object(**copying.source, IfMatch=copying.quoted_etag)  # type: ignore[arg-type]
        kept = {name: head[name] for name in _KEPT if head.get(name)}
        created = await self._client.create_multipart_upload(**copying.target, **kept)  # type: ignore[arg-type]
        return created["UploadId"]

    async def go_on(self, copying: Copying, upload_id: str) -> bool:
        """Copy parts that are not there yet, so many a turn; whether the copy is whole now."""
        done = await self._done(copying, upload_id)
        missing = [(number, part) for number, part in copying.ranges().items() if number not in done]
        turn = missing[:PARTS_A_TURN]
        for start in range(0, len(turn), PARTS_AT_A_TIME):
            await asyncio.gather(
                *(self._part(copying, upload_id, *each) for each in turn[start : start + PARTS_AT_A_TIME])
            )
        if len(missing) > len(turn):
            return False
        parts = await self._done(copying, upload_id)
        entries: Any = [{"PartNumber": number, "ETag": etag} for number, etag in sorted(parts.items())]
        await self._client.complete_multipart_upload(
            **copying.target,  # type: ignore[arg-type]
            UploadId=upload_id,
            MultipartUpload={"Parts": entries},
        )
        return True

    async def _part(self, copying: Copying, upload_id: str, number: int, part: str) -> None:
        await self._client.upload_part_copy(
            **copying.target,  # type: ignore[arg-type]
            CopySource=copying.source,  # type: ignore[arg-type]
            CopySourceIfMatch=copying.quoted_etag,
            CopySourceRange=part,
            PartNumber=number,
            UploadId=upload_id,
        )

    async def _done(self, copying: Copying, upload_id: str) -> dict[int, str]:
        """The ETags of the parts that are there."""
        parts: dict[int, str] = {}
        paginator = self._client.get_paginator("list_parts")
        async for page in paginator.paginate(**copying.target, UploadId=upload_id):  # type: ignore[arg-type]
            parts |= {part["PartNumber"]: part["ETag"] for part in page.get("Parts", [])}
        return parts
