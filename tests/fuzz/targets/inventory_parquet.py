"""Data files of an inventory in Parquet, damaged anywhere: what is read of one is rows, or `InventoryUnusable`."""

import io
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from fuzz.target import Target, hold, hold_words
from reelsift.domain.filters import Filters, Sieve
from reelsift.manifests.inventory import Inventory, InventoryUnusable
from reelsift.manifests.inventory_file import parquet_pages
from reelsift.manifests.manifest_row import BadRow
from reelsift.manifests.object_names import check_key

_BUCKET = "reelsift-videos-test"
_INVENTORY = Inventory(_BUCKET, "Parquet", (), ())
_SIEVE = Sieve(Filters(modified_after_ms=0))


def check(data: bytes) -> None:
    try:
        for page in parquet_pages(io.BytesIO(data), _INVENTORY, _SIEVE):
            for row in page.rows:
                if isinstance(row, BadRow):
                    hold_words(row.message)
                    row.excerpt.encode()
                else:
                    check_key(row.ref.key)
                    hold("an object is of the inventory's bucket", where=row.ref.bucket == _BUCKET)
    except InventoryUnusable as unusable:
        hold_words(unusable.message, 5000)


def _file(**columns: Any) -> bytes:
    body = io.BytesIO()
    pq.write_table(pa.table(columns), body, compression="none", use_dictionary=False, write_statistics=False)
    written: bytes = body.getvalue()
    return written


TARGET = Target(
    check,
    seeds=[
        _file(bucket=[_BUCKET] * 2, key=["a.mp4", "b.mp4"]),
        _file(
            bucket=[_BUCKET, None],
            key=[b"a\xff.mp4", b"b.mp4"],
            version_id=["", "v"],
            is_latest=[True, None],
            size=[-1, 5],
            last_modified_date=pa.array([0, 2**62], pa.timestamp("us")),
            e_tag=["e", ""],
        ),
        _file(bucket=[{"a": 1}], key=[["a.mp4"]], size=["x"]),
        _file(Key=["a.mp4"], KEY=["b.mp4"], bucket=[_BUCKET], last_modified_date=["2026-07-31"]),
        _file(key=["a.mp4"]),
    ],
    words=("PAR1", "bucket", "key", "size", "e_tag"),
)
