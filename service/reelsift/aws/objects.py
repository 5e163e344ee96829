"""S3: what an object is, before and after it is analysed, and the work bucket's own objects."""

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from aiobotocore.session import get_session
from botocore.exceptions import ClientError

from reelsift.aws.context_metadata import metadata_context
from reelsift.aws.errors import Unanswered, code_of, is_transient, message_of, needs_mending, status_of
from reelsift.aws.remembered import RememberedByKey
from reelsift.domain.barrier import Barrier, barrier_of
from reelsift.domain.context import Context
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.refusal import refused_bucket, refused_key, refused_size, refused_storage
from reelsift.domain.video import ObjectRef, Video
from reelsift.threads import in_thread

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

PART_BYTES = 8 * 1024 * 1024
"""Multipart parts are at least 5 MiB (S3); this is how much of an object is held in memory."""

PIECE_BYTES = 256 * 1024
"""How much of an object is read at a time."""

REGION_TTL_S = 3600

_BAD_REQUEST = 400
"""HTTP's."""

_CUSTOMER_KEY = re.compile(r"server[- ]side encryption", re.IGNORECASE)
"""S3 has no code of its own for an object that takes the customer's key (InvalidRequest), only these words."""


class ObjectUnusable(Exception):
    """The object cannot be analysed, now or later, for the reason in `failure`. `video` is the content that it holds,
    where HEAD has told that all the same.
    """

    def __init__(self, failure: Failure, video: Video | None = None) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.video = video


