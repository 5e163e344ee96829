"""Inventories of any size, as S3 writes them: what they list does not exist, and is never asked for."""

import gzip
import hashlib
import io
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import orc, parquet

FILE_ROWS = 250_000
"""Rows of a data file; S3's own have up to some millions."""

PAGE_ROWS = 50_000

FOLDER = "inventory/reelsift-videos/weekly/2026-11-15T01-00Z"

_COLUMNS = ("bucket", "key", "version_id", "is_latest", "is_delete_marker", "size", "last_modified_date", "e_tag")
_CSV_COLUMNS = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag"


def upload(s3: Any, bucket: str, source: str, kind: str, rows: int) -> tuple[str, int]:
    """Write an inventory of `source` with so many rows; returns the key of its manifest and the bytes of its files."""
    files = []
    for number, first in enumerate(range(0, rows, FILE_ROWS)):
        body = _data_file(kind, source, first, min(FILE_ROWS, rows - first))
        key = f"{FOLDER}/data/{number:05d}.{'csv.gz' if kind == 'CSV' else kind.lower()}"
        s3.put_object(Bucket=bucket, Key=key, Body=body)
        files.append({"key": key, "size": len(body), "MD5checksum": _md5(body)})
    manifest = json.dumps(
        {
            "sourceBucket": source,
            "destinationBucket": f"arn:aws:s3:::{bucket}",
            "version": "2016-11-30",
            "creationTimestamp": "1794704400000",
            "fileFormat": kind,
            "fileSchema": _CSV_COLUMNS if kind == "CSV" else f"struct<{','.join(_COLUMNS)}>",
            "files": files,
        }
    ).encode()
    s3.put_object(Bucket=bucket, Key=f"{FOLDER}/manifest.json", Body=manifest)
    s3.put_object(Bucket=bucket, Key=f"{FOLDER}/manifest.checksum", Body=f"{_md5(manifest)}\n".encode())
    return f"{FOLDER}/manifest.json", sum(int(file["size"]) for file in files)  # type: ignore[call-overload]


def _data_file(kind: str, source: str, first: int, rows: int) -> bytes:
    file = io.BytesIO()
    if kind == "CSV":
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0) as unpacked:
            for page in _pages(source, first, rows):
                unpacked.write("".join(_csv_line(row) for row in page).encode())
        return file.getvalue()
    writer: Any = None
    for page in _pages(source, first, rows):
        columns = list(zip(*page, strict=True))
        table = pa.table([pa.array(column) for column in columns], names=list(_COLUMNS))
        if writer is None:
            writer = parquet.ParquetWriter(file, table.schema) if kind == "Parquet" else orc.ORCWriter(file)
        if kind == "Parquet":
            writer.write_table(table)
        else:
            writer.write(table)
    writer.close()
    return file.getvalue()


def _pages(source: str, first: int, rows: int) -> Iterator[list[tuple[Any, ...]]]:
    for start in range(first, first + rows, PAGE_ROWS):
        yield [_row(source, number) for number in range(start, min(start + PAGE_ROWS, first + rows))]


def _row(source: str, number: int) -> tuple[Any, ...]:
    """Keys as applications make them: a folder a user and day, a random name, now and then a blank or an umlaut."""
    chance = random.Random(number)
    name = f"{chance.getrandbits(64):016x}"
    title = ("clip", "Mein Video", "IMG_2041", "überblick")[number % 4]
    key = f"uploads/u{chance.randrange(50_000):06d}/2026/{1 + number % 12:02d}/{title}-{name}.mp4"
    size = int(chance.lognormvariate(17, 1))
    modified = datetime.fromtimestamp(1_780_000_000 + number, UTC)
    return (
        source,
        key,
        f"{chance.getrandbits(96):032x}",
        True,
        False,
        size,
        modified,
        f"{chance.getrandbits(128):032x}",
    )


def _csv_line(row: tuple[Any, ...]) -> str:
    source, key, version, latest, marker, size, modified, etag = row
    fields = (
        source,
        quote_plus(key, safe="/"),
        version,
        str(latest).lower(),
        str(marker).lower(),
        size,
        modified.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        etag,
    )
    return ",".join(f'"{field}"' for field in fields) + "\n"


def _md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
