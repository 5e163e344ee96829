"""Lists of decisions: a table with a header, or lines of JSON, each row a video and what is decided of it.

A row that cannot be read is told by its number, and its neighbours are read as if nothing had happened.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from reelsift.domain.decision import Action, EscalationKind
from reelsift.domain.decision_request import DecisionRequest, UnusableRequest
from reelsift.manifests.columns import column_name
from reelsift.manifests.encodings import ToUtf8
from reelsift.manifests.formulas import written_cell
from reelsift.manifests.manifest_row import excerpt
from reelsift.manifests.physical_lines import NumberedText, PhysicalLines
from reelsift.manifests.untrusted_json import JsonError, load_json

NAMES = (
    *("video", "action", "reasons", "note", "as", "age", "territories", "warning_label", "demote", "demonetise"),
    *("kind", "decision", "seen_decision", "etag", "appeal", "to"),
)
"""What a row may say."""

_COLUMNS = {column_name(name): name for name in NAMES} | {
    "videoid": "video",
    "uri": "video",
    "reason": "reasons",
    "territory": "territories",
    "seen": "seen_decision",
}
_DELIMITERS = ",;\t"
_LONGEST_VALUE = 5000
_COLUMNS_NAMED = 5
_LARGEST = 10**9
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})

NO_HEADER = (
    "the first line must name the columns, video and action among them: there are " + ", ".join(NAMES) + "; or each"
    " line is a JSON object with these members"
)


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A row: which video is meant (an id or a location), what is asked for, and for whom (None: whoever runs it).
    `row` counts the lines of the file from 1.
    """

    row: int
    video: str
    request: DecisionRequest
    named: str | None = None


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row of which nothing can be made. `problem` is a sentence for whoever wrote it; `start` its beginning."""

    row: int
    problem: str
    start: str


class NoDecisionList(ValueError):
    """The file is no list of decisions; the message says what is missing."""


@dataclass(slots=True)
class DecisionRows:
    """Reads a list as its bytes arrive: `feed` gives the rows that are complete, `close` the last one. At most a line
    is kept between two calls.

    Raises NoDecisionList for a file whose first line is neither a header nor JSON.
    """

    _utf8: ToUtf8 = field(default_factory=ToUtf8)
    _lines: PhysicalLines = field(default_factory=PhysicalLines)
    _header: list[str] | None = None
    _delimiter: str = ","

    def feed(self, data: bytes) -> Iterator[DecisionRow | UnreadableRow]:
        """The rows that `data` completes. They must be taken before the next call."""
        return self._read(self._lines.feed(self._utf8.feed(data)))

    def close(self) -> Iterator[DecisionRow | UnreadableRow]:
        """The last rows, where no line feed ended them."""
        yield from self._read(self._lines.feed(self._utf8.close()))
        yield from self._read(self._lines.close())

    def _read(self, lines: Iterator[Any]) -> Iterator[DecisionRow | UnreadableRow]:
        for line in lines:
            if not isinstance(line, tuple):
                if self._header is None:
                    raise NoDecisionList(NO_HEADER)
                yield UnreadableRow(line.row, line.message, line.excerpt)
                continue
            numbered: NumberedText = line
            row, text = numbered
            if self._header is None and not text.lstrip().startswith("{"):
                self._begin(text)
                continue
            if self._header is None:
                self._header = []
            try:
                yield _row(row, self._values(text))
            except (UnusableRequest, _RowError) as problem:
                yield UnreadableRow(row, "; ".join(str(problem).split("\n")), excerpt(text))

    def _begin(self, text: str) -> None:
        """The first line names the columns."""
        self._delimiter = max(_DELIMITERS, key=text.count)
        try:
            cells = _cells(text, self._delimiter)
        except _RowError as problem:
            raise NoDecisionList(f"the first line names no columns: {problem}") from None
        header = [_COLUMNS.get(column_name(cell), "") for cell in cells]
        known = [name for name in header if name]
        if not {"video", "action"} <= set(known):
            raise NoDecisionList(NO_HEADER)
        twice = sorted({name for name in known if known.count(name) > 1})
        if twice:
            raise NoDecisionList(f"the first line names the column {twice[0]} twice")
        # Left out, a misspelt `age` would be a restriction that is not made.
        unknown = [cell for cell, name in zip(cells, header, strict=True) if not name and cell.strip()]
        if unknown:
            raise NoDecisionList(_unknown_columns(unknown))
        self._header = header

    def _values(self, text: str) -> Mapping[str, Any]:
        """What a row says, by NAMES."""
        if not self._header:
            return _object(text)
        cells = _cells(text, self._delimiter)
        if len(cells) > len(self._header):
            raise _RowError(f"it has {len(cells)} fields, and the first line names {len(self._header)}")
        named = zip(self._header, map(written_cell, cells), strict=False)
        values = [(name, value) for name, value in named if value.strip()]
        if any(not name for name, _ in values):
            raise _RowError("a field stands in a column to which the first line gives no name")
        return dict(values)


class _RowError(ValueError):
    """A row cannot be read; the message is a sentence."""


def _unknown_columns(unknown: list[str]) -> str:
    """A sentence that names some of them, and what each may have been meant to be."""
    named = []
    for cell in unknown[:_COLUMNS_NAMED]:
        near = get_close_matches(column_name(cell), _COLUMNS, n=1)
        meant = f" ({_COLUMNS[near[0]]}?)" if near else ""
        named.append(f"{excerpt(cell.strip())!r}{meant}")
    left = len(unknown) - len(named)
    more = f" and {left:,} more" if left else ""
    return (
        f"the first line names columns that nothing is known of: {', '.join(named)}{more}; there are {', '.join(NAMES)}"
    )


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        raise _RowError(
            "a quote is not closed within the line; line breaks within a field need lines of JSON"
        ) from None


def _object(text: str) -> Mapping[str, Any]:
    try:
        value = load_json(text)
    except JsonError as error:
        raise _RowError(str(error)) from None
    if not isinstance(value, dict):
        raise _RowError("it is no JSON object")
    read: dict[str, Any] = {}
    for member, told in value.items():
        name = _COLUMNS.get(column_name(member))
        if name is None:
            raise _RowError(f"there is no member {excerpt(member)!r}; there are {', '.join(NAMES)}")
        if name in read:
            raise _RowError(f"it says {name} twice")
        if told is not None:
            read[name] = told
    return read


def _row(row: int, values: Mapping[str, Any]) -> DecisionRow:
    """A row by what it says. Raises _RowError and UnusableRequest."""
    named = _text(values, "as")
    action = _one_of(values, "action", Action)
    video = _text(values, "video")
    if action is None or video is None:
        raise _RowError("it needs a video and an action")
    request = DecisionRequest(
        action=action,
        reasons=_list(values, "reasons"),
        note=_text(values, "note"),
        age=_whole(values, "age"),
        territories=_list(values, "territories"),
        warning_label=_text(values, "warning_label"),
        demote=_flag(values, "demote"),
        demonetise=_flag(values, "demonetise"),
        kind=_one_of(values, "kind", EscalationKind),
        decision=_whole(values, "decision"),
        seen=_whole(values, "seen_decision"),
        etag=_text(values, "etag"),
        appeal=_text(values, "appeal"),
        to=_one_of(values, "to", Action),
    ).checked()
    return DecisionRow(row, video, request, named)


def _text(values: Mapping[str, Any], name: str) -> str | None:
    value = values.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _RowError(f"{name} must be text")
    if len(value) > _LONGEST_VALUE:
        raise _RowError(f"{name} has more than {_LONGEST_VALUE:,} characters")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise _RowError(f"{name} has half a surrogate pair, which stands for no character")
    return value.strip() or None


def _list(values: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The entries of a list, or of a text that separates them by spaces, commas, semicolons or bars."""
    value = values.get(name, [])
    if isinstance(value, list):
        if not all(isinstance(entry, str) and len(entry) <= _LONGEST_VALUE for entry in value):
            raise _RowError(f"{name} must be texts")
        return tuple(value)
    text = _text(values, name) or ""
    for separator in ",;|":
        text = text.replace(separator, " ")
    return tuple(text.split())


def _whole(values: Mapping[str, Any], name: str) -> int | None:
    value = values.get(name)
    if value is None:
        return None
    if (
        isinstance(value, str)
        and value.strip().isascii()
        and value.strip().isdecimal()
        and len(value) <= len(str(_LARGEST))
    ):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST:
        raise _RowError(f"{name} must be a whole number")
    return value


def _flag(values: Mapping[str, Any], name: str) -> bool:
    value = values.get(name, False)
    text = value.strip().casefold() if isinstance(value, str) else value
    if text is True or text in _TRUE:
        return True
    if text is False or text in _FALSE:
        return False
    raise _RowError(f"{name} must be true or false")


def _one_of(values: Mapping[str, Any], name: str, kinds: Callable[[str], Any]) -> Any:
    text = _text(values, name)
    if text is None:
        return None
    try:
        return kinds(text.casefold())
    except ValueError:
        raise _RowError(f"{name} must be one of {', '.join(kinds)}, not {excerpt(text)!r}") from None  # type: ignore[arg-type]
