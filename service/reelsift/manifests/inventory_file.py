"""A data file of an inventory, in whichever of S3's three formats: which of its rows are videos to analyse.

CSV is gzipped, without a header, its keys URL-encoded with `+` for a space. Parquet and ORC have named columns, plain
keys, and a footer that wants a seekable file. pyarrow is imported here alone, and only when such a file is read: that
takes half a second and 60 MB.
"""

import gzip
import zlib
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from reelsift.domain.barrier import Barrier, barrier_of
from reelsift.domain.failure import Reason
from reelsift.domain.filters import Lack, Sieve
from reelsift.domain.video import NULL_VERSION, ObjectRef
from reelsift.manifests.columns import count_fields
from reelsift.manifests.inventory import Inventory, InventoryUnusable, check_columns, column_name
from reelsift.manifests.iso_time import read_time
from reelsift.manifests.lists import split_fields
from reelsift.manifests.manifest_row import BadRow, GoodRow, ManifestRow, excerpt
from reelsift.manifests.object_names import check_bucket, check_etag, check_key, check_version, decode_key
from reelsift.manifests.physical_lines import NumberedText, PhysicalLines


@dataclass(slots=True)
class InventoryPage:
    """Some rows of a data file: the videos and bad rows among them, how many there were with all others, and of those
    how many lacked what.
    """

    rows: list[ManifestRow] = field(default_factory=list)
    seen: int = 0
    passed_over: Counter[Lack] = field(default_factory=Counter)

    def add(self, found: ManifestRow | Lack) -> None:
        """Note what became of one more row."""
        self.seen += 1
        if isinstance(found, Lack):
            self.passed_over[found] += 1
        else:
            self.rows.append(found)


def version_lack(sieve: Sieve, *, is_latest: bool, is_delete_marker: bool) -> Lack | None:
    """What an entry lacks for being no current version of an object; a delete marker is no version of a video."""
    if is_delete_marker:
        return Lack.DELETE_MARKER
    return None if is_latest or sieve.all_versions else Lack.VERSION


def video_row(
    row: int,
    source_bucket: str,
    *,
    bucket: str,
    key: str,
    version_id: str | None = None,
    size: int | None = None,
    etag: str | None = None,
    is_latest: bool = True,
    barrier: Barrier | None = None,
) -> GoodRow:
    """The row of one object of the inventory of `source_bucket`; ValueError says what is wrong with it.

    Of versions that are not current one without an id can only be that from before the bucket had versions.
    """
    if bucket != source_bucket:
        raise ValueError(f"the row names bucket {check_bucket(bucket)} in the inventory of {source_bucket}")
    if size is not None and size < 0:
        raise ValueError("the size is not a number of bytes")
    ref = ObjectRef(
        bucket,
        check_key(key),
        check_version(version_id or ("" if is_latest else NULL_VERSION)),
        check_etag(etag or ""),
        size,
        barrier,
    )
    return GoodRow(row, ref)


_STORAGE = ("storageclass", "intelligenttieringaccesstier", "encryptionstatus")
"""The columns that say what keeps an object from being read, as `barrier_of` takes them."""

PIECE_BYTES = 1024 * 1024
"""How much is unpacked at a time: some thousand rows."""


def csv_pages(file: BinaryIO, inventory: Inventory, sieve: Sieve) -> Iterator[InventoryPage]:
    """The rows of a file, a page at a time. Raises InventoryUnusable where it cannot be unpacked to its end."""
    reader = _Rows(inventory, sieve)
    lines = PhysicalLines()
    with closing(_pieces(file)) as pieces:
        for piece in pieces:
            yield reader.page(lines.feed(piece))
    yield reader.page(lines.close())


def _pieces(file: BinaryIO) -> Generator[bytes, None, None]:
    """What a file holds, unpacked: of a damaged one all that comes before the damage."""
    with gzip.GzipFile(fileobj=file) as unpacked:
        damage: Exception | None = None
        while damage is None:
            piece = bytearray()
            try:
                # Not `read`, which throws away what it has unpacked when it comes upon damage.
                while len(piece) < PIECE_BYTES and (part := unpacked.read1(PIECE_BYTES - len(piece))):
                    piece += part
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                damage = error
            if piece:
                yield bytes(piece)
            elif damage is None:
                return
    raise InventoryUnusable(Reason.BAD_LINE, f"it cannot be unpacked: {damage}")


