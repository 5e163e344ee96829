"""A data file of an inventory in CSV: gzipped, without a header, its keys URL-encoded with `+` for a space."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from reelsift.domain.failure import Reason
from reelsift.manifests.columns import count_fields
from reelsift.manifests.csv_lines import split_fields
from reelsift.manifests.inventory import Inventory, InventoryUnusable
from reelsift.manifests.inventory_row import InventoryPage, is_video, video_row
from reelsift.manifests.manifest_row import BadRow, GoodRow, ManifestRow, excerpt
from reelsift.manifests.object_names import decode_key
from reelsift.manifests.physical_lines import NumberedText, PhysicalLines

PIECE_BYTES = 1024 * 1024
"""How much is unpacked at a time: some thousand rows."""


def csv_pages(file: BinaryIO, inventory: Inventory) -> Iterator[InventoryPage]:
    """The rows of a file, a page at a time. Raises InventoryUnusable where it cannot be unpacked to its end."""
    reader = _Rows(inventory)
    lines = PhysicalLines()
    with gzip.GzipFile(fileobj=file) as unpacked:
        while piece := _read(unpacked):
            yield reader.page(lines.feed(piece))
        yield reader.page(lines.close())


def _read(unpacked: gzip.GzipFile) -> bytes:
    try:
        return unpacked.read(PIECE_BYTES)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InventoryUnusable(Reason.BAD_LINE, f"it cannot be unpacked: {error}") from None


class _Rows:
    """Reads rows by the columns that the manifest names."""

    def __init__(self, inventory: Inventory) -> None:
        names = inventory.columns
        positions = {name: names.index(name) for name in names}
        self._source_bucket = inventory.source_bucket
        self._count = len(names)
        self._bucket = positions["bucket"]
        self._key = positions["key"]
        self._version = positions.get("versionid")
        self._is_latest = positions.get("islatest")
        self._is_delete_marker = positions.get("isdeletemarker")
        self._size = positions.get("size")
        self._etag = positions.get("etag")

    def page(self, lines: Iterable[NumberedText | BadRow]) -> InventoryPage:
        rows: list[ManifestRow] = []
        seen = 0
        for line in lines:
            seen += 1
            found = line if isinstance(line, BadRow) else self._row(*line)
            if found is not None:
                rows.append(found)
        return InventoryPage(rows, seen)

    def _row(self, row: int, text: str) -> ManifestRow | None:
        try:
            return self._video(row, split_fields(text))
        except ValueError as error:
            return BadRow(row, str(error), excerpt(text))

    def _video(self, row: int, fields: list[str]) -> GoodRow | None:
        """The row of a video; None for whatever else a bucket holds."""
        if len(fields) != self._count:
            raise ValueError(f"the row has {count_fields(fields)} where fileSchema names {self._count}")
        if not _flag(fields, self._is_latest, default=True) or _flag(fields, self._is_delete_marker, default=False):
            return None
        key = fields[self._key]
        if key and not is_video(key):
            return None
        size = _field(fields, self._size)
        return video_row(
            row,
            self._source_bucket,
            bucket=fields[self._bucket],
            key=decode_key(key),
            version_id=_field(fields, self._version),
            size=_number(size) if size else None,
            etag=_field(fields, self._etag),
        )


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