class Videos:
    """Reads what the objects are that lines name, in the buckets that the deployment allows."""

    def __init__(
        self,
        client: "S3Client",
        allowed_buckets: frozenset[str],
        allowed_keys: frozenset[str] | None = None,
        context_metadata: Collection[str] = (),
    ) -> None:
        """`allowed_keys` are the ARNs of the KMS keys that this deployment may use; None where that is not known.
        `context_metadata` are the keys of the objects' metadata that belong to the context of their lines.
        """
        self.client = client
        self.allowed_buckets = allowed_buckets
        self._allowed_keys = allowed_keys
        self._context_metadata = tuple(context_metadata)
        self._regions: RememberedByKey[str, str | None] = RememberedByKey(lambda _: REGION_TTL_S)

    async def head(self, ref: ObjectRef, *, checksum: bool = False) -> Video:
        """The video an object holds now, or did in the version that `ref` names; with `checksum` its SHA-256 too, where
        S3 knows it.

        Raises ObjectUnusable for what no later attempt would change, and Unanswered where S3 fails over the object.
        """
        refusal = refused_bucket(ref.bucket, self.allowed_buckets)
        if refusal is not None:
            raise ObjectUnusable(refusal)
        await self._check_region(ref.bucket)
        options: dict[str, Any] = {"VersionId": ref.version_id} if ref.version_id else {}
        if checksum:
            options["ChecksumMode"] = "ENABLED"
        try:
            head = await self._head(ref, **options)
        except ClientError as error:
            raise ObjectUnusable(await self._refusal(ref, error)) from None
        video = _video(ref, head, metadata_context(head.get("Metadata", {}), self._context_metadata))
        refusal = refused_key(ref, head.get("SSEKMSKeyId"), self._allowed_keys) or _refused_content(ref, head)
        if refusal is not None:
            raise ObjectUnusable(refusal, video)
        return video

    async def is_unchanged(self, video: Video) -> bool:
        """Whether the key still holds what it held when the video was admitted, and held it all the time.

        The time is compared besides the ETag: content put back looks the same, but Rekognition may have read what
        was there in between. Raises ObjectUnusable where the object may not be asked for, and Unanswered.
        """
        ref = ObjectRef(video.bucket, video.key)
        try:
            head = await self._head(ref)
        except ClientError as error:
            failure = await self._refusal(ref, error)
            # What was analysed was there, and under no customer's key.
            if failure.reason in {Reason.OBJECT_MISSING, Reason.CUSTOMER_KEY}:
                return False
            raise ObjectUnusable(failure) from None
        same = head["ETag"].strip('"') == video.etag
        return same and (video.last_modified is None or head["LastModified"] == video.last_modified)

    async def _refusal(self, ref: ObjectRef, error: ClientError) -> Failure:
        """What a refused HEAD means for good. Raises Unanswered, and what lies in the credentials."""
        if status_of(error) == _BAD_REQUEST:
            error = await self._in_full(ref, error)
            if is_transient(error):
                raise Unanswered(f"{ref.uri}: {error}") from error
            if status_of(error) == _BAD_REQUEST and needs_mending(error):
                raise error
        return _refusal(ref, error)

    async def _in_full(self, ref: ObjectRef, error: ClientError) -> ClientError:
        """The error by which S3 refuses to give the object's first byte: a HEAD answers 400 without a word, be it for a
        customer's key, a version id that is none, or credentials that have expired.
        """
        options: dict[str, Any] = {"VersionId": ref.version_id} if ref.version_id else {}
        try:
            answer = await self.client.get_object(Bucket=ref.bucket, Key=ref.key, Range="bytes=0-0", **options)
        except ClientError as full:
            return full
        answer["Body"].close()
        return error

    async def is_up(self, bucket: str) -> bool:
        """Whether S3 answers about a bucket, whatever it says, with anything but a fault of its own."""
        try:
            await self.client.head_bucket(Bucket=bucket)
        except Exception as error:
            if is_transient(error):
                return False
            if not isinstance(error, ClientError):
                raise
        return True

    async def _head(self, ref: ObjectRef, **options: Any) -> Any:
        """HEAD of an object. Raises ClientError for what S3 refuses, and Unanswered."""
        try:
            return await self.client.head_object(Bucket=ref.bucket, Key=ref.key, **options)
        except Exception as error:
            if not is_transient(error):
                raise
            raise Unanswered(f"HEAD of {ref.uri}: {error}") from error

    async def _check_region(self, bucket: str) -> None:
        """Rekognition reads buckets of its own region only, but botocore silently follows S3's redirects to another."""
        region = await self._regions.get(bucket, partial(self._region, bucket))
        own = self.client.meta.region_name
        if region is not None and region != own:
            raise ObjectUnusable(
                Failure(
                    Reason.WRONG_REGION,
                    f"bucket {bucket} lies in {region}, but Rekognition in {own} reads buckets of its own region only;"
                    f" deploy reelsift in {region} for it",
                )
            )

    async def _region(self, bucket: str) -> str | None:
        """The bucket's region: S3 says it even to those who may not read the bucket."""
        try:
            answer: Any = await self.client.head_bucket(Bucket=bucket)
        except ClientError as error:
            if is_transient(error):
                raise
            answer = error.response
        headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        region: str | None = headers.get("x-amz-bucket-region")
        return region