class _Rows:
    """Reads rows by the columns that the manifest names."""

    def __init__(self, inventory: Inventory, sieve: Sieve) -> None:
        self._sieve = sieve
        names = inventory.columns
        # Backwards, so that of equal names the first counts.
        positions = {name: position for position, name in reversed(list(enumerate(names)))}
        self._source_bucket = inventory.source_bucket
        self._count = len(names)
        self._bucket = positions["bucket"]
        self._key = positions["key"]
        self._version = positions.get("versionid")
        self._is_latest = positions.get("islatest")
        self._is_delete_marker = positions.get("isdeletemarker")
        self._size = positions.get("size")
        self._etag = positions.get("etag")
        self._modified = positions.get("lastmodifieddate") if sieve.asks_time else None
        self._storage = [positions.get(name) for name in _STORAGE]

    def page(self, lines: Iterable[NumberedText | BadRow]) -> InventoryPage:
        page = InventoryPage()
        for line in lines:
            page.add(line if isinstance(line, BadRow) else self._row(*line))
        return page

    def _row(self, row: int, text: str) -> ManifestRow | Lack:
        try:
            return self._video(row, split_fields(text))
        except ValueError as error:
            return BadRow(row, str(error), excerpt(text))

    def _video(self, row: int, fields: list[str]) -> ManifestRow | Lack:
        """The row of a video; what it lacks for whatever else a bucket holds."""
        if len(fields) != self._count:
            raise ValueError(f"the row has {count_fields(fields)} where fileSchema names {self._count}")
        is_latest = _flag(fields, self._is_latest, default=True)
        is_delete_marker = _flag(fields, self._is_delete_marker, default=False)
        lack = version_lack(self._sieve, is_latest=is_latest, is_delete_marker=is_delete_marker)
        if lack is not None:
            return lack
        bucket, key = fields[self._bucket], self._key_of(fields)
        if key and not self._sieve.ends_well(key):
            return Lack.SUFFIX
        text, modified = _field(fields, self._size), _field(fields, self._modified)
        size = _number(text) if text else None
        lack = self._sieve.missing(bucket, key, size, read_time(modified) if modified else None) if key else None
        if lack is not None:
            return lack
        return video_row(
            row,
            self._source_bucket,
            bucket=bucket,
            key=key,
            version_id=_field(fields, self._version),
            size=size,
            etag=_field(fields, self._etag),
            is_latest=is_latest,
            barrier=barrier_of(*(_field(fields, position) or "" for position in self._storage)),
        )

    def _key_of(self, fields: list[str]) -> str:
        encoded = fields[self._key]
        try:
            return decode_key(encoded)
        except ValueError:
            # What is not called like a video is no line, however it is spelt.
            if not self._sieve.ends_well(encoded):
                return encoded
            raise


def _field(fields: list[str], position: int | None) -> str | None:
    return None if position is None else fields[position]


def _flag(fields: list[str], position: int | None, *, default: bool) -> bool:
    """An inventory of current versions alone has no flags; of both kinds `default` is the current version."""
    text = (_field(fields, position) or "").lower()
    if text in {"true", "false"}:
        return text == "true"
    if not text:
        return default
    raise ValueError("IsLatest and IsDeleteMarker are true or false")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:  # noqa: PLR2004 - what fits into 64 bits
        raise ValueError("the size is not a number of bytes")
    return int(text)


PAGE_ROWS = 5_000
"""Rows made into Python objects at a time."""

BUFFER_BYTES = 1024 * 1024
"""Of each column of a Parquet file; without a buffer pyarrow reads all of a row group's."""

_TEXTS = ("bucket", "key", "versionid", "etag")
_FLAGS = ("islatest", "isdeletemarker")
_MODIFIED = "lastmodifieddate"
_COLUMNS = (*_TEXTS, *_FLAGS, "size", _MODIFIED, *_STORAGE)


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
            barrier=barrier_of(*((values[name] or b"").decode(errors="replace") for name in _STORAGE)),
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


_READERS = {"CSV": csv_pages, "ORC": orc_pages, "Parquet": parquet_pages}


def inventory_pages(file: BinaryIO, inventory: Inventory, sieve: Sieve) -> Iterator[InventoryPage]:
    """The objects of a data file that the sieve lets through, a page of rows at a time, in bounded memory.

    Delete markers are never among them, and versions that are not current only where the sieve takes all; `row` counts
    all rows of the file from 1. Raises InventoryUnusable where the file is damaged: the pages before it are sound.
    """
    return _READERS[inventory.format](file, inventory, sieve)
