"""The newest inventory below a prefix, found as S3 lays inventories out: `<source>/<configuration>/<time>/`."""

import asyncio
from itertools import groupby
from typing import TYPE_CHECKING

from reelsift.aws.listing import exists, list_folders
from reelsift.batches.submit.sources import InventoryManifest, Prefix
from reelsift.errors import SeveralInventories
from reelsift.manifests.inventory import CHECKSUM_NAME, MANIFEST_NAME
from reelsift.manifests.inventory_delivery import is_inventory_folder

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client

LEVELS = 3
"""How many levels below a prefix may lie an inventory: those of all configurations lie in the third."""

DATA_LEVELS = 2
"""The same in a bucket of videos: an inventory that lies deeper in it is probably not meant."""

FOLDERS = 100
"""Folders of one level that are searched: below a prefix of videos there may be a million."""

TRIED = 10
"""Newest inventories of a configuration among which a complete one is searched."""

AT_ONCE = 16


async def find_newest_inventory(s3: "S3Client", source: Prefix, levels: int) -> InventoryManifest | None:
    """The newest inventory below a prefix that S3 has finished: its checksum comes last. None where there is none.

    Folders are searched `levels` levels down: of `inventory/` the third has the times of its inventories. Raises
    SeveralInventories where there are some of several configurations, so that the caller has to choose.
    """
    folders = [source.prefix]
    for _ in range(levels):
        found = await _folders_in(s3, source.bucket, folders[:FOLDERS])
        times = [folder for folder in found if is_inventory_folder(folder)]
        if times:
            return await _newest(s3, source, times)
        folders = found
    return None


async def _newest(s3: "S3Client", source: Prefix, folders: list[str]) -> InventoryManifest | None:
    newest: dict[str, InventoryManifest] = {}
    for configuration, some in groupby(sorted(folders, key=lambda folder: (_parent(folder), folder)), _parent):
        # Times are written so that their order is that of their names.
        for folder in sorted(some, reverse=True)[:TRIED]:
            if await exists(s3, source.bucket, f"{folder}{CHECKSUM_NAME}"):
                newest[configuration] = InventoryManifest(source.bucket, f"{folder}{MANIFEST_NAME}")
                break
    if len(newest) > 1:
        raise SeveralInventories(source.uri, [Prefix(source.bucket, name).uri for name in newest])
    return next(iter(newest.values()), None)


async def _folders_in(s3: "S3Client", bucket: str, prefixes: list[str]) -> list[str]:
    """The folders right below some prefixes. Digits come before letters, so times come first in what S3 lists."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def below(prefix: str) -> list[str]:
        async with gate:
            return await list_folders(s3, bucket, prefix, is_inventory_folder)

    return [folder for folders in await asyncio.gather(*map(below, prefixes)) for folder in folders]


def _parent(folder: str) -> str:
    return folder.rstrip("/").rpartition("/")[0] + "/"