class WorkBucket:
    """Raw answers, results and manifests: what reelsift itself keeps in S3."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self.client = client
        self.bucket = bucket

    async def put(self, key: str, body: bytes, content_type: str) -> None:
        await self.client.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType=content_type)

    async def get(self, key: str) -> bytes:
        answer = await self.client.get_object(Bucket=self.bucket, Key=key)
        async with answer["Body"] as body:
            return await body.read()

    def writer(self, key: str, content_type: str) -> "ObjectWriter":
        """Writes an object of any size as its bytes arrive, in bounded memory."""
        return ObjectWriter(self.client, self.bucket, key, content_type)

    def answer_writer(self, key: str) -> "AnswerWriter":
        """Writes a raw answer page by page, in bounded memory."""
        return AnswerWriter(self.writer(key, "application/gzip"))

    async def delete(self, key: str) -> None:
        """Delete an object; one that is not there is deleted already."""
        await self.client.delete_object(Bucket=self.bucket, Key=key)

    def pieces(self, key: str) -> AsyncGenerator[bytes, None]:
        """The bytes of an object of any size, piece by piece."""
        return read_object(self.client, self.bucket, key)

    async def listed_below(self, prefix: str) -> AsyncGenerator[tuple[str, int], None]:
        """Key and length (bytes) of every object whose key begins with `prefix`, in order, 1,000 a request."""
        paginator = self.client.get_paginator("list_objects_v2")
        async for page in paginator.paginate(Bucket=self.bucket, Prefix=prefix):
            for entry in page.get("Contents", []):
                yield entry["Key"], entry["Size"]

    async def delete_below(self, prefix: str) -> None:
        """Delete every object whose key begins with `prefix`, 1,000 a request."""
        paginator = self.client.get_paginator("list_objects_v2")
        async for page in paginator.paginate(Bucket=self.bucket, Prefix=prefix):
            keys: list[Any] = [{"Key": entry["Key"]} for entry in page.get("Contents", [])]
            if keys:
                await self.client.delete_objects(Bucket=self.bucket, Delete={"Objects": keys, "Quiet": True})

    async def erase_below(self, prefix: str) -> int:
        """Delete every version of every object whose key begins with `prefix`, 1,000 a request: none can be brought
        back. Returns how many there were.
        """
        erased = 0
        paginator = self.client.get_paginator("list_object_versions")
        async for page in paginator.paginate(Bucket=self.bucket, Prefix=prefix):
            entries: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            versions: list[Any] = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries]
            if versions:
                answer = await self.client.delete_objects(
                    Bucket=self.bucket, Delete={"Objects": versions, "Quiet": True}
                )
                # Of an object that is kept S3 says so, and answers 200.
                for error in answer.get("Errors", []):
                    raise ClientError({"Error": {"Code": error["Code"], "Message": error["Message"]}}, "DeleteObjects")
            erased += len(versions)
        return erased


class ObjectWriter:
    """Writes one object as its bytes arrive; an asynchronous context manager.

    Small objects are one PutObject, large ones a multipart upload; nothing is visible before it is whole. With
    `only_new` S3 refuses to write over an object that is there.
    """

    def __init__(self, client: "S3Client", bucket: str, key: str, content_type: str, *, only_new: bool = False) -> None:
        self._client = client
        self._bucket = bucket
        self._key = key
        self._content_type = content_type
        self._condition: Any = {"IfNoneMatch": "*"} if only_new else {}
        self._buffer = bytearray()
        self._upload_id: str | None = None
        self._parts: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    async def write(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) >= PART_BYTES:
            await self._put_part()

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        if error is not None:
            if self._upload_id is not None:
                await self._client.abort_multipart_upload(Bucket=self._bucket, Key=self._key, UploadId=self._upload_id)
            return
        if self._upload_id is None:
            await self._client.put_object(
                Bucket=self._bucket,
                Key=self._key,
                Body=bytes(self._buffer),
                ContentType=self._content_type,
                **self._condition,
            )
            return
        if self._buffer:
            await self._put_part()
        try:
            await self._client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=self._key,
                UploadId=self._upload_id,
                MultipartUpload={"Parts": self._parts},
                **self._condition,
            )
        except ClientError:
            if self._condition:
                await self._client.abort_multipart_upload(Bucket=self._bucket, Key=self._key, UploadId=self._upload_id)
            raise

    async def _put_part(self) -> None:
        if self._upload_id is None:
            created = await self._client.create_multipart_upload(
                Bucket=self._bucket, Key=self._key, ContentType=self._content_type
            )
            self._upload_id = created["UploadId"]
        number = len(self._parts) + 1
        answer = await self._client.upload_part(
            Bucket=self._bucket,
            Key=self._key,
            UploadId=self._upload_id,
            PartNumber=number,
            Body=bytes(self._buffer),
        )
        self._buffer.clear()
        self._parts.append({"ETag": answer["ETag"], "PartNumber": number})


class AnswerWriter:
    """Gzips the pages of one answer into one object, a JSON list; an asynchronous context manager."""

    def __init__(self, target: ObjectWriter) -> None:
        self._target = target
        # A GzipFile would have to be closed where an answer is given up half-way, too.
        self._gzip = zlib.compressobj(level=6, wbits=zlib.MAX_WBITS | 16)
        self._pages = 0

    async def __aenter__(self) -> Self:
        return self

    async def write(self, page: dict[str, Any]) -> None:
        await self._target.write(await in_thread(self._packed, page))

    def _packed(self, page: dict[str, Any]) -> bytes:
        text = ("[" if self._pages == 0 else ",\n") + json.dumps(page, separators=(",", ":"), default=str)
        self._pages += 1
        return self._gzip.compress(text.encode())

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        if error is None:
            end = self._gzip.compress(b"]" if self._pages else b"[]") + self._gzip.flush()
            await self._target.write(end)
        await self._target.__aexit__(kind, error, trace)


async def read_object(client: "S3Client", bucket: str, key: str) -> AsyncGenerator[bytes, None]:
    """The bytes of an object, piece by piece."""
    answer = await client.get_object(Bucket=bucket, Key=key)
    async with answer["Body"] as body:
        while piece := await body.read(PIECE_BYTES):
            yield piece


async def fetch_object(bucket: str, key: str, limit: int) -> bytes:
    """An object, or its first `limit` bytes, for whom no deployment is open: credentials and region are those of every
    AWS tool.
    """
    async with get_session().create_client("s3") as client:
        data = bytearray()
        async with aclosing(read_object(client, bucket, key)) as pieces:
            async for piece in pieces:
                data += piece
                if len(data) >= limit:
                    break
        return bytes(data[:limit])


def _refusal(ref: ObjectRef, error: ClientError) -> Failure:
    status = status_of(error)
    if status == _BAD_REQUEST and _CUSTOMER_KEY.search(message_of(error)):
        return refused_storage(ref, Barrier.CUSTOMER_KEY)
    where = ref.uri + (f" version {ref.version_id}" if ref.version_id else "")
    if status == 404:  # noqa: PLR2004 - HTTP's not found
        return Failure(Reason.OBJECT_MISSING, f"{where} does not exist")
    if status == 403:  # noqa: PLR2004 - HTTP's forbidden
        # S3 answers 403 for a missing key too where the caller may not list the bucket.
        return Failure(Reason.ACCESS_DENIED, f"{where} may not be read by this service, or does not exist")
    if status in {301, 307}:
        return Failure(Reason.WRONG_REGION, f"{where} lies in another region than Rekognition")
    if status in {_BAD_REQUEST, 405}:
        return Failure(Reason.OBJECT_MISSING, f"{where} is no object that can be read: {message_of(error)}")
    return Failure(Reason.INVALID_OBJECT, f"S3 refuses {where}: {code_of(error)} {message_of(error)}")


def _refused_content(ref: ObjectRef, head: Any) -> Failure | None:
    barrier = _barrier(head)
    return refused_size(ref, int(head["ContentLength"])) or (refused_storage(ref, barrier) if barrier else None)


def _video(ref: ObjectRef, head: Any, context: Context | None) -> Video:
    return Video(
        bucket=ref.bucket,
        key=ref.key,
        etag=head["ETag"].strip('"'),
        version_id=head.get("VersionId"),
        size=int(head["ContentLength"]),
        last_modified=head.get("LastModified"),
        sha256=sha256_of(head),
        context=context,
    )


def _barrier(head: Any) -> Barrier | None:
    """The archive that an object lies in, unless a copy of it is restored and can be read.

    An object of Intelligent-Tiering keeps its storage class; only ArchiveStatus says that it is archived.
    """
    if 'ongoing-request="false"' in head.get("Restore", ""):
        return None
    return barrier_of(head.get("StorageClass", ""), head.get("ArchiveStatus", ""))


def sha256_of(head: Any) -> str | None:
    """The digest of the whole content. That of a multipart upload is one of its parts' digests, and no identity."""
    encoded = head.get("ChecksumSHA256", "")
    whole = head.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT" and "-" not in encoded and "-" not in head["ETag"]
    try:
        digest = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return None
    return digest.hex() if whole and len(digest) == hashlib.sha256().digest_size else None
