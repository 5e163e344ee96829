"""A data file of an inventory in CSV: gzipped, without a header, its keys URL-encoded with `+` for a space."""

import gzip
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import BinaryIO

from reelsift.domain.failure import Reason
from reelsift.domain.filters import Lack, Sieve
from reelsift.manifests.columns import count_fields
from reelsift.manifests.csv_lines import split_fields
from reelsift.manifests.inventory import Inventory, InventoryUnusable
from reelsift.manifests.inventory_row import InventoryPage, version_lack, video_row
from reelsift.manifests.iso_time import read_time
from reelsift.manifests.manifest_row import BadRow, ManifestRow, excerpt
from reelsift.manifests.object_names import decode_key
from reelsift.manifests.physical_lines import NumberedText, PhysicalLines

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
