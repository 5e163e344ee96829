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
from reelsift.manifests.encodings import ToUtf8, as_western, is_escaped
from reelsift.manifests.json_objects import read_json_row
from reelsift.manifests.json_values import MAX_VALUE, UNFINISHED, ArrayValues, is_whole
from reelsift.manifests.locations import is_location, read_object_location
from reelsift.manifests.manifest_row import BadRow, GoodRow, ReadRow, excerpt
from reelsift.manifests.object_names import check_bucket, check_key
from reelsift.manifests.physical_lines import NumberedText, PhysicalLines, not_utf8
from reelsift.manifests.printed_listings import listed_location
from reelsift.manifests.untrusted_json import JsonError, load_told

_BLANK = " \t"
_SEPARATORS = ",\t;|"
"""What may stand between fields. A bucket's name holds none of them, a key may."""

_MAY_BE_LOCATION = frozenset("sShHaA")
_SEPARATOR_NAMED = re.compile(r"sep=([,\t;|])", re.IGNORECASE)

_MAY_RULE_OFF = frozenset("+-|=:,;")
_RULE = re.compile(r"[-+|=:,;\s]*")
"""A line of a drawn table, or a row of a spreadsheet of which no field is filled: no bucket's name holds only these."""

_LAST_HEADER = 100
"""The line on which a header stands at the latest."""

_MOST_LINES = 50
"""Lines of one row."""

_CARRIAGE_RETURNS = "the lines end in carriage returns alone: save the list with line feeds, as CSV UTF-8"

