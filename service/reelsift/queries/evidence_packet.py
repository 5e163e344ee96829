"""A packet of evidence: files with their digests, written once, to a folder or to S3.

`manifest.json` names every file with its size and SHA-256, and is written last: a packet without it is not whole.
"""

import hashlib
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of
from reelsift.aws.objects import ObjectWriter
from reelsift.errors import EvidenceIsThere

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

MANIFEST = "manifest.json"

_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
"""For whoever runs the command, whatever the umask."""

_THERE = frozenset({"ConditionalRequestConflict", "PreconditionFailed"})


@dataclass(frozen=True, slots=True)
class PacketFile:
    """A file of a packet: its name, with slashes where it lies in a folder, and its bytes piece by piece."""

    name: str
    pieces: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written: its size in bytes and its SHA-256, hexadecimal."""

    name: str
    size: int
    sha256: str


class PacketTarget(Protocol):
    """Where a packet goes."""

    async def write(self, name: str, pieces: AsyncIterator[bytes]) -> None:
        """Write a file. Raises EvidenceIsThere where one of that name is there."""

    async def give_up(self) -> None:
        """Take back what was written: the packet does not become whole."""


class PacketFolder:
    """A folder that only its owner may read."""

    def __init__(self, folder: Path) -> None:
        """Raises EvidenceIsThere where it holds anything."""
        self._folder = folder
        self._made: list[Path] = []
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise EvidenceIsThere(str(folder))

    async def write(self, name: str, pieces: AsyncIterator[bytes]) -> None:
        path = self._folder / PurePosixPath(name)
        self._make(path.parent)
        if self._folder.stat().st_mode & 0o077:
            # It was there before, and empty.
            self._folder.chmod(_FOLDER_MODE)
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
        except FileExistsError:
            raise EvidenceIsThere(str(path)) from None
        self._made.append(path)
        with os.fdopen(file, "wb") as body:
            async for piece in pieces:
                body.write(piece)
            body.flush()
            os.fsync(body.fileno())

    async def give_up(self) -> None:
        for path in reversed(self._made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()

    def _make(self, folder: Path) -> None:
        if folder.exists():
            return
        self._make(folder.parent)
        folder.mkdir(mode=_FOLDER_MODE)
        self._made.append(folder)


class PacketPrefix:
    """Objects below a prefix. S3 itself keeps what is there from being written over."""

    def __init__(self, client: "S3Client", bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix.rstrip("/") + "/" if prefix.strip("/") else ""

    async def write(self, name: str, pieces: AsyncIterator[bytes]) -> None:
        key = f"{self._prefix}{name}"
        kind = "application/json" if name.endswith(".json") else "application/octet-stream"
        try:
            async with ObjectWriter(self._client, self._bucket, key, kind, only_new=True) as writer:
                async for piece in pieces:
                    await writer.write(piece)
        except ClientError as error:
            if code_of(error) not in _THERE:
                raise
            raise EvidenceIsThere(f"s3://{self._bucket}/{key}") from None

    async def give_up(self) -> None:
        """Nothing is taken back: whoever writes evidence need not be able to delete any. Without a manifest it is seen
        not to be whole.
        """


async def write_packet(
    target: PacketTarget, files: AsyncIterator[PacketFile], about: Mapping[str, Any]
) -> list[Written]:
    """Write every file, and at the end the manifest, which begins with what is said `about` the packet (JSON).

    Raises EvidenceIsThere; what was written to a folder until an error is taken back.
    """
    try:
        written = [await _write(target, file) async for file in files]
        members = [{"name": each.name, "bytes": each.size, "sha256": each.sha256} for each in written]
        manifest = json.dumps({**about, "files": members}, indent=1, ensure_ascii=False, default=str)
        await target.write(MANIFEST, _one(manifest.encode("utf-8", "replace")))
    except BaseException:
        await target.give_up()
        raise
    return written


def json_file(name: str, content: Any) -> PacketFile:
    """A file of JSON."""
    text = json.dumps(content, indent=1, ensure_ascii=False, default=str)
    return PacketFile(name, _one(text.encode("utf-8", "replace")))


async def _write(target: PacketTarget, file: PacketFile) -> Written:
    digest, size = hashlib.sha256(), 0

    async def counted() -> AsyncIterator[bytes]:
        nonlocal size
        async for piece in file.pieces:
            digest.update(piece)
            size += len(piece)
            yield piece

    await target.write(_checked(file.name), counted())
    return Written(file.name, size, digest.hexdigest())


def _checked(name: str) -> str:
    path = PurePosixPath(name)
    assert not path.is_absolute() and ".." not in path.parts and name != MANIFEST  # noqa: S101, PT018 - names are ours
    return name


async def _one(body: bytes) -> AsyncIterator[bytes]:
    yield body
