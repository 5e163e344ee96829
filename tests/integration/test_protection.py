"""The object of a sealed video cannot be lost, whatever dies meanwhile, and what others did to it stays as it was."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from reelsift.aws import object_copy
from reelsift.aws.clients import Clients
from reelsift.aws.protection import PROTECTION_PART, VideoProtection
from reelsift.domain.protection import Protection, ProtectionFailed, ProtectionKind, ProtectionUnderWay
from reelsift.domain.video import Video
from rekognition_cloud.process import CloudProcess
from support.forks import Forks
from support.memory_table import MemoryTable

_KINDS = ("locked", "plain", "unversioned", "sealed")
KEY = "a b/ü+%.mp4"
MIB = 1024 * 1024


class _Killed(BaseException):
    """The worker is gone."""


class _Mortal:
    """A client of S3 in whose process a worker dies: before its request number `at`, or after that was done."""

    def __init__(self, client: Any, at: int, *, after: bool) -> None:
        self._client = client
        self._left = at
        self._after = after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        return found if name in {"meta", "get_paginator"} else self._counted(found)

    def _counted(self, method: Any) -> Any:
        async def call(**arguments: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after:
                raise _Killed
            answer = await method(**arguments)
            if self._left == 0:
                raise _Killed
            return answer

        return call


@pytest.fixture(scope="module")
def cloud(forks: Forks) -> Iterator[CloudProcess]:
    with CloudProcess(launch=forks.popen) as cloud:
        yield cloud


class Desk:
    """Buckets with and without Object Lock, and a table."""

    def __init__(self, s3: Any) -> None:
        self.s3 = s3
        self.table = MemoryTable("sealed")
        self.locked, self.plain, self.unversioned, self.sealed = (f"{kind}-{uuid4().hex[:8]}" for kind in _KINDS)

    async def make(self) -> None:
        for bucket in (self.locked, self.plain, self.unversioned, self.sealed):
            await self.s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=bucket == self.locked)
            if bucket in {self.plain, self.sealed}:
                await self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    async def put(self, bucket: str, body: bytes = b"x", key: str = KEY, **more: Any) -> Video:
        answer = await self.s3.put_object(Bucket=bucket, Key=key, Body=body, **more)
        return Video(bucket, key, answer["ETag"].strip('"'), answer.get("VersionId"), len(body))

    def protection(self, client: Any = None, *, copies: bool = True) -> VideoProtection:
        return VideoProtection(client or self.s3, self.table, self.sealed, copies=copies)

    async def protect(self, video: Video, *versions: str, copies: bool = True) -> Protection:
        return await self.protection(copies=copies).protect(video, versions or (video.version_id or "",), 7)

    async def held(self, video: Video, version: str | None = None) -> bool:
        """Whether S3 refuses to delete a version. What is not held is gone then."""
        try:
            await self.s3.delete_object(Bucket=video.bucket, Key=video.key, VersionId=version or video.version_id)
        except ClientError as refused:
            return refused.response["Error"]["Code"] == "AccessDenied"
        return False

    async def copies(self) -> list[str]:
        answer = await self.s3.list_object_versions(Bucket=self.sealed)
        return [entry["Key"] for entry in answer.get("Versions", [])]


@pytest.fixture
async def desk(cloud: CloudProcess, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    async with Clients("us-east-1") as clients:
        desk = Desk(clients.s3)
        await desk.make()
        yield desk


async def test_where_there_is_object_lock_every_named_version_of_the_content_is_held(desk: Desk) -> None:
    first, other, last = await desk.put(desk.locked), await desk.put(desk.locked, b"other"), await desk.put(desk.locked)
    assert first.version_id is not None
    done = await desk.protect(last, first.version_id)
    assert done.kind is ProtectionKind.LEGAL_HOLD
    assert done.where == last.uri
    assert set(done.versions) == {first.version_id, last.version_id}
    assert [await desk.held(each) for each in (first, last, other)] == [True, True, False]


async def test_a_hold_is_taken_away_with_the_seal(desk: Desk) -> None:
    video = await desk.put(desk.locked)
    await desk.protect(video)
    await desk.protection().release(video.video_id)
    assert await desk.protection().of(video.video_id) is None
    assert not await desk.held(video)
    await desk.protection().release(video.video_id)


async def test_a_hold_of_somebody_else_stays(desk: Desk) -> None:
    video = await desk.put(desk.locked, ObjectLockLegalHoldStatus="ON")
    assert (await desk.protect(video)).kind is ProtectionKind.LEGAL_HOLD
    await desk.protection().release(video.video_id)
    assert await desk.held(video)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("by_others", [False, True], ids=["ours", "of others"])
async def test_whenever_a_worker_dies_the_next_one_protects_and_takes_back_what_is_its_own(
    desk: Desk, *, by_others: bool, after: bool
) -> None:
    for at in range(1, 20):
        status = "ON" if by_others else "OFF"
        video = await desk.put(desk.locked, key=f"{at}.mp4", ObjectLockLegalHoldStatus=status)
        died = False
        for step in ("protect", "release"):
            mortal = desk.protection(_Mortal(desk.s3, at, after=after))
            try:
                if step == "protect":
                    await mortal.protect(video, (), 1)
                else:
                    await mortal.release(video.video_id)
            except _Killed:
                died = True
            if step == "protect":
                assert (await desk.protect(video)).kind is ProtectionKind.LEGAL_HOLD
                held = await desk.s3.get_object_legal_hold(
                    Bucket=desk.locked, Key=video.key, VersionId=video.version_id
                )
                assert held["LegalHold"]["Status"] == "ON"
        await desk.protection().release(video.video_id)
        assert await desk.held(video) == by_others
        if not died:
            assert at > 1
            return
    pytest.fail("it never got to its end")


@pytest.mark.parametrize("kind", ["plain", "unversioned"])
async def test_without_object_lock_the_content_is_copied_where_that_is_asked_for(desk: Desk, kind: str) -> None:
    bucket = getattr(desk, kind)
    video = await desk.put(bucket, b"content", Metadata={"owner": "anna"}, ContentType="video/mp4", Tagging="a=b")
    done = await desk.protect(video)
    name = video.version_id or video.etag
    assert (done.kind, done.where) == (ProtectionKind.COPY, f"s3://{desk.sealed}/{video.video_id}/video/{name}")
    await desk.s3.delete_object(Bucket=bucket, Key=KEY)
    answer = await desk.s3.get_object(Bucket=desk.sealed, Key=f"{video.video_id}/video/{name}")
    assert (await answer["Body"].read(), answer["ContentType"]) == (b"content", "video/mp4")
    assert answer["Metadata"] == {"owner": "anna"}
    await desk.protection().release(video.video_id)
    assert await desk.copies() == []


async def test_a_large_object_is_copied_part_by_part_turn_by_turn_and_whole(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_copy, "PART_BYTES", 5 * MIB)
    monkeypatch.setattr(object_copy, "PARTS_A_TURN", 1)
    body = bytes(range(256)) * (12 * MIB // 256)
    video = await desk.put(desk.plain, body, Metadata={"owner": "anna"}, ContentType="video/mp4")
    turns = 0
    while True:
        turns += 1
        try:
            done = await desk.protect(video)
            break
        except ProtectionUnderWay:
            assert await desk.copies() == []
    assert turns == 3
    assert done.kind is ProtectionKind.COPY
    (key,) = await desk.copies()
    answer = await desk.s3.get_object(Bucket=desk.sealed, Key=key)
    assert await answer["Body"].read() == body
    assert (answer["ContentType"], answer["Metadata"]) == ("video/mp4", {"owner": "anna"})


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_copy_in_parts_is_taken_up_wherever_it_was_broken_off(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, after: bool
) -> None:
    monkeypatch.setattr(object_copy, "PART_BYTES", 5 * MIB)
    body = b"y" * (6 * MIB)
    for at in range(1, 20):
        video = await desk.put(desk.plain, body, key=f"{at}.mp4")
        died = False
        try:
            await desk.protection(_Mortal(desk.s3, at, after=after)).protect(video, (), 1)
        except _Killed:
            died = True
        done = await desk.protect(video)
        assert done.kind is ProtectionKind.COPY
        assert done.where is not None
        answer = await desk.s3.get_object(Bucket=desk.sealed, Key=done.where.removeprefix(f"s3://{desk.sealed}/"))
        assert await answer["Body"].read() == body
        if not died:
            return
    pytest.fail("it never got to its end")


async def test_an_upload_that_was_broken_off_as_too_old_is_begun_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_copy, "PART_BYTES", 5 * MIB)
    monkeypatch.setattr(object_copy, "PARTS_A_TURN", 1)
    video = await desk.put(desk.plain, b"z" * (6 * MIB))
    with pytest.raises(ProtectionUnderWay):
        await desk.protect(video)
    row = desk.table.rows[video.video_id, PROTECTION_PART]
    await desk.s3.abort_multipart_upload(Bucket=desk.sealed, Key=row["copy"], UploadId=row["upload"])
    with pytest.raises(ProtectionUnderWay):
        await desk.protect(video)
    assert (await desk.protect(video)).kind is ProtectionKind.COPY


async def test_other_content_under_the_same_key_is_neither_held_nor_copied(desk: Desk) -> None:
    for bucket in (desk.locked, desk.unversioned):
        video = await desk.put(bucket, b"first")
        other = await desk.put(bucket, b"second")
        if video.version_id is not None:
            await desk.s3.delete_object(Bucket=bucket, Key=KEY, VersionId=video.version_id)
        done = await desk.protect(video)
        assert (done.kind, done.where) == (ProtectionKind.UNPROTECTED, None)
        if other.version_id is not None:
            assert not await desk.held(other)
    assert await desk.copies() == []


async def test_what_changes_between_the_look_and_the_copy_is_not_copied(desk: Desk) -> None:
    video = await desk.put(desk.unversioned, b"first")

    class Late:
        def __getattr__(self, name: str) -> Any:
            return getattr(desk.s3, name)

        async def copy_object(self, **arguments: Any) -> Any:
            await desk.put(desk.unversioned, b"second")
            return await desk.s3.copy_object(**arguments)

    done = await desk.protection(Late()).protect(video, (), 1)
    assert (done.kind, done.where) == (ProtectionKind.UNPROTECTED, None)
    assert await desk.copies() == []


async def test_without_either_it_is_said_to_be_unprotected_until_copies_are_asked_for(desk: Desk) -> None:
    video = await desk.put(desk.plain)
    done = await desk.protect(video, copies=False)
    assert (done.kind, done.where) == (ProtectionKind.UNPROTECTED, video.uri)
    assert await desk.copies() == []
    assert (await desk.protect(video)).kind is ProtectionKind.COPY


async def test_what_s3_refuses_is_told_and_succeeds_once_it_is_mended(desk: Desk) -> None:
    video = await desk.put(desk.locked)

    class Refusing:
        def __getattr__(self, name: str) -> Any:
            return getattr(desk.s3, name)

        async def put_object_legal_hold(self, **_arguments: Any) -> Any:
            error: Any = {
                "Error": {"Code": "AccessDenied", "Message": "no"},
                "ResponseMetadata": {"HTTPStatusCode": 403},
            }
            raise ClientError(error, "PutObjectLegalHold")

    with pytest.raises(ProtectionFailed, match="PutObjectLegalHold is refused: AccessDenied") as failed:
        await desk.protection(Refusing()).protect(video, (), 1)
    assert video.key not in str(failed.value)
    assert await desk.protection().of(video.video_id) is None
    assert (await desk.protect(video)).kind is ProtectionKind.LEGAL_HOLD
    assert await desk.held(video)


async def test_the_digest_that_s3_knows_of_the_content_is_taken_down(desk: Desk) -> None:
    video = await desk.put(desk.locked, b"abc", ChecksumAlgorithm="SHA256")
    done = await desk.protect(video)
    assert done.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
