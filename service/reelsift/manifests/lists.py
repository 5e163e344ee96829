"""Lists of videos as people and tools write them: tables and lines of text, lines and arrays of JSON."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from reelsift.domain.video import ObjectRef
from reelsift.manifests.columns import (
    Columns,
    column_name,
    count_fields,
    names_bucket_and_key,
    only_location,
    uri_column,
)
from reelsift.manifests.encodings import ToUtf8
from reelsift.manifests.json_objects import read_json_row
from reelsift.manifests.json_values import MAX_VALUE, UNFINISHED, ArrayValues, is_whole
from reelsift.manifests.locations import is_location, read_object_location
from reelsift.manifests.manifest_row import BadRow, GoodRow, ReadRow, excerpt
from reelsift.manifests.object_names import check_bucket, check_key
from reelsift.manifests.physical_lines import NumberedText, PhysicalLines
from reelsift.manifests.untrusted_json import JsonError, load_json

_BLANK = " \t"
_SEPARATORS = ",\t;|"
"""What may stand between fields. A bucket's name holds none of them, a key may."""

_MAY_BE_LOCATION = frozenset("sShHaA")
_SEPARATOR_NAMED = re.compile(r"sep=([,\t;|])", re.IGNORECASE)

_UTF8_MARK = b"\xef\xbb\xbf"
_ARRAY = re.compile(rb"[\s]*\[[\s]*[\[{\"\]]")
_MAY_BE_ARRAY = re.compile(rb"[\s]*(?:\[[\s]*)?")
_LONGEST_START = 4096

_MEMBERS_SHOWN = 20


class ListRows:
    """Reads a list as its bytes arrive: `feed` each piece, then `close`; memory does not grow with the list.

    It is UTF-8 or UTF-16, and either an array of JSON, whose rows are its values, counted from 1, or lines. Then one
    line is one row, and `row` is its number as an editor shows it, blank lines and a header included; what is wrong
    with one spoils no other. `columns`, where they are given, are those of every line.
    """

    def __init__(self, columns: Sequence[str] | None = None) -> None:
        self._text = ToUtf8()
        self._start: bytes | None = b""
        self._rows: _LineRows | _ArrayRows = _LineRows(columns)

    def feed(self, data: bytes) -> list[ReadRow]:
        """The rows that `data` completes."""
        return self._read(self._text.feed(data))

    def close(self) -> list[ReadRow]:
        """The last row, where nothing ended it."""
        rows = self._read(self._text.close(), last=True)
        return rows + self._rows.close()

    def _read(self, data: bytes, *, last: bool = False) -> list[ReadRow]:
        if self._start is not None:
            self._start += data
            start = self._start.removeprefix(_UTF8_MARK)
            undecided = _MAY_BE_ARRAY.fullmatch(start) is not None or _UTF8_MARK.startswith(self._start)
            if undecided and not last and len(start) < _LONGEST_START:
                return []
            if _ARRAY.match(start):
                self._rows, self._start = _ArrayRows(), start
            data, self._start = self._start, None
        return self._rows.feed(data)


def read_list(pieces: Iterable[bytes], columns: Sequence[str] | None = None) -> Iterator[ReadRow]:
    """The rows of a list (see `ListRows`), from pieces of any size."""
    rows = ListRows(columns)
    for piece in pieces:
        yield from rows.feed(piece)
    yield from rows.close()


def split_fields(text: str, separator: str = ",") -> list[str]:
    """The fields of one line, quoted or not; ValueError where its quotes do not match."""
    if '"' not in text:
        return text.split(separator)
    try:
        return next(csv.reader((text,), delimiter=separator, strict=True, skipinitialspace=separator != "\t"))
    except csv.Error:
        raise ValueError(
            "the row's quotes do not match: close each one on its line, double those inside, and write a line "
            "break in a key as %0A"
        ) from None


