"""A data file of an inventory in Parquet or ORC: named columns, plain keys, and a footer that wants a seekable file.

pyarrow is imported here alone, and only when such a file is read: it takes half a second and 60 MB.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from reelsift.domain.failure import Reason
from reelsift.domain.filters import Lack, Sieve
from reelsift.manifests.inventory import Inventory, InventoryUnusable, check_columns, column_name
from reelsift.manifests.inventory_row import InventoryPage, version_lack, video_row
from reelsift.manifests.iso_time import read_time
from reelsift.manifests.manifest_row import BadRow, ManifestRow, excerpt

PAGE_ROWS = 5_000
"""Rows made into Python objects at a time."""

BUFFER_BYTES = 1024 * 1024
"""Of each column of a Parquet file; without a buffer pyarrow reads all of a row group's."""

_TEXTS = ("bucket", "key", "versionid", "etag")
_FLAGS = ("islatest", "isdeletemarker")
_MODIFIED = "lastmodifieddate"
_COLUMNS = (*_TEXTS, *_FLAGS, "size", _MODIFIED)


def parquet_pages(file: BinaryIO, inventory: Inventory, sieve: Sieve) -> Iterator[InventoryPage]:
    """The rows of a Parquet file, a page at a time. Raises InventoryUnusable where it cannot be read to its end."""
    from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]

    def batches() -> Iterator[Any]:
        with ParquetFile(file, buffer_size=BUFFER_BYTES, pre_buffer=False) as opened:
            wanted = _wanted(opened.schema_arrow.names, sieve)
            yield from opened.iter_batches(PAGE_ROWS, columns=wanted, use_threads=False)

    return _pages(batches(), inventory, sieve)


def orc_pages(file: BinaryIO, inventory: Inventory, sieve: Sieve) -> Iterator[InventoryPage]:
    """The rows of an ORC file, a stripe (64 MB as a rule) in memory at a time. Raises as `parquet_pages` does."""
    from pyarrow.orc import ORCFile  # type: ignore[import-untyped]

    def batches() -> Iterator[Any]:
        opened = ORCFile(file)
        wanted = _wanted(opened.schema.names, sieve)
        for stripe in range(opened.nstripes):
            yield opened.read_stripe(stripe, columns=wanted)

    return _pages(batches(), inventory, sieve)


def _wanted(names: list[str], sieve: Sieve) -> list[str]:
    """The columns that say something of a video, in the file's own spelling."""
    try:
        check_columns([column_name(name) for name in names])
    except ValueError as error:
        raise InventoryUnusable(Reason.BAD_LINE, f"its columns are unknown: {error}") from None
    wanted = _COLUMNS if sieve.asks_time else [name for name in _COLUMNS if name != _MODIFIED]
    return [name for name in names if column_name(name) in wanted]


def _pages(batches: Iterator[Any], inventory: Inventory, sieve: Sieve) -> Iterator[InventoryPage]:
    import pyarrow as pa  # type: ignore[import-untyped]

    # Arrow's own pool keeps what one file took for the next, for as long as the process lives.
    pa.set_memory_pool(pa.system_memory_pool())
    row = 0
    try:
        for batch in batches:
            for start in range(0, batch.num_rows, PAGE_ROWS):
                part = batch.slice(start, PAGE_ROWS)
                yield _page(part, row, inventory.source_bucket, sieve)
                row += part.num_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        # The last is a column's name that is not UTF-8.
        if isinstance(error, OSError) and error.errno:
            # The disk's own trouble. What Arrow finds wrong with a file carries no number.
            raise
        words, _, _ = str(error).partition("\n")
        raise InventoryUnusable(Reason.BAD_LINE, f"it cannot be read: {words}") from None
    finally:
        pa.default_memory_pool().release_unused()


def _page(batch: Any, before: int, source_bucket: str, sieve: Sieve) -> InventoryPage:
    """The rows of a batch whose first row is the one after `before`."""
    columns = {name: [None] * batch.num_rows for name in _COLUMNS}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        columns[column_name(name)] = _values(column_name(name), column)
    page = InventoryPage()
    for row, values in enumerate(zip(*columns.values(), strict=True), before + 1):
        page.add(_row(row, dict(zip(_COLUMNS, values, strict=True)), source_bucket, sieve))
    return page


def _values(name: str, column: Any) -> list[Any]:
    """A column's values: text as the file's own bytes, since one value that is not UTF-8 must not cost the others.

    A time is milliseconds where the file has times, and text where it has text.
    """
    import pyarrow as pa

    if name == _MODIFIED and pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("ms", column.type.tz), safe=False)
    values: list[Any] = column.cast(_wanted_type(name, column)).to_pylist()
    return values


def _wanted_type(name: str, column: Any) -> Any:
    import pyarrow as pa

    if name in _FLAGS:
        return pa.bool_()
    is_text = pa.types.is_string(column.type) or pa.types.is_binary(column.type)
    return pa.int64() if name == "size" or (name == _MODIFIED and not is_text) else pa.large_binary()


def _row(row: int, values: dict[str, Any], source_bucket: str, sieve: Sieve) -> ManifestRow | Lack:
    is_latest = values["islatest"] is not False
    lack = version_lack(sieve, is_latest=is_latest, is_delete_marker=values["isdeletemarker"] is True)
    if lack is not None:
        return lack
    raw: bytes = values["key"] or b""
    shown = raw.decode(errors="backslashreplace")
    if raw and not sieve.ends_well(shown):
        return Lack.SUFFIX
    try:
        key, bucket = _text("key", raw) or "", _text("bucket", values["bucket"]) or ""
        lack = sieve.missing(bucket, key, values["size"], _modified(values[_MODIFIED])) if key else None
        if lack is not None:
            return lack
        return video_row(
            row,
            source_bucket,
            bucket=bucket,
            key=key,
            version_id=_text("version id", values["versionid"]),
            size=values["size"],
            etag=_text("ETag", values["etag"]),
            is_latest=is_latest,
        )
    except ValueError as error:
        return BadRow(row, str(error), excerpt(shown))


def _modified(value: int | bytes | None) -> int | None:
    text = _text("time", value) if isinstance(value, bytes) else value
    return read_time(text) if isinstance(text, str) else text


def _text(what: str, value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise ValueError(f"the {what} is not UTF-8") from None
