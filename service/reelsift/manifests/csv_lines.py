"""Manifests in CSV: S3 Batch Operations' `Bucket,Key[,VersionId]`, with or without a row that names the columns."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from reelsift.domain.video import ObjectRef
from reelsift.manifests.formulas import written_cell
from reelsift.manifests.iso_time import read_time
from reelsift.manifests.manifest_row import BadRow, GoodRow, ReadRow, excerpt
from reelsift.manifests.object_names import (
    URI_SCHEME,
    check_bucket,
    check_etag,
    check_key,
    check_version,
    decode_key,
    parse_uri,
)
from reelsift.manifests.physical_lines import NumberedText, PhysicalLines

_BLANK = " \t"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_REQUIRED = frozenset({"bucket", "key"})
_SIZE = re.compile(r"[0-9]{1,18}")


def names_columns(fields: Sequence[str]) -> bool:
    """Whether a row reads like a header: it holds the words `bucket` and `key`."""
    return _REQUIRED.issubset(map(_column_name, fields))


def count_fields(fields: Sequence[str]) -> str:
    """How many fields a row has, in words."""
    return "1 field" if len(fields) == 1 else f"{len(fields)} fields"


class Columns:
    """Which field of a row says what. Names are those of Batch Operations, Inventory or a header, in any case and
    with any `_`, `-` or blank between words; `Bucket` and `Key` must be among them, `VersionId`, `ETag`, `Size` and
    `LastModifiedDate` may, and others (`Ignore`) are passed over.
    """

    __slots__ = ("_bucket", "_count", "_etag", "_key", "_modified", "_size", "_version")

    def __init__(self, names: Sequence[str]) -> None:
        known = [_column_name(name) for name in names]
        if not _REQUIRED.issubset(known):
            raise ValueError("the columns must name Bucket and Key")
        # Backwards, so that of equal names the first counts.
        positions = {name: position for position, name in reversed(list(enumerate(known)))}
        self._count = len(known)
        self._bucket = positions["bucket"]
        self._key = positions["key"]
        self._version = positions.get("versionid")
        self._etag = positions.get("etag")
        self._size = positions.get("size")
        self._modified = positions.get("lastmodifieddate", positions.get("lastmodified"))

    def good_row(self, row: int, fields: Sequence[str]) -> GoodRow:
        """The object that the fields of a row name; ValueError says what is wrong with it."""
        ref = self._ref(fields)
        modified = "" if self._modified is None else fields[self._modified].strip(_BLANK)
        return GoodRow(row, ref, read_time(modified) if modified else None)

    def _ref(self, fields: Sequence[str]) -> ObjectRef:
        if len(fields) != self._count:
            raise ValueError(f"the row has {count_fields(fields)} where the columns are {self._count}")
        bucket = written_cell(fields[self._bucket].strip(_BLANK))
        key = fields[self._key].strip(_BLANK)
        if not key.isprintable() and _CONTROL.search(key):
            raise ValueError("the key holds a control character that is not URL-encoded")
        return ObjectRef(
            check_bucket(bucket),
            check_key(decode_key(key)),
            None if self._version is None else check_version(written_cell(fields[self._version].strip(_BLANK))),
            None if self._etag is None else check_etag(fields[self._etag].strip(_BLANK)),
            None if self._size is None else _size(fields[self._size].strip(_BLANK)),
        )


def _column_name(column: str) -> str:
    return re.sub(r"[\s_-]", "", column).casefold()


def _size(text: str) -> int | None:
    if not text:
        return None
    if not _SIZE.fullmatch(text):
        raise ValueError("the size is not a number of bytes")
    return int(text)


class CsvRows:
    """Reads a CSV manifest as its bytes arrive: `feed` each piece, then `close`; memory does not grow with the file.

    One line is one row, and `row` is its number as an editor shows it, blank lines and a header included. A quoted
    field therefore cannot hold a line break (a key's is written `%0A`), and a quote that is never closed spoils its
    own row alone. Keys are URL-encoded (see `decode_key`), so blanks around a field are layout. A line that begins
    with `s3://` is a URI, not fields: its key is plain and may hold commas.

    Without `columns` a row is `bucket,key`, `bucket,key,version`, or one of a completion report in the schema of S3
    Batch Operations: seven fields, of which the fourth says what became of the object. A first row that names the
    columns `bucket` and `key`, and perhaps others in any order, is a header and decides instead. So no manifest can
    begin with the object `key` of a bucket called `bucket`.
    """

    def __init__(self, columns: Sequence[str] | None = None) -> None:
        self._lines = PhysicalLines()
        self._columns = None if columns is None else Columns(columns)
        self._may_be_header = True

    def feed(self, data: bytes) -> list[ReadRow]:
        """The rows that `data` completes."""
        return self._read(self._lines.feed(data))

    def close(self) -> list[ReadRow]:
        """The last row, where no line feed ended it."""
        return self._read(self._lines.close())

    def _read(self, lines: Iterable[NumberedText | BadRow]) -> list[ReadRow]:
        rows: list[ReadRow] = []
        for line in lines:
            if isinstance(line, BadRow):
                rows.append(line)
                continue
            row, text = line
            try:
                good = self._row(row, text.strip(_BLANK))
            except ValueError as error:
                rows.append(BadRow(row, str(error), excerpt(text)))
            else:
                if good is not None:
                    rows.append(good)
        return rows

    def _row(self, row: int, text: str) -> GoodRow | None:
        """The row of a line; None for the header."""
        if text.startswith(URI_SCHEME):
            return GoodRow(row, parse_uri(text))
        fields = split_fields(text)
        if self._may_be_header:
            self._may_be_header = False
            if names_columns(fields):
                self._columns = Columns(fields)
                return None
        if self._columns is not None:
            return self._columns.good_row(row, fields)
        return _row_by_position(row, fields)


def read_csv(chunks: Iterable[bytes], columns: Sequence[str] | None = None) -> Iterator[ReadRow]:
    """The rows of a CSV manifest (see `CsvRows`), from pieces of any size."""
    rows = CsvRows(columns)
    for chunk in chunks:
        yield from rows.feed(chunk)
    yield from rows.close()


def split_fields(text: str) -> list[str]:
    """The fields of one line of CSV, quoted or not; ValueError where its quotes do not match."""
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader((text,), strict=True, skipinitialspace=True))
    except csv.Error:
        raise ValueError(
            "the row's quotes do not match: close each one on its line, double those inside, and write a line "
            "break in a key as %0A"
        ) from None


_BY_COUNT = {2: Columns(("Bucket", "Key")), 3: Columns(("Bucket", "Key", "VersionId"))}

_REPORT = Columns(("Bucket", "Key", "VersionId", "TaskStatus", "ErrorCode", "HTTPStatusCode", "ResultMessage"))
"""A completion report. Only what names the object is read, so it does not matter that AWS writes the code and the
status in the one order and documents them in the other.
"""

_REPORT_FIELDS = 7
_STATUS = 3
_STATUSES = frozenset({"succeeded", "failed", "skipped"})


def _row_by_position(row: int, fields: Sequence[str]) -> GoodRow:
    columns = _BY_COUNT.get(len(fields))
    if len(fields) == _REPORT_FIELDS and fields[_STATUS].strip(_BLANK).lower() in _STATUSES:
        columns = _REPORT
    if columns is not None:
        return columns.good_row(row, fields)
    if len(fields) == 1 and fields[0].startswith(URI_SCHEME):
        return GoodRow(row, parse_uri(fields[0]))
    raise ValueError(
        f"the row has {count_fields(fields)}; write bucket,key or bucket,key,version (a comma in a key is %2C), or "
        "s3://bucket/key, or name the columns in the first row"
    )