class _ArrayRows:
    """The values of an array of JSON."""

    def __init__(self) -> None:
        self._values = ArrayValues()
        self._row = 0

    def feed(self, data: bytes) -> list[ReadRow]:
        return [self._read(value) for value in self._values.feed(data)]

    def close(self) -> list[ReadRow]:
        return [self._read(value) for value in self._values.close()]

    def _read(self, value: object) -> ReadRow:
        self._row += 1
        if isinstance(value, JsonError):
            return BadRow(self._row, str(value), "")
        # To write a value out again for its first characters could fail on its depth.
        shown = ", ".join(islice(value, _MEMBERS_SHOWN)) if isinstance(value, dict) else value
        return _json_row(self._row, value, shown if isinstance(shown, str) else "")


def _json_row(row: int, value: object, text: str) -> ReadRow:
    try:
        return read_json_row(row, value)
    except ValueError as error:
        return BadRow(row, str(error), excerpt(text))


class _LineRows:
    """Lines, each a row. Quoted fields cannot hold a line break (a key's is written `%0A`), and a quote that is never
    closed spoils its own row alone. Keys in tables are URL-encoded (see `decode_key`), so blanks around a field are
    layout. Fields are separated by commas, tabs, semicolons or bars.

    A line that begins as a location does (see `read_location`) is one to its end, but for a tab, and in a URL for any
    separator. One that begins with `{` is an object of JSON, which may take several lines if only its first one breaks
    off where JSON does.

    Without columns a row is `bucket,key`, `bucket,key,version`, or one of a completion report in the schema of S3
    Batch Operations: seven fields, of which the fourth says what became of the object. A first row that names columns
    for a bucket and a key, or for a URI, is a header and decides instead. So no list can begin with the object `key` of
    a bucket called `bucket`. Of a first row that reads like a header and names no known column, the columns stay
    unknown: then only rows that say by themselves where an object lies are read.
    """

    def __init__(self, columns: Sequence[str] | None) -> None:
        self._lines = PhysicalLines()
        self._separator = ","
        self._columns = None if columns is None else Columns(columns)
        self._unknown_columns = False
        self._begins = columns is None
        self._first: tuple[int, str, list[str]] | None = None
        self._json: _JsonLines | None = None

    def feed(self, data: bytes) -> list[ReadRow]:
        rows: list[ReadRow] = []
        self._read(self._lines.feed(data), rows)
        return rows

    def close(self) -> list[ReadRow]:
        rows: list[ReadRow] = []
        self._read(self._lines.close(), rows)
        self._let_go(rows)
        return rows

    def _let_go(self, rows: list[ReadRow]) -> None:
        """Nothing that can be read follows what is kept."""
        self._take_first(rows)
        if self._json is not None:
            rows.append(self._json.broken_off())
            self._json = None

    def _read(self, lines: Iterable[NumberedText | BadRow], rows: list[ReadRow]) -> None:
        for line in lines:
            if isinstance(line, BadRow):
                self._let_go(rows)
                rows.append(line)
                continue
            row, text = line
            text = text.strip(_BLANK)
            if self._json is not None:
                self._go_on_with_json(row, text, rows)
            elif self._begins and self._is_header(row, text, rows):
                continue
            else:
                self._take(row, text, rows)

    def _take(self, row: int, text: str, rows: list[ReadRow]) -> None:
        if text[0] == "{":
            self._begin_json(row, text, rows)
            return
        try:
            rows.append(self._row(row, text))
        except ValueError as error:
            rows.append(BadRow(row, str(error), excerpt(text)))

    def _row(self, row: int, text: str) -> GoodRow:
        columns = self._columns
        if columns is None and text.startswith("s3://") and not self._unknown_columns and "\t" not in text:
            bucket, _, key = text[5:].partition("/")
            if key:
                return GoodRow(row, ObjectRef(check_bucket(bucket), check_key(key)))
        if text[0] in _MAY_BE_LOCATION and is_location(text) and (columns is None or columns.uri is None):
            return self._location(row, text)
        if columns is not None:
            return columns.good_row(row, split_fields(text, self._separator))
        if self._unknown_columns:
            uri = only_location(split_fields(text, self._separator))
            if uri is None:
                raise ValueError(_UNKNOWN_COLUMNS)
            return GoodRow(row, read_object_location(uri))
        try:
            return _row_by_position(row, split_fields(text, self._separator))
        except ValueError:
            # The bucket tells: it holds no separator, and is none where another one was meant.
            for separator in _SEPARATORS.replace(self._separator, ""):
                if separator in text and (found := _separated(row, text, separator)) is not None:
                    self._separator = separator
                    return found
            raise

    def _location(self, row: int, text: str) -> GoodRow:
        if self._unknown_columns and (uri := only_location(split_fields(text, self._separator))) is not None:
            text = uri
        elif text[0] in "hH":
            # A comma in a URL is written %2C: what follows one is another column.
            text = re.split(r"[,\t;| ]", text, maxsplit=1)[0]
        return GoodRow(row, read_object_location(text.partition("\t")[0].rstrip(_BLANK)))

    # The first rows

    def _is_header(self, row: int, text: str, rows: list[ReadRow]) -> bool:
        """Whether a row is a header, or is kept until the next one tells whether it is."""
        if self._first is not None:
            self._decide(text, rows)
            return False
        named = _SEPARATOR_NAMED.fullmatch(text)
        if named is not None and row == 1:
            # A spreadsheet's own line.
            self._separator = named[1]
            return True
        if text[0] == "{" or is_location(text):
            self._begins = False
            return False
        fields = self._header_fields(text)
        if names_bucket_and_key(fields) or (len(fields) == 1 and uri_column(fields) is not None):
            self._columns, self._begins = Columns(fields), False
            return True
        if uri_column(fields) is not None or _reads_like_header(fields):
            self._first = (row, text, fields)
            return True
        self._begins = False
        return False

    def _header_fields(self, text: str) -> list[str]:
        """The fields of the first row, by the separator with which it names columns, or else has most."""
        found = []
        for separator in dict.fromkeys((self._separator, *_SEPARATORS)):
            try:
                fields = split_fields(text, separator)
            except ValueError:
                continue
            found.append((names_bucket_and_key(fields), len(fields), separator, fields))
        if not found:
            return [text]
        names, most, separator, fields = max(found, key=lambda one: one[:2])
        if names or _reads_like_header(fields) or uri_column(fields) is not None:
            self._separator = separator if most > 1 else self._separator
        return fields

    def _decide(self, text: str, rows: list[ReadRow]) -> None:
        """Whether the first row is a header, now that the second is known."""
        assert self._first is not None  # noqa: S101 - the caller has asked
        row, first, fields = self._first
        self._first, self._begins = None, False
        try:
            second = split_fields(text, self._separator)
        except ValueError:
            second = [text]
        position = uri_column(fields)
        alike = len(second) == len(fields)
        if alike and position is not None and is_location(second[position].strip(_BLANK)):
            self._columns = Columns(fields)
        elif _is_header_of(fields, second):
            self._unknown_columns = len(fields) > 1
            rows.append(BadRow(row, _LIKE_HEADER, excerpt(first)))
        else:
            self._separator = ","
            self._take(row, first, rows)

    def _take_first(self, rows: list[ReadRow]) -> None:
        """A first row that no second one follows is a row like any other."""
        if self._first is not None:
            row, text, _ = self._first
            self._first, self._begins, self._separator = None, False, ","
            self._take(row, text, rows)

    # JSON

    def _begin_json(self, row: int, text: str, rows: list[ReadRow]) -> None:
        text = text.rstrip(",")
        try:
            rows.append(_json_row(row, load_json(text), text))
        except JsonError as error:
            if _BREAKS_OFF.search(text) and not is_whole(text):
                self._json = _JsonLines(row, text)
            else:
                rows.append(BadRow(row, str(error), excerpt(text)))

    def _go_on_with_json(self, row: int, text: str, rows: list[ReadRow]) -> None:
        assert self._json is not None  # noqa: S101 - the caller has asked
        if not _GOES_ON.match(text):
            rows.append(self._json.broken_off())
            self._json = None
            self._take(row, text, rows)
            return
        found = self._json.add(text)
        if found is not None:
            rows.append(found)
            self._json = None


