"""S3: what keeps the object of a sealed video from being deleted, and what of that is to be taken away again.

Beside what is moved there, a video has one row in the table of sealed videos: what was there before, and what was done.
It is written before S3 is asked for anything, so that a hold that somebody else has put is never taken for one's own.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of, is_transient, message_of, status_of
from reelsift.aws.object_copy import Copying, ObjectCopier
from reelsift.aws.objects import sha256_of
from reelsift.aws.table import ConditionFailed, Table
from reelsift.domain.protection import Protection, ProtectionFailed, ProtectionKind, ProtectionUnderWay
from reelsift.domain.video import NULL_VERSION, Video

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

PROTECTION_PART = "protection"
"""The sort key of the row."""

MAX_VERSIONS = 100
"""Versions of one content that are looked at, the newest first; a hold on any of them keeps the content."""

_GONE = frozenset({404, 405, 412})
"""HTTP's: there is no such object or version, it is a delete marker, or it holds other content by now."""


_BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class _Target:
    """A version that has the content (None in a bucket without versions). `held` is whether a legal hold is on it, None
    where its bucket has no Object Lock.
    """

    version_id: str | None
    size: int
    sha256: str | None
    held: bool | None


class VideoProtection:
    """Legal holds and copies. Every step may be repeated, and is taken up by whoever comes after a worker that died."""

    def __init__(self, client: "S3Client", table: Table, sealed_bucket: str, *, copies: bool) -> None:
        """`table` is that of sealed videos. With `copies` what no legal hold can protect is copied."""
        self._client = client
        self._table = table
        self._bucket = sealed_bucket
        self._copies = copies
        self._copier = ObjectCopier(client)

    async def of(self, video_id: str) -> Protection | None:
        """What protects a video, as far as that is done."""
        return _read(await self._table.get(_key(video_id)))

    async def protect(self, video: Video, versions: Sequence[str], at_ms: int) -> Protection:
        """Protect the content of a video, of which lines have named these versions, the newest last.

        Raises ProtectionFailed, and ProtectionUnderWay where another turn follows.
        """
        row = await self._table.get(_key(video.video_id))
        done = _read(row)
        if done is not None and done.kind is not ProtectionKind.UNPROTECTED:
            return done
        async with _told():
            if row is None or done is not None:
                row = await self._begin(video, versions, at_ms)
            if "held" in row:
                await self._hold(row, "ON")
            elif "copy" in row:
                await self._copy(row)
        return await self._note(row, at_ms)

    async def release(self, video_id: str) -> None:
        """Take away what was done to protect a video, and nothing of what others did. Raises ProtectionFailed."""
        row = await self._table.get(_key(video_id))
        if row is None:
            return
        async with _told():
            if "held" in row:
                await self._hold(row, "OFF")
            elif "copy" in row:
                await self._delete_copy(row["copy"], row.get("upload"))
        with suppress(ConditionFailed):
            await self._table.delete(_key(video_id), "attribute_exists(#part)")

    async def _begin(self, video: Video, versions: Sequence[str], at_ms: int) -> dict[str, Any]:
        """Write down what is there and what is to be done; of two workers the first one's word holds."""
        targets = await self._targets(video, versions)
        row: dict[str, Any] = {**_key(video.video_id), "bucket": video.bucket, "key": video.key, "begun_ms": at_ms}
        locked = [target for target in targets if target.held is not None]
        digest = next((target.sha256 for target in targets if target.sha256), None)
        if digest is not None:
            row["sha256"] = digest
        if locked:
            row["versions"] = [target.version_id for target in locked]
            row["held"] = [target.version_id for target in locked if not target.held]
        elif targets and self._copies:
            (source, *_) = targets
            name = source.version_id if _is_fixed(source.version_id) else video.etag
            row |= {"copy": f"{video.video_id}/video/{name}", "etag": video.etag, "size": source.size}
            if source.version_id is not None:
                row["version"] = source.version_id
        elif not targets:
            row["gone"] = True
        unprotected = str(ProtectionKind.UNPROTECTED)
        try:
            await self._table.put(row, "attribute_not_exists(#part) OR #kind = :kind", kind=unprotected)
        except ConditionFailed:
            return await self._table.get(_key(video.video_id)) or row
        return row

    async def _targets(self, video: Video, versions: Sequence[str]) -> list[_Target]:
        """The versions that have the content: those named, and what the key holds."""
        named = list(dict.fromkeys(reversed(versions)))[:MAX_VERSIONS]
        found: dict[str | None, _Target] = {}
        for version in [*named, None]:
            target = await self._target(video, version)
            if target is not None:
                found.setdefault(target.version_id, target)
        return list(found.values())

    async def _target(self, video: Video, version_id: str | None) -> _Target | None:
        version = {} if version_id is None else {"VersionId": version_id}
        try:
            head = await self._client.head_object(
                Bucket=video.bucket,
                Key=video.key,
                ChecksumMode="ENABLED",
                **version,  # type: ignore[arg-type]
            )
        except ClientError as error:
            if _is_gone(error):
                return None
            # HEAD of an object under a customer's own key takes the key; a hold does not, where a version is named.
            held = await self._is_held(video, version_id) if status_of(error) == _BAD_REQUEST else None
            if held is None or not _is_fixed(version_id):
                raise
            return _Target(version_id, 0, None, held)
        if head["ETag"].strip('"') != video.etag:
            return None
        there = head.get("VersionId", version_id)
        return _Target(there, int(head["ContentLength"]), sha256_of(head), await self._is_held(video, there))

    async def _is_held(self, video: Video, version_id: str | None) -> bool | None:
        if version_id is None:
            return None
        try:
            answer = await self._client.get_object_legal_hold(Bucket=video.bucket, Key=video.key, VersionId=version_id)
        except ClientError as error:
            # Of an object without a hold S3 says that it has no configuration; of a bucket without Object Lock that the
            # request makes no sense.
            if code_of(error) in {"NoSuchObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"}:
                return False
            if code_of(error) == "InvalidRequest":
                return None
            raise
        return answer["LegalHold"].get("Status") == "ON"

    async def _hold(self, row: Mapping[str, Any], status: Any) -> None:
        for version in row["held"]:
            try:
                await self._client.put_object_legal_hold(
                    Bucket=row["bucket"], Key=row["key"], VersionId=version, LegalHold={"Status": status}
                )
            except ClientError as error:
                if not _is_gone(error):
                    raise

    async def _copy(self, row: dict[str, Any]) -> None:
        copying = Copying(
            bucket=row["bucket"],
            key=row["key"],
            version_id=row.get("version"),
            etag=row["etag"],
            size=int(row["size"]),
            to_bucket=self._bucket,
            to_key=row["copy"],
        )
        if await self._copier.is_there(copying):
            return
        try:
            if not copying.in_parts:
                await self._copier.copy(copying)
            elif not await self._copied_in_parts(copying, row):
                raise ProtectionUnderWay
        except ClientError as error:
            if not _is_gone(error):
                raise
            row["gone"] = True

    async def _copied_in_parts(self, copying: Copying, row: dict[str, Any]) -> bool:
        key = {name: row[name] for name in ("video_id", "part")}
        while True:
            if "upload" not in row:
                row["upload"] = await self._copier.begin(copying)
                await self._table.update(key, "SET #upload = :upload", "attribute_exists(#part)", upload=row["upload"])
            try:
                return await self._copier.go_on(copying, row["upload"])
            except ClientError as error:
                if code_of(error) != "NoSuchUpload":
                    raise
            # Another worker has just made it whole, or S3 has broken it off as too old.
            if await self._copier.is_there(copying):
                return True
            del row["upload"]

    async def _delete_copy(self, key: str, upload_id: str | None) -> None:
        """Every version of the copy, and what was begun of one."""
        if upload_id is not None:
            try:
                await self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload_id)
            except ClientError as error:
                if code_of(error) != "NoSuchUpload":
                    raise
        paginator = self._client.get_paginator("list_object_versions")
        async for page in paginator.paginate(Bucket=self._bucket, Prefix=key):
            for entry in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                if entry["Key"] == key:
                    await self._client.delete_object(Bucket=self._bucket, Key=key, VersionId=entry["VersionId"])

    async def _note(self, row: dict[str, Any], at_ms: int) -> Protection:
        uri = f"s3://{row['bucket']}/{row['key']}"
        where: str | None
        if "held" in row:
            kind, where = ProtectionKind.LEGAL_HOLD, uri
        elif "copy" in row and not row.get("gone"):
            kind, where = ProtectionKind.COPY, f"s3://{self._bucket}/{row['copy']}"
        else:
            kind, where = ProtectionKind.UNPROTECTED, None if row.get("gone") else uri
        protection = Protection(kind, where, at_ms, tuple(row.get("versions", ())), row.get("sha256"))
        noted = {"kind": str(kind), "at_ms": at_ms} | ({} if where is None else {"where": where})
        key = {name: row[name] for name in ("video_id", "part")}
        with suppress(ConditionFailed):  # it was released meanwhile
            expression = "SET " + ", ".join(f"#{name} = :{name}" for name in noted)
            await self._table.update(key, expression, "attribute_exists(#part)", **noted)
        return protection


def _key(video_id: str) -> dict[str, str]:
    return {"video_id": video_id, "part": PROTECTION_PART}


def _is_gone(error: ClientError) -> bool:
    return status_of(error) in _GONE and code_of(error) != "NoSuchBucket"


def _is_fixed(version_id: str | None) -> bool:
    return version_id is not None and version_id != NULL_VERSION


def _read(row: Mapping[str, Any] | None) -> Protection | None:
    """What a row says, once it is done."""
    if row is None or "kind" not in row:
        return None
    versions = tuple(row.get("versions", ()))
    return Protection(ProtectionKind(row["kind"]), row.get("where"), int(row["at_ms"]), versions, row.get("sha256"))


@asynccontextmanager
async def _told() -> AsyncIterator[None]:
    """What S3 refuses or does not answer is ProtectionFailed; faults of this program are themselves."""
    try:
        yield
    except ClientError as error:
        raise ProtectionFailed(f"{error.operation_name} is refused: {code_of(error)} {message_of(error)}") from error
    except Exception as error:
        if not is_transient(error):
            raise
        raise ProtectionFailed(f"AWS does not answer: {type(error).__name__}") from error
