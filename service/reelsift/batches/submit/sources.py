"""Where the lines of a batch come from: a local file, standard input, or something in S3."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from reelsift.domain.failure import Failure, Reason
from reelsift.domain.filters import VIDEO_SUFFIXES
from reelsift.errors import LocalVideo, NoLocation, NoSuchFile, SourceIsFolder, SourceUnusable, UriWithoutBucket
from reelsift.manifests.inventory import MANIFEST_NAME
from reelsift.manifests.inventory_delivery import manifest_of_symlink
from reelsift.manifests.locations import is_location, read_location

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

_PIECE_BYTES = 256 * 1024
_SCHEME = "s3://"
_MISSING = frozenset({"NoSuchKey", "NoSuchBucket"})


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list on this machine; it may be a pipe."""

    path: Path

    async def pieces(self, _s3: "S3Client") -> AsyncIterator[bytes]:
        """The bytes of the file, as they come: pipes are waited for without holding up the event loop."""
        with self.path.open("rb", buffering=0) as file:
            async for piece in _read(file.fileno()):
                yield piece


@dataclass(frozen=True, slots=True)
class ListStream:
    """A list that an open file descriptor gives, such as that of standard input. It is not closed."""

    descriptor: int

    async def pieces(self, _s3: "S3Client") -> AsyncIterator[bytes]:
        async for piece in _read(self.descriptor):
            yield piece


@dataclass(frozen=True, slots=True)
class ListObject:
    """A list in S3, in any bucket that may be read."""

    bucket: str
    key: str

    async def pieces(self, s3: "S3Client") -> AsyncIterator[bytes]:
        from botocore.exceptions import ClientError

        from reelsift.aws.errors import code_of
        from reelsift.aws.objects import read_object

        try:
            async for piece in read_object(s3, self.bucket, self.key):
                yield piece
        except ClientError as error:
            if code_of(error) not in _MISSING:
                raise
            uri = f"s3://{self.bucket}/{self.key}"
            raise SourceUnusable(uri, Failure(Reason.OBJECT_MISSING, f"{uri} does not exist")) from None


@dataclass(frozen=True, slots=True)
class SingleObject:
    """One object of a data bucket: a video, as far as its name tells."""

    bucket: str
    key: str
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object in S3 whose name does not tell whether it is a list or a video."""

    bucket: str
    key: str
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class Prefix:
    """Every object of a bucket whose key begins with `prefix`, at the time of submitting; or the newest of the
    inventories that lie below it.
    """

    bucket: str
    prefix: str

    @property
    def uri(self) -> str:
        return f"{_SCHEME}{self.bucket}/{self.prefix}"


@dataclass(frozen=True, slots=True)
class InventoryManifest:
    """The manifest.json of an inventory, or of a completion report, in any bucket that may be read."""

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        return f"{_SCHEME}{self.bucket}/{self.key}"


Source = ListFile | ListStream | ListObject | SingleObject | StoredObject | Prefix | InventoryManifest


def shown_name(text: str) -> str:
    """What a source is called in the tables. A file's name may hold bytes that are not UTF-8, as no text there does."""
    return text.encode("utf-8", "backslashreplace").decode()


class NamedSource(NamedTuple):
    """A source, and what it is called: the lines of a batch are named after the last part of it."""

    name: str
    source: Source


def parse_source(text: str) -> Source:
    """What a path names, or a location in S3.

    Raises NoSuchFile, SourceIsFolder, LocalVideo, UriWithoutBucket and NoLocation.
    """
    if is_location(text):
        return _parse_location(text)
    path = Path(text)
    if not text or not path.exists():
        raise NoSuchFile(text)
    if path.is_dir():
        raise SourceIsFolder(text)
    if path.is_file() and _is_video(path):
        raise LocalVideo(text)
    return ListFile(path)


def _is_video(path: Path) -> bool:
    """Whether a file is called like a video, or begins like MP4 or MOV."""
    if path.suffix.lower() in VIDEO_SUFFIXES:
        return True
    with path.open("rb") as file:
        return file.read(8)[4:] == b"ftyp"


def _parse_location(text: str) -> Source:
    try:
        place = read_location(text)
    except ValueError as error:
        raise NoLocation(text, str(error)) from None
    bucket, key = place.bucket, place.key
    if not bucket:
        raise UriWithoutBucket(text)
    if not key or key.endswith("/"):
        return Prefix(bucket, key)
    if key.rpartition("/")[2] == MANIFEST_NAME:
        return InventoryManifest(bucket, key)
    manifest = manifest_of_symlink(key)
    if manifest is not None:
        return InventoryManifest(bucket, manifest)
    # A compressed one is refused in the words for a list, not taken for a video.
    if key.lower().endswith((".csv", ".csv.gz")):
        return ListObject(bucket, key)
    kind = SingleObject if key.lower().endswith(VIDEO_SUFFIXES) else StoredObject
    return kind(bucket, key, place.version_id)


async def _read(descriptor: int) -> AsyncIterator[bytes]:
    waits = not stat.S_ISREG(os.fstat(descriptor).st_mode)
    while True:
        if waits:
            await _until_readable(descriptor)
        piece = os.read(descriptor, _PIECE_BYTES)
        if not piece:
            return
        yield piece


async def _until_readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    try:
        loop.add_reader(descriptor, readable.set)
    except PermissionError:
        # /dev/null and its like: epoll does not take what never has to be waited for.
        return
    try:
        await readable.wait()
    finally:
        loop.remove_reader(descriptor)