_BREAKS_OFF = re.compile(r"[{\[,:]\s*$")
_GOES_ON = re.compile(r"""["{}\[\],:]|-?[0-9]|(?:true|false|null)\b""")


class _JsonLines:
    """An object of JSON that takes several lines."""

    def __init__(self, row: int, text: str) -> None:
        self._row = row
        self._parts = [text]
        self._length = len(text)
        self._depth = 0
        self._nest(text)

    def add(self, text: str) -> ReadRow | None:
        """The row, once the object is whole or too long."""
        self._parts.append(text)
        self._length += len(text)
        self._nest(text)
        if self._depth > 0 and self._length <= MAX_VALUE:
            return None
        whole = "\n".join(self._parts).rstrip(" ,")
        if self._length > MAX_VALUE:
            return BadRow(self._row, f"the object is longer than {MAX_VALUE // 1024} KiB", excerpt(whole))
        try:
            return _json_row(self._row, load_json(whole), whole)
        except JsonError as error:
            return BadRow(self._row, str(error), excerpt(whole))

    def broken_off(self) -> BadRow:
        """The row, where what follows is another."""
        return BadRow(self._row, UNFINISHED, excerpt("\n".join(self._parts)))

    def _nest(self, text: str) -> None:
        # Braces within strings do not count.
        bare = _STRINGS.sub("", text)
        self._depth += bare.count("{") + bare.count("[") - bare.count("}") - bare.count("]")