_MARK = "\ufeff"
_END = "\x1a"

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
        if '\\"' in text:
            # Spark, Hive and MySQL escape a quote so.
            return split_fields(text.replace('\\"', '""'), separator)
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
    """Lines, each a row. A quoted field may go on over several lines below a header (a key's line break is written
    `%0A`), and a quote that is never closed spoils its own row alone. Keys in tables are URL-encoded (see
    `decode_key`), so blanks around a field are layout. Fields are separated by commas, tabs, semicolons or bars. What
    only rules off a table, or has no field filled, is passed over like a blank line.

    A line that begins as a location does (see `read_location`) is one to its end, but for a tab, and in a URL for any
    separator. One that begins with `{` is an object of JSON, which may take several lines if only its first one breaks
    off where JSON does.

    Without columns a row is `bucket,key`, `bucket,key,version`, or one of a completion report in the schema of S3
    Batch Operations: seven fields, of which the fourth says what became of the object. A first row that names columns
    for a bucket and a key, or for a URI, is a header and decides instead; what stands before it and names no object (a
    title, a comment that begins with `#`) does not matter, nor that it is repeated. So no list can begin with the
    object `key` of a bucket called `bucket`. Of a first row that reads like a header and names no known column, the
    columns stay unknown: then only rows that say by themselves where an object lies are read.
    """

    def __init__(self, columns: Sequence[str] | None) -> None:
        self._lines = PhysicalLines(escapes=True)
        self._separator = ","
        self._columns = None if columns is None else Columns(columns)
        self._unknown_columns = False
        self._begins = columns is None
        self._header: str | None = None
        self._first: tuple[int, str, list[str]] | None = None
        self._quoted: _QuotedLines | None = None
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
        while self._quoted is not None:
            self._give_up_quoted(rows)
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
            # Where lists were joined, a mark stands in the middle, and DOS's end of a file behind.
            text = text.strip(_BLANK).lstrip(_MARK)
            if text and text != _END:
                self._go_on(row, text, rows)

    def _go_on(self, row: int, text: str, rows: list[ReadRow]) -> None:
        if self._json is not None:
            self._go_on_with_json(row, text, rows)
        elif self._quoted is not None:
            self._go_on_with_quoted(row, text, rows)
        else:
            self._read_line(row, text, rows)

    def _read_line(self, row: int, text: str, rows: list[ReadRow]) -> None:
        if text[0] in _MAY_RULE_OFF and _RULE.fullmatch(text):
            return
        if self._begins and self._is_open(text):
            self._quoted = _QuotedLines(row, text)
            return
        self._take_line(row, text, rows)
        # Looked at only where the row is bad, since hardly one goes on.
        if self._columns is not None and _is_bad(row, rows):
            if self._is_open(text):
                rows.pop()
                self._quoted = _QuotedLines(row, text)
            else:
                self._take_unquoted(row, text, rows)

    def _take_line(self, row: int, text: str, rows: list[ReadRow]) -> None:
        if self._begins:
            self._begin(row, text, rows)
        else:
            self._take(row, text, rows)

    def _begin(self, row: int, text: str, rows: list[ReadRow]) -> None:
        """Takes one of the first rows: until one names an object, or the columns, the next may be the header."""
        if self._is_header(row, text, rows):
            return
        self._take(row, text, rows)
        if row >= _LAST_HEADER or (rows and isinstance(rows[-1], GoodRow)):
            self._begins = False

    def _take(self, row: int, text: str, rows: list[ReadRow]) -> None:
        if text[0] == "{":
            self._begin_json(row, text, rows)
            return
        if text == self._header or (text[0] == "#" and self._columns is None and not self._unknown_columns):
            return
        try:
            rows.append(self._row(row, text))
        except ValueError as error:
            rows.append(_bad_row(row, str(error), text))

    def _row(self, row: int, text: str) -> GoodRow:
        columns = self._columns
        if columns is None and text.startswith("s3://") and not self._unknown_columns and "\t" not in text:
            bucket, _, key = text[5:].partition("/")
            if key:
                return GoodRow(row, ObjectRef(check_bucket(bucket), check_key(key)))
        if text[0] in _MAY_BE_LOCATION and is_location(text) and (columns is None or columns.uri is None):
            fields = None if columns is None else self._with_bucket_alone(columns, text)
            return self._location(row, text) if columns is None or fields is None else columns.good_row(row, fields)
        if columns is not None:
            return self._by_columns(columns, row, text)
        if self._unknown_columns:
            uri = only_location(split_fields(text, self._separator))
            if uri is None:
                raise ValueError(_UNKNOWN_COLUMNS)
            return GoodRow(row, read_object_location(uri))
        return self._by_position(row, text)

    def _with_bucket_alone(self, columns: Columns, text: str) -> Sequence[str] | None:
        """The fields of a row whose bucket is written as a location, `arn:aws:s3:::bucket`; None for any other row."""
        try:
            fields = split_fields(text, self._separator)
            return fields if columns.place_bucket_alone(fields) else None
        except ValueError:
            return None

    def _by_columns(self, columns: Columns, row: int, text: str) -> GoodRow:
        fields = split_fields(text, self._separator)
        return columns.good_row(row, columns.readable(fields) if is_escaped(text) else fields)

    def _by_position(self, row: int, text: str) -> GoodRow:
        try:
            return _row_by_position(row, split_fields(text, self._separator))
        except ValueError:
            if (uri := listed_location(text)) is not None:
                return GoodRow(row, read_object_location(uri))
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
        if self._first is not None and self._decide(text, rows):
            return False
        named = _SEPARATOR_NAMED.fullmatch(text)
        if named is not None and row == 1:
            # A spreadsheet's own line.
            self._separator = named[1]
            return True
        if text[0] == "{" or is_location(text):
            self._begins = False
            return False
        fields = self._header_fields(as_western(text).replace("\n", " "))
        if names_bucket_and_key(fields) or (len(fields) == 1 and uri_column(fields) is not None):
            self._name_columns(text, fields)
            return True
        if (
            text[0] != "#"
            and not self._unknown_columns
            and (uri_column(fields) is not None or _reads_like_header(fields))
        ):
            self._first = (row, text, fields)
            return True
        return False

    def _name_columns(self, text: str, fields: Sequence[str]) -> None:
        self._header, self._columns = text, Columns(fields)
        self._begins = self._unknown_columns = False

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

    def _decide(self, text: str, rows: list[ReadRow]) -> bool:
        """Whether the first row is a header, now that the second is known; False where the second may be one itself."""
        assert self._first is not None  # noqa: S101 - the caller has asked
        row, first, fields = self._first
        self._first = None
        if names_bucket_and_key(self._header_fields(text)):
            return self._take_as_object(row, first, rows)
        try:
            second = split_fields(text, self._separator)
        except ValueError:
            second = [text]
        position = uri_column(fields)
        alike = len(second) == len(fields)
        if alike and position is not None and (not second[position] or is_location(second[position].strip(_BLANK))):
            self._name_columns(first, fields)
        elif _is_header_of(fields, second):
            self._unknown_columns = len(fields) > 1
            rows.append(BadRow(row, _LIKE_HEADER, excerpt(as_western(first))))
        else:
            return self._take_as_object(row, first, rows)
        return True

    def _take_as_object(self, row: int, text: str, rows: list[ReadRow]) -> bool:
        """Takes a first row that is no header; whether it names an object, so that no header follows."""
        self._separator = ","
        self._take(row, text, rows)
        self._begins = not isinstance(rows[-1], GoodRow)
        return not self._begins

    def _take_first(self, rows: list[ReadRow]) -> None:
        """A first row that no second one follows is a row like any other."""
        if self._first is not None:
            row, text, _ = self._first
            self._first, self._begins, self._separator = None, False, ","
            self._take(row, text, rows)

    # Fields that go on over several lines

    def _is_open(self, text: str) -> bool:
        """Whether a quoted field goes on behind the line."""
        if '"' not in text or text[0] == "{" or (self._columns is None and self._first is None and is_location(text)):
            return False
        return any(_breaks_off(text, separator) for separator in (_SEPARATORS if self._begins else self._separator))

    def _go_on_with_quoted(self, row: int, text: str, rows: list[ReadRow]) -> None:
        assert self._quoted is not None  # noqa: S101 - the caller has asked
        quoted = self._quoted
        if self._is_row_like(quoted.lines[0][1], text):
            self._give_up_quoted(rows)
            self._go_on(row, text, rows)
            return
        quoted.lines.append((row, text))
        whole = "\n".join(line for _, line in quoted.lines)
        first = quoted.lines[0][0]
        if '"' in text and not self._is_open(whole):
            if self._take_whole(first, whole, rows):
                self._quoted = None
            else:
                self._give_up_quoted(rows)
        elif len(quoted.lines) >= _MOST_LINES or len(whole) > MAX_VALUE:
            self._give_up_quoted(rows)

    def _take_unquoted(self, row: int, text: str, rows: list[ReadRow]) -> None:
        """Takes a bad row once more, its quotes as characters like any other, where they name nothing: MySQL and Hive
        write them so in their tables.
        """
        columns = self._columns
        if columns is None or '"' not in text or not _is_bad(row, rows):
            return
        fields = text.split(self._separator)
        if not columns.names_without_quotes(fields):
            return
        try:
            rows[-1] = columns.good_row(row, columns.readable(fields) if is_escaped(text) else fields)
        except ValueError:
            # What was said of it stands.
            return

    def _is_row_like(self, first: str, text: str) -> bool:
        """Whether a line begins as the row before it does: then that one's quote was never closed."""
        if self._columns is None:
            return False
        start, separator, _ = first.partition(self._separator)
        return bool(separator) and '"' not in start and text.startswith(start + separator)

    def _take_whole(self, row: int, text: str, rows: list[ReadRow]) -> bool:
        """Takes what several lines say together, if that is a header or names an object."""
        if self._columns is None:
            if self._is_header(row, text, rows):
                return True
            if self._columns is None:
                return False
        try:
            rows.append(self._by_columns(self._columns, row, text))
        except ValueError:
            return False
        return True

    def _give_up_quoted(self, rows: list[ReadRow]) -> None:
        """Takes lines that do not belong together one by one."""
        assert self._quoted is not None  # noqa: S101 - the callers have asked
        (row, text), *others = self._quoted.lines
        self._quoted = None
        self._take_line(row, text, rows)
        self._take_unquoted(row, text, rows)
        for row, text in others:
            self._go_on(row, text, rows)

    # JSON

    def _begin_json(self, row: int, text: str, rows: list[ReadRow]) -> None:
        if is_escaped(text):
            rows.append(_bad_row(row, "", text))
            return
        text = text.rstrip(",")
        try:
            rows.append(_json_row(row, load_told(text), text))
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


