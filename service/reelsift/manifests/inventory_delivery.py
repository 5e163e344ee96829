"""The object by which S3 says that an inventory is complete, and what a batch made of the inventory is called."""

import hashlib
import re

from reelsift.domain.line import DIRECT_PREFIX, Line
from reelsift.manifests.inventory import CHECKSUM_NAME, MANIFEST_NAME
from reelsift.manifests.manifest_row import excerpt

INVENTORIES = "inventory/"
"""The folder of the work bucket that S3 delivers inventories to."""

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}-\d{2}Z")
_SYMLINK = re.compile(r"((?:.*/)?)hive/dt=(\d{4}-\d{2}-\d{2})-(\d{2})-(\d{2})/symlink\.txt", re.DOTALL)
_DIGITS = 12


def delivered_manifest(line: Line, work_bucket: str) -> str | None:
    """The key of the manifest.json of an inventory that a line says is complete; None for every other line.

    Such a line comes from the queue, mostly as an S3 event, and names the manifest.checksum of an inventory in the work
    bucket: S3 writes that last. A line of a batch is never one, since batches list videos.
    """
    folder, _, name = line.ref.key.rpartition("/")
    if line.ref.bucket != work_bucket or not line.id.batch_id.startswith(DIRECT_PREFIX):
        return None
    if name != CHECKSUM_NAME or not folder.startswith(INVENTORIES):
        return None
    return f"{folder}/{MANIFEST_NAME}"


def is_inventory_folder(key: str) -> bool:
    """Whether a key that ends in a slash is called as S3 calls the folder of one inventory: by its time."""
    return _TIME.fullmatch(key.rstrip("/").rpartition("/")[2]) is not None


def manifest_of_symlink(key: str) -> str | None:
    """The key of the manifest.json that belongs to a key of Hive's symlink.txt; None for every other key.

    S3 lays both out by the time of the inventory (user guide, "Locating your inventory list").
    """
    found = _SYMLINK.fullmatch(key)
    return None if found is None else f"{found[1]}{found[2]}T{found[3]}-{found[4]}Z/{MANIFEST_NAME}"


def inventory_name(manifest_key: str) -> str:
    """What people call an inventory: its bucket, configuration and time, as S3 has them in the manifest's key."""
    return excerpt(f"inventory {manifest_key.removeprefix(INVENTORIES).removesuffix(f'/{MANIFEST_NAME}')}")


def inventory_batch_id(manifest_key: str, checksum: bytes) -> str:
    """The batch of an inventory: the same for each message about it, another once its content has changed."""
    folder = manifest_key.rpartition("/")[0].rpartition("/")[2]
    time = f"{folder}-" if _TIME.fullmatch(folder) else ""
    content = hashlib.sha256(b"\0".join([manifest_key.encode(errors="surrogatepass"), checksum.strip()])).hexdigest()
    return f"inventory-{time}{content[:_DIGITS]}"
