"""Answers of Rekognition that others have stored in S3: read an object at a time, in bounded memory."""

import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from reelsift.aws.errors import status_of
from reelsift.aws.listing import list_objects
from reelsift.aws.objects import read_object
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.refusal import refused_bucket
from reelsift.manifests.locations import read_location

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

MOST_BYTES = 16 * 1024 * 1024
"""Of one object, unpacked. As Python objects its pages take some ten times as much, in a worker of 1 GB. A longer
answer is brought in as its pages, each an object of its own.
"""

MOST_OBJECTS = 10_000
"""Below one prefix: the pages of an answer, not a bucket by mistake. A page of AWS has up to 1,000 rows."""

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = zlib.MAX_WBITS | 16
_NOT_FOUND, _FORBIDDEN = 404, 403


class AnswerUnusable(Exception):
    """What was to be brought in cannot be, for the reason in `failure`."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure

    @classmethod
    def because(cls, message: str) -> "AnswerUnusable":
        """It is no answer that can be brought in; `message` says why."""
        return cls(Failure(Reason.ANSWER_REFUSED, message))


class RecordedAnswers:
    """Reads recorded answers in the buckets that the deployment allows."""

    def __init__(self, client: "S3Client", allowed_buckets: frozenset[str]) -> None:
        self._client = client
        self._allowed_buckets = allowed_buckets

    async def objects(self, uri: str) -> AsyncGenerator[tuple[str, bytes], None]:
        """The objects of an answer, unpacked, each with its URI: the one that is named, or all below a prefix.

        Raises AnswerUnusable, and what botocore raises where S3 fails.
        """
        place = read_location(uri)
        refusal = refused_bucket(place.bucket, self._allowed_buckets)
        if refusal is not None:
            raise AnswerUnusable(refusal)
        if not place.key.endswith("/"):
            yield uri, await self._read(place.bucket, place.key)
            return
        read = 0
        async for page in list_objects(self._client, place.bucket, place.key):
            for listed in page:
                read += 1
                if read > MOST_OBJECTS:
                    raise AnswerUnusable.because(f"more than {MOST_OBJECTS:,} objects lie below {uri}: name one answer")
                yield listed.ref.uri, await self._read(place.bucket, listed.ref.key)

    async def _read(self, bucket: str, key: str) -> bytes:
        uri = f"s3://{bucket}/{key}"
        data = bytearray()
        try:
            async with aclosing(read_object(self._client, bucket, key)) as pieces:
                async for piece in pieces:
                    data += piece
                    if len(data) > MOST_BYTES:
                        raise _too_large(uri)
        except ClientError as error:
            if status_of(error) == _NOT_FOUND:
                raise AnswerUnusable.because(f"there is no recorded answer at {uri}") from None
            if status_of(error) == _FORBIDDEN:
                raise AnswerUnusable(Failure(Reason.ACCESS_DENIED, f"{uri} may not be read by this service")) from None
            raise
        return _unpacked(uri, bytes(data))


def _unpacked(uri: str, data: bytes) -> bytes:
    """The bytes without gzip, whose members may unpack to any size. Damage is left for the reader to tell."""
    unpacked = bytearray()
    while data.startswith(_GZIP):
        member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            unpacked += member.decompress(data, MOST_BYTES + 1 - len(unpacked))
        except zlib.error as error:
            raise AnswerUnusable.because(f"{uri} is gzip, and damaged: {error}") from None
        if len(unpacked) > MOST_BYTES:
            raise _too_large(uri)
        if not member.eof:
            raise AnswerUnusable.because(f"{uri} is gzip, and cut short")
        data = member.unused_data
    return bytes(unpacked) or data


def _too_large(uri: str) -> AnswerUnusable:
    return AnswerUnusable.because(
        f"{uri} is larger than {MOST_BYTES // 1024**2} MiB, unpacked: store its pages as objects below a prefix of"
        " their own, and name that"
    )
