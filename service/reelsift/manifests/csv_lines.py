"""Manifests in CSV: S3 Batch Operations' `Bucket,Key[,VersionId]`, with or without a row that names the columns."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from reelsift.manifests.columns import Columns, count_fields, names_columns
from reelsift.manifests.manifest_row import BadRow, GoodRow, ReadRow, excerpt
from reelsift.manifests.object_names import URI_SCHEME, parse_uri
from reelsift.manifests.physical_lines import NumberedText, PhysicalLines

_BLANK = " \t"


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
