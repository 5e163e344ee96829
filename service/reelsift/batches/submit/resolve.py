"""What a source is, where its name alone does not tell: what lies in S3 is looked at."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from reelsift.aws.errors import code_of, is_transient
from reelsift.aws.objects import read_object
from reelsift.batches.submit.newest_inventory import DATA_LEVELS, LEVELS, find_newest_inventory
from reelsift.batches.submit.sources import (
    InventoryManifest,
    ListFile,
    ListObject,
    NamedSource,
    Prefix,
    SingleObject,
    Source,
    StoredObject,
)
from reelsift.errors import PrefixNotAllowed
from reelsift.manifests.encodings import ToUtf8
from reelsift.manifests.foreign_files import foreign_kind
from reelsift.manifests.inventory import MANIFEST_NAME, MAX_MANIFEST_BYTES, is_of_inventory
from reelsift.manifests.report_manifest import report_files

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

    from reelsift.aws.deployment import Deployment

LOOKED_AT = 4096
"""Bytes of an object that tell a list from a video: the boxes of a video begin with lengths, which hold zeros."""

_NO_LISTING = frozenset({"NoSuchBucket", "AccessDenied", "AllAccessDisabled"})

_GZIP = b"\x1f\x8b"
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f]")


async def resolve(deployment: "Deployment", named: NamedSource) -> Sequence[NamedSource]:
    """The sources that one source means.

    A prefix is the newest inventory below it, or else, in a data bucket, what lies below it. An object is a list where
    it holds text, and else a video. The manifest.json of a completion report stands for its files of rows, and one that
    is of no inventory either is a list. Any other source means itself. Raises PrefixNotAllowed where a prefix is
    neither, and SeveralInventories.
    """
    name, source = named
    s3 = deployment.clients.s3
    found: Source = source
    match source:
        case Prefix():
            found = await _prefix(deployment, source)
        case StoredObject():
            found = await _stored(s3, source)
        case InventoryManifest(bucket, key):
            manifest = await _manifest(s3, source)
            if manifest and not is_of_inventory(manifest):
                return await _report(manifest, NamedSource(name, ListObject(bucket, key)))
        case ListFile(path) if path.name == MANIFEST_NAME:
            return await _report(await asyncio.to_thread(_local, source), named)
    return [NamedSource(name, found)]


async def _prefix(deployment: "Deployment", source: Prefix) -> Source:
    refusal: str | None = None
    allowed = deployment.settings.data_buckets
    try:
        levels = DATA_LEVELS if source.bucket in allowed else LEVELS
        inventory = await find_newest_inventory(deployment.clients.s3, source, levels)
    except ClientError as error:
        if code_of(error) not in _NO_LISTING:
            raise
        inventory, refusal = None, code_of(error)
    if inventory is None and source.bucket not in allowed:
        raise PrefixNotAllowed(source.uri, LEVELS, allowed, refusal)
    return inventory or source


async def _stored(s3: "S3Client", source: StoredObject) -> Source:
    try:
        start = await _start(s3, source.bucket, source.key)
    except ClientError as error:
        if is_transient(error):
            raise
        # What may not be read, or is not there, the object's own HEAD says in better words.
        start = b""
    if _is_list(start):
        return ListObject(source.bucket, source.key)
    return SingleObject(source.bucket, source.key, source.version_id)


async def _start(s3: "S3Client", bucket: str, key: str) -> bytes:
    async with aclosing(read_object(s3, bucket, key)) as pieces:
        async for piece in pieces:
            return piece[:LOOKED_AT]
    return b""


def _is_list(start: bytes) -> bool:
    if start.startswith(_GZIP) or foreign_kind(start) is not None:
        # Refused in the words for a list.
        return True
    text = ToUtf8()
    return bool(start) and _NO_TEXT.search(text.feed(start) + text.close()) is None


async def _manifest(s3: "S3Client", source: InventoryManifest) -> bytes:
    """The manifest.json; nothing where it cannot be read, of which reading the inventory tells."""
    data = bytearray()
    try:
        async with aclosing(read_object(s3, source.bucket, source.key)) as pieces:
            async for piece in pieces:
                data += piece
                if len(data) > MAX_MANIFEST_BYTES:
                    return b""
    except ClientError as error:
        if is_transient(error):
            raise
        return b""
    return bytes(data)


def _local(source: ListFile) -> bytes:
    if not source.path.is_file() or source.path.stat().st_size > MAX_MANIFEST_BYTES:
        return b""
    return source.path.read_bytes()


async def _report(manifest: bytes, named: NamedSource) -> Sequence[NamedSource]:
    files = await asyncio.to_thread(report_files, manifest)
    if files is None:
        return [named]
    return [NamedSource(f"s3://{file.bucket}/{file.key}", ListObject(file.bucket, file.key)) for file in files]