_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')


# Headers

# An underscore is one of the first kind: if it were of both, a row of them would take for ever.
_WORD = re.compile(r"[^\W\d](?:[^\W\d]|[ #()/-])*[0-9]{0,2}")
_CERTAIN = re.compile(r"[^a-z0-9.-]")
"""What no bucket's name holds that was made since 2018: with one of these a word names a column."""

_PLAIN_NAMES = frozenset(
    re.findall(
        r"\w+",
        "account asset blob clip container date description file filename folder id index link media name no nr number"
        " object owner path region row source title user video",
    )
)
_LIKE_HEADER = (
    "the row reads like a header, and none of its columns is known: call two of them Bucket and Key, or one URI"
)
_UNKNOWN_COLUMNS = (
    "the first row reads like a header, and none of its columns is known: call two of them Bucket and Key, or one URI"
)


def _reads_like_header(fields: Sequence[str]) -> bool:
    """Whether the fields are words, as names of columns are, and the first is hardly the name of a bucket."""
    words = [field.strip(_BLANK) for field in fields]
    if not all(_WORD.fullmatch(word) for word in words if word) or not words[0]:
        return False
    return _CERTAIN.search(words[0]) is not None or column_name(words[0]) in _PLAIN_NAMES


def _is_header_of(fields: Sequence[str], second: Sequence[str]) -> bool:
    """Whether the first row names the columns of the second: as many, and of another kind."""
    if len(fields) == 1:
        return len(second) == 1 and is_location(second[0].strip(_BLANK))
    return (
        len(second) == len(fields)
        and second[0].strip(_BLANK) != fields[0].strip(_BLANK)
        and not all(_WORD.fullmatch(field.strip(_BLANK)) for field in second)
    )


# Rows by position

_BY_COUNT = {2: Columns(("Bucket", "Key")), 3: Columns(("Bucket", "Key", "VersionId"))}

_REPORT = Columns(("Bucket", "Key", "VersionId", "TaskStatus", "ErrorCode", "HTTPStatusCode", "ResultMessage"))
"""A completion report. Only what names the object is read, so it does not matter that AWS writes the code and the
status in the one order and documents them in the other.
"""

_REPORT_FIELDS = 7
_STATUS = 3
_STATUSES = frozenset({"succeeded", "failed", "skipped"})


def _row_by_position(row: int, fields: Sequence[str]) -> GoodRow:
    count = len(fields)
    columns = _BY_COUNT.get(count)
    if columns is None and count == _REPORT_FIELDS and fields[_STATUS].strip(_BLANK).lower() in _STATUSES:
        columns = _REPORT
    if ":" in fields[0] and (uri := only_location(fields[:1])) is not None:
        return GoodRow(row, read_object_location(uri))
    if columns is not None:
        return columns.good_row(row, fields)
    raise ValueError(
        f"the row has {count_fields(fields)}; write bucket,key or bucket,key,version (a comma in a key is %2C), or "
        "s3://bucket/key, or name the columns in the first row"
    )


def _separated(row: int, text: str, separator: str) -> GoodRow | None:
    """The object of a row whose fields stand between these separators, if they do."""
    try:
        return _row_by_position(row, split_fields(text, separator))
    except ValueError:
        return None
