"""The manifest.json of an inventory, under a checksum that is right."""

import hashlib
import json

from fuzz.target import Target, hold, hold_words
from reelsift.manifests.inventory import InventoryUnusable, read_manifest
from reelsift.manifests.line_names import check_line_name
from reelsift.manifests.object_names import check_bucket, check_key

_BUCKET = "reelsift-work-test"


def check(data: bytes) -> None:
    """It is an inventory or `InventoryUnusable`; its files have keys that can be read and names of their own."""
    try:
        inventory = read_manifest(data, hashlib.md5(data, usedforsecurity=False).hexdigest().encode(), _BUCKET)
    except InventoryUnusable as unusable:
        hold_words(unusable.message)
        return
    check_bucket(inventory.source_bucket)
    names = [name for name, _ in inventory.named_files]
    hold("files have names of their own", where=len({*names, "manifest.json"}) == len(inventory.files) + 1)
    for name, file in inventory.named_files:
        check_line_name(f"{name}:{10**15}")
        check_key(file.key)
        hold("a file has a size", where=file.size >= 0)
    if inventory.format == "CSV":
        hold("the columns tell bucket and key", where={"bucket", "key"} <= set(inventory.columns))


def _manifest(**changes: object) -> bytes:
    file = {"key": "inventory/b/c/data/1.csv.gz", "size": 9, "MD5checksum": "9b2cf535f27731c974343645a3985328"}
    manifest = {
        "sourceBucket": "reelsift-videos-test",
        "destinationBucket": f"arn:aws:s3:::{_BUCKET}",
        "version": "2016-11-30",
        "creationTimestamp": "1785456000000",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag",
        "files": [file, file | {"key": "other/1.csv.gz"}],
    }
    return json.dumps(manifest | changes).encode()


TARGET = Target(
    check,
    seeds=[
        _manifest(),
        _manifest(fileFormat="Parquet", fileSchema="message s3.inventory { required binary bucket (UTF8); }"),
        _manifest(fileFormat="ORC", files=[]),
        _manifest(fileSchema="Key"),
        _manifest(destinationBucket="arn:aws-cn:s3:::other"),
    ],
    is_json=True,
    words=("Bucket", "Key", "VersionId", "fileSchema", "fileFormat", "MD5checksum", "arn:aws:s3:::", "manifest.json"),
)
