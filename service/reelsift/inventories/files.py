"""An inventory in S3, read file by file: each is checked against its MD5 before a row of it is believed."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of
from reelsift.aws.objects import read_object
from reelsift.domain.batch import SourceFile
from reelsift.domain.failure import Reason
from reelsift.domain.filters import Lack, Sieve
from reelsift.domain.video import ObjectRef
from reelsift.manifests.inventory import (
    CHECKSUM_NAME,
    MANIFEST_NAME,
    MAX_CHECKSUM_BYTES,
    MAX_MANIFEST_BYTES,
    Inventory,
    InventoryUnusable,
    read_manifest,
)
from reelsift.manifests.inventory_file import inventory_pages
from reelsift.manifests.manifest_row import BadRow, ManifestRow

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

WHOLE_FILE = 0
"""The row that a file's own line stands in: rows count from 1, so that it is nobody else's name."""

Pulse = Callable[[], Awaitable[None]]
"""Called with each step forward, so that the reader can renew its lease, or stop by an exception."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Why an object of an inventory, or what is left of it, was not read."""

    ref: ObjectRef
    reason: Reason
    message: str

    @property
    def row(self) -> BadRow:
        """The line by which the batch reports it."""
        return BadRow(WHOLE_FILE, self.message, self.ref.uri, self.reason)


@dataclass(frozen=True, slots=True)
class FilePart:
    """Rows of a data file that were read together: `seen` is how many there were, `rows` those that become lines, and
    `passed_over` counts the others by what they lack. Lines are named after `file`.

    With `damage` its line is the only row: nothing more comes of that file.
    """

    file: str
    rows: list[ManifestRow]
    seen: int = 0
    passed_over: Mapping[Lack, int] = field(default_factory=dict)
    damage: Damage | None = None


def source_files(batch_id: str, inventory: Inventory) -> list[SourceFile]:
    """The rows of an inventory's data files.

    They are due in the order of their numbers: the first files of all inventories come before the second ones, so a
    small inventory does not wait for the end of a large one.
    """
    return [
        SourceFile(batch_id, number, name, file.key, file.size, file.md5, due_at_ms=number + 1)
        for number, (name, file) in enumerate(inventory.named_files)
    ]


class InventoryFiles:
    """The inventory whose manifest.json lies at `manifest_key`."""

    def __init__(self, s3: "S3Client", bucket: str, manifest_key: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._manifest_key = manifest_key

    async def open(self, allowed_buckets: Collection[str]) -> Inventory:
        """The inventory, its manifest checked against its checksum.

        Raises InventoryUnusable where it is none, damaged, or of a bucket that is not allowed.
        """
        folder = self._manifest_key.rpartition("/")[0]
        checksum = await self.fetch(f"{folder}/{CHECKSUM_NAME}", MAX_CHECKSUM_BYTES, called=f"its {CHECKSUM_NAME}")
        manifest = await self.fetch(self._manifest_key, MAX_MANIFEST_BYTES)
        # A manifest of 16 MB takes a second.
        inventory = await asyncio.to_thread(read_manifest, manifest, checksum, self._bucket)
        if inventory.source_bucket not in allowed_buckets:
            raise InventoryUnusable(
                Reason.BUCKET_NOT_ALLOWED,
                f"it is the inventory of bucket {inventory.source_bucket}, which is not among the data buckets of this"
                " deployment; none of its rows was read",
            )
        return inventory

    async def parts_of(
        self, file: SourceFile, inventory: Inventory, sieve: Sieve, pulse: Pulse
    ) -> AsyncGenerator[FilePart, None]:
        """The rows of a data file that the sieve lets through, in its order; the same each time it is read.

        Where the file is missing or damaged, the last part says so.
        """
        try:
            async with (
                self._downloaded(file, pulse) as content,
                aclosing(_pages(file.name, content, inventory, sieve)) as pages,
            ):
                async for part in pages:
                    yield part
                    await pulse()
        except InventoryUnusable as unusable:
            yield self.damaged(file.name, file.key, unusable)

    def damaged(self, name: str, key: str, unusable: InventoryUnusable) -> FilePart:
        """What comes of an object that cannot be used: a line named `name`, which says so."""
        damage = Damage(ObjectRef(self._bucket, key), unusable.reason, unusable.message)
        return FilePart(name, [damage.row], damage=damage)

    async def fetch(self, key: str, limit: int, *, called: str = "it") -> bytes:
        """A small object. Raises InventoryUnusable, in which it is `called` so, where it does not exist or has more
        than `limit` bytes.
        """
        body = bytearray()
        async with aclosing(self._pieces(key, called)) as pieces:
            async for piece in pieces:
                body += piece
                if len(body) > limit:
                    raise InventoryUnusable(Reason.BAD_LINE, f"{called} has more than {limit} bytes")
        return bytes(body)

    @asynccontextmanager
    async def _downloaded(self, file: SourceFile, pulse: Pulse) -> AsyncIterator[BinaryIO]:
        """A data file on this machine's disk, nameless, so that nothing is left of it whatever becomes of us.

        Raises InventoryUnusable where it is not what the manifest promises.
        """
        with tempfile.TemporaryFile() as content:
            md5 = hashlib.md5(usedforsecurity=False)
            size = 0
            async with aclosing(self._pieces(file.key)) as pieces:
                async for piece in pieces:
                    size += len(piece)
                    if size > file.size:
                        break
                    md5.update(piece)
                    content.write(piece)
                    await pulse()
            if size != file.size:
                found = "more" if size > file.size else str(size)
                raise _not_promised(f"{MANIFEST_NAME} says that it has {file.size} bytes, and it has {found}")
            if md5.hexdigest() != file.md5:
                raise _not_promised(f"its MD5 is {md5.hexdigest()}, where {MANIFEST_NAME} says {file.md5}")
            content.seek(0)
            yield content

    async def _pieces(self, key: str, called: str = "it") -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(read_object(self._s3, self._bucket, key)) as pieces:
                async for piece in pieces:
                    yield piece
        except ClientError as error:
            if code_of(error) != "NoSuchKey":
                raise
            raise InventoryUnusable(Reason.OBJECT_MISSING, f"{called} does not exist") from None


async def _pages(name: str, content: BinaryIO, inventory: Inventory, sieve: Sieve) -> AsyncGenerator[FilePart, None]:
    pages = inventory_pages(content, inventory, sieve)
    while page := await asyncio.to_thread(next, pages, None):
        yield FilePart(name, page.rows, page.seen, page.passed_over)


def _not_promised(why: str) -> InventoryUnusable:
    return InventoryUnusable(Reason.BAD_LINE, f"none of its rows was read: {why}")
