"""A data file of an inventory in Parquet or ORC: named columns, plain keys, and a footer that wants a seekable file.

pyarrow is imported here alone, and only when such a file is read: it takes half a second and 60 MB.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from reelsift.domain.failure import Reason
from reelsift.manifests.inventory import Inventory, InventoryUnusable, check_columns, column_name
from reelsift.manifests.inventory_row import InventoryPage, is_video, video_row
from reelsift.manifests.manifest_row import BadRow, ManifestRow, excerpt

PAGE_ROWS = 5_000
"""Rows made into Python objects at a time."""

BUFFER_BYTES = 1024 * 1024
"""Of each column of a Parquet file; without a buffer pyarrow reads all of a row group's."""

_TEXTS = ("bucket", "key", "versionid", "etag")
_FLAGS = ("islatest", "isdeletemarker")
_COLUMNS = (*_TEXTS, *_FLAGS, "size")


def parquet_pages(file: BinaryIO, inventory: Inventory) -> Iterator[InventoryPage]:
    """The rows of a Parquet file, a page at a time. Raises InventoryUnusable where it cannot be read to its end."""
    from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]

    def batches() -> Iterator[Any]:
        opened = ParquetFile(file, buffer_size=BUFFER_BYTES, pre_buffer=False)
        wanted = _wanted(opened.schema_arrow.names)
        yield from opened.iter_batches(PAGE_ROWS, columns=wanted, use_threads=False)

    return _pages(batches(), inventory)


def orc_pages(file: BinaryIO, inventory: Inventory) -> Iterator[InventoryPage]:
    """The rows of an ORC file, a stripe (64 MB as a rule) in memory at a time. Raises as `parquet_pages` does."""
    from pyarrow.orc import ORCFile  # type: ignore[import-untyped]

    def batches() -> Iterator[Any]:
        opened = ORCFile(file)
        wanted = _wanted(opened.schema.names)
        for stripe in range(opened.nstripes):
            yield opened.read_stripe(stripe, columns=wanted)

    return _pages(batches(), inventory)


def _wanted(names: list[str]) -> list[str]:
    """The columns that say something of a video, in the file's own spelling."""
    try:
        check_columns([column_name(name) for name in names])
    except ValueError as error:
        raise InventoryUnusable(Reason.BAD_LINE, f"its columns are unknown: {error}") from None
    return [name for name in names if column_name(name) in _COLUMNS]


def _pages(batches: Iterator[Any], inventory: Inventory) -> Iterator[InventoryPage]:
    import pyarrow as pa  # type: ignore[import-untyped]

    row = 0
    try:
        for batch in batches:
            for start in range(0, batch.num_rows, PAGE_ROWS):
                part = batch.slice(start, PAGE_ROWS)
                yield InventoryPage(_rows(part, row, inventory.source_bucket), part.num_rows)
                row += part.num_rows
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            # The disk's own trouble. What Arrow finds wrong with a file carries no number.
            raise
        raise InventoryUnusable(Reason.BAD_LINE, f"it cannot be read: {str(error).splitlines()[0]}") from None
    finally:
        pa.default_memory_pool().release_unused()


def _rows(batch: Any, before: int, source_bucket: str) -> list[ManifestRow]:
    """The videos of a batch whose first row is the one after `before`."""
    columns = {name: [None] * batch.num_rows for name in _COLUMNS}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        columns[column_name(name)] = _values(column_name(name), column)
    rows: list[ManifestRow] = []
    for index in range(batch.num_rows):
        values = {name: column[index] for name, column in columns.items()}
        found = _row(before + index + 1, values, source_bucket)
        if found is not None:
            rows.append(found)
    return rows


def _values(name: str, column: Any) -> list[Any]:
    """A column's values: text as the file's own bytes, since one value that is not UTF-8 must not cost the others."""
    import pyarrow as pa

    wanted = pa.bool_() if name in _FLAGS else pa.int64() if name == "size" else pa.large_binary()
    values: list[Any] = column.cast(wanted).to_pylist()
    return values


def _row(row: int, values: dict[str, Any], source_bucket: str) -> ManifestRow | None:
    if values["islatest"] is False or values["isdeletemarker"] is True:
        return None
    key: bytes = values["key"] or b""
    if key and not is_video(key):
        return None
    try:
        return video_row(
            row,
            source_bucket,
            bucket=_text("bucket", values["bucket"]) or "",
            key=_text("key", key) or "",
            version_id=_text("version id", values["versionid"]),
            size=values["size"],
            etag=_text("ETag", values["etag"]),
        )
    except ValueError as error:
        return BadRow(row, str(error), excerpt(key.decode(errors="backslashreplace")))


def _text(what: str, value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise ValueError(f"the {what} is not UTF-8") from None
