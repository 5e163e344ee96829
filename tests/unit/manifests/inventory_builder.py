"""Inventories as S3 writes them, in its three formats: CSV by hand, the others by pyarrow."""

import gzip
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO
from urllib.parse import quote_plus

import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import orc, parquet

from reelsift.manifests.inventory import InventoryFormat

ALL_VERSIONS = ("bucket", "key", "version_id", "is_latest", "is_delete_marker", "size", "last_modified_date", "e_tag")
STORAGE = ("storage_class", "intelligent_tiering_access_tier", "encryption_status")
CURRENT = ("bucket", "key", "size", "last_modified_date", "e_tag", "storage_class")
"""An inventory of current versions has no column that tells versions apart."""

_CSV_NAMES = {
    "bucket": "Bucket",
    "key": "Key",
    "version_id": "VersionId",
    "is_latest": "IsLatest",
    "is_delete_marker": "IsDeleteMarker",
    "size": "Size",
    "last_modified_date": "LastModifiedDate",
    "e_tag": "ETag",
    "storage_class": "StorageClass",
    "intelligent_tiering_access_tier": "IntelligentTieringAccessTier",
    "encryption_status": "EncryptionStatus",
}
_TYPES = {
    "is_latest": pa.bool_(),
    "is_delete_marker": pa.bool_(),
    "size": pa.int64(),
    "last_modified_date": pa.timestamp("ms"),
}


@dataclass(frozen=True)
class Entry:
    """An object as an inventory lists it; a key of bytes is one that is not UTF-8."""

    key: str | bytes
    version_id: str | None = None
    is_latest: bool = True
    is_delete_marker: bool = False
    size: int | None = 1_000
    etag: str | None = "9b2cf535f27731c974343645a3985328"
    bucket: str = "reelsift-videos"
    storage_class: str | None = "STANDARD"
    access_tier: str | None = None
    encryption: str | None = "SSE-S3"
    modified: datetime = datetime(2026, 7, 31, tzinfo=UTC)

    def values(self, columns: Sequence[str]) -> list[Any]:
        known = {
            "bucket": self.bucket,
            "key": self.key,
            "version_id": self.version_id,
            "is_latest": self.is_latest,
            "is_delete_marker": self.is_delete_marker,
            "size": self.size,
            "last_modified_date": self.modified,
            "e_tag": self.etag,
            "storage_class": self.storage_class,
            "intelligent_tiering_access_tier": self.access_tier,
            "encryption_status": self.encryption,
        }
        return [known[column] for column in columns]


def data_file(
    kind: InventoryFormat, entries: Sequence[Entry], columns: Sequence[str] = ALL_VERSIONS, **options: Any
) -> bytes:
    """The bytes of a data file; `options` go to pyarrow."""
    if kind == "CSV":
        return gzip.compress("".join(_csv_line(entry.values(columns)) for entry in entries).encode())
    rows = [entry.values(columns) for entry in entries]
    arrays = [_array(column, [row[index] for row in rows]) for index, column in enumerate(columns)]
    table = pa.Table.from_arrays(arrays, names=list(columns))
    file = io.BytesIO()
    if kind == "Parquet":
        parquet.write_table(table, file, store_schema=False, **options)
    else:
        orc.write_table(table, file, **options)
    return file.getvalue()


def manifest(
    kind: InventoryFormat,
    files: Mapping[str, bytes],
    columns: Sequence[str] = ALL_VERSIONS,
    *,
    source: str = "reelsift-videos",
    destination: str = "reelsift-work",
) -> bytes:
    """The manifest.json over data files by key."""
    schemas = {
        "CSV": ", ".join(_CSV_NAMES.get(column, column) for column in columns),
        "ORC": f"struct<{','.join(f'{column}:string' for column in columns)}>",
        "Parquet": f"message s3.inventory {{ {' '.join(f'optional binary {column} (UTF8);' for column in columns)} }}",
    }
    members = {
        "sourceBucket": source,
        "destinationBucket": f"arn:aws:s3:::{destination}",
        "version": "2016-11-30",
        "creationTimestamp": "1785456000000",
        "fileFormat": kind,
        "fileSchema": schemas[kind],
        "files": [{"key": key, "size": len(body), "MD5checksum": md5(body)} for key, body in files.items()],
    }
    return json.dumps(members, indent=2).encode()


def checksum(manifest_json: bytes) -> bytes:
    """The manifest.checksum, with the line break that S3 writes."""
    return f"{md5(manifest_json)}\n".encode()


def md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def opened(body: bytes) -> BinaryIO:
    return io.BytesIO(body)


def _csv_line(values: Sequence[Any]) -> str:
    fields = [
        str(value).lower() if isinstance(value, bool) else "" if value is None else value if index != 1 else _url(value)
        for index, value in enumerate(_as_text(value) for value in values)
    ]
    return ",".join(f'"{field}"' for field in fields) + "\n"


def _as_text(value: Any) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%S.000Z") if isinstance(value, datetime) else value


def _url(key: str | bytes) -> str:
    return quote_plus(key, safe="/")


def _array(column: str, values: list[Any]) -> Any:
    if column in _TYPES:
        return pa.array(values, _TYPES[column])
    raw = pa.array([value.encode() if isinstance(value, str) else value for value in values], pa.binary())
    # As text it is labelled UTF-8, whatever it is: that is how a damaged key comes.
    return pa.StringArray.from_buffers(len(raw), *raw.buffers()[1:], raw.buffers()[0])