def _is_bad(row: int, rows: Sequence[ReadRow]) -> bool:
    """Whether the last that was read is this row, and bad."""
    return bool(rows) and rows[-1].row == row and isinstance(rows[-1], BadRow)


def _bad_row(row: int, message: str, text: str) -> BadRow:
    """What is wrong with a line. That it is not UTF-8 says more than what it looks like then."""
    if is_escaped(text):
        return not_utf8(row, text.encode(errors="surrogateescape"))
    return BadRow(row, message, excerpt(text))


class _QuotedLines:
    """A row of which a quoted field goes on behind its line, and the lines that came since."""

    def __init__(self, row: int, text: str) -> None:
        self.lines = [(row, text)]


def _breaks_off(text: str, separator: str) -> bool:
    """Whether the last field is in quotes that are not closed."""
    try:
        split_fields(text, separator)
    except ValueError:
        pass
    else:
        return False
    try:
        split_fields(f'{text}"', separator)
    except ValueError:
        return False
    return True


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
            return _json_row(self._row, load_told(whole), whole)
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
_WORD = re.compile(r"[^\W\d](?:[^\W\d]|[ #()/\[\]?%&*:'-]|[0-9]{1,2}(?= ))*[0-9]{0,2}\.?")
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
    if any("\r" in field for field in fields):
        raise ValueError(_CARRIAGE_RETURNS)
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
