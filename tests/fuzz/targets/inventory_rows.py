"""The rows of an inventory's CSV, and its gzip, whole or damaged."""

import gzip
import io

from fuzz.target import Target, hold, hold_words
from reelsift.domain.filters import Filters, Sieve
from reelsift.manifests.inventory import Inventory, InventoryUnusable
from reelsift.manifests.inventory_file import csv_pages
from reelsift.manifests.manifest_row import BadRow, GoodRow, ManifestRow
from reelsift.manifests.object_names import check_key

_COLUMNS = ("bucket", "key", "versionid", "islatest", "isdeletemarker", "size", "lastmodifieddate", "etag")
_INVENTORY = Inventory("reelsift-videos-test", "CSV", _COLUMNS, ())
_SIEVES = (
    Sieve(Filters()),
    Sieve(Filters(all_versions=True, modified_after_ms=0, min_size=1, sample=50, globs=("*a*",))),
)
_GOOD = b'"reelsift-videos-test","%s.mp4","v","true","false","5","2026-07-31T00:00:00.000Z","e"\n'


def check(data: bytes) -> None:
    """The first byte says whether the rest is rows or a gzip file as it came."""
    if data[:1] == b"z":
        _check_gzip(data[1:])
    else:
        _check_rows(data[1:], _SIEVES[data[:1] == b"a"])


def _check_rows(data: bytes, sieve: Sieve) -> None:
    rows, seen = _read(data, sieve)
    for row in rows:
        _check_row(row)
    hold("there are no more rows than lines", where=len(rows) <= seen <= data.count(b"\n") + 1)
    around, _ = _read(_GOOD % b"one" + data + b"\n" + _GOOD % b"two", _SIEVES[0])
    keys = [row.ref.key if isinstance(row, GoodRow) else None for row in (around[0], around[-1])]
    hold("the rows around are read", where=keys == ["one.mp4", "two.mp4"])
    hold("the row after keeps its number", where=around[-1].row == data.count(b"\n") + 3)


def _check_gzip(data: bytes) -> None:
    try:
        for page in csv_pages(io.BytesIO(data), _INVENTORY, _SIEVES[0]):
            for row in page.rows:
                _check_row(row)
    except InventoryUnusable as unusable:
        hold_words(unusable.message)


def _read(data: bytes, sieve: Sieve) -> tuple[list[ManifestRow], int]:
    pages = list(csv_pages(io.BytesIO(gzip.compress(data, compresslevel=0)), _INVENTORY, sieve))
    return [row for page in pages for row in page.rows], sum(page.seen for page in pages)


def _check_row(row: ManifestRow) -> None:
    if isinstance(row, BadRow):
        hold_words(row.message)
        row.excerpt.encode()
    else:
        check_key(row.ref.key)
        hold("an object is of the inventory's bucket", where=row.ref.bucket == _INVENTORY.source_bucket)


TARGET = Target(
    check,
    seeds=[
        b"r" + _GOOD % b"a+b%2B",
        b"a" + _GOOD % b"%C3%A4" + _GOOD % b"%ff",
        b'r"reelsift-videos-test","a.mp4","","false","true","","",""\n"other","a.mp4","","","","-1","x",""\n',
        b'r"reelsift-videos-test","a.mp4\n\xff\xfe,,,,,,,\n,,,,,,,\n',
        b"z" + gzip.compress(_GOOD % b"a", mtime=0),
        b"z" + gzip.compress(_GOOD % b"a", mtime=0)[:-9],
        b"z",
    ],
    words=("reelsift-videos-test", "true", "false", ".mp4", '","', "%2B", "%ff", "null", "2026-07-31"),
)
