"""A detection: one row of Rekognition's answer."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

Mark = Any
"""What tells one detection from others of its group. An int fits into 64 bits; all marks of an analysis are ints, or
none is."""

LATEST_MS = 2**53
"""Beyond this a time is no time of a video (and JSON's numbers stop being exact)."""


class MalformedAnswerError(ValueError):
    """A page of an answer is not what Rekognition sends.

    `page` counts from 1, `row` from 0 as in JSON (None: the page itself); `member` is the path inside the row.
    """

    def __init__(self, problem: str, *, page: int, member: str, row: int | None = None) -> None:
        place = member if row is None else f"row {row}, {member}"
        super().__init__(f"page {page}, {place}: {problem}")
        self.page = page
        self.row = row
        self.member = member


class Reading(NamedTuple):
    """One detection without its label: when it was seen (milliseconds from the video's start), how sure Rekognition was
    (0-100), and its mark.
    """

    at_ms: int
    confidence: float
    mark: Mark


@dataclass(frozen=True, slots=True)
class Detection:
    """One label at one time.

    `at_ms` counts from the video's start; `confidence` is Rekognition's 0-100, unchanged. `parents` are the label's
    ancestors without the label itself: for a moderation label the path from the top level as far as taxonomy and
    row tell, for LabelDetection all ancestors in the order of the row (which varies from row to row). `end_ms` is
    set where the row is a whole stretch from `at_ms` to it, as AWS gives them by SEGMENTS.

    Detections of one `group` are one label's, whatever each calls itself; None: the label is the group. `mark` is what
    `AnalysisSpec.details`, `details_of_readings` and `find_label` are told of the row.
    """

    at_ms: int
    label: str
    parents: tuple[str, ...]
    confidence: float
    end_ms: int | None = None
    group: str | None = None
    mark: Mark = None

    @property
    def key(self) -> str:
        """What the detection is grouped by."""
        return self.label if self.group is None else self.group


def read_rows(page: Mapping[str, Any], key: str, page_number: int) -> Iterator["Row"]:
    """The rows that a Get* page lists under `key`. Raises MalformedAnswerError where they are no list of objects."""
    rows = page.get(key)
    if not isinstance(rows, list | tuple):
        problem = "must be a list, is missing" if rows is None else "must be a list"
        raise MalformedAnswerError(problem, page=page_number, member=key)
    for n, row in enumerate(rows):
        yield Row(row, f"{key}[{n}]", page_number, n)


class Row:
    """Reads typed members of one JSON object and knows how to name it when one is wrong."""

    __slots__ = ("_members", "_name", "_page", "_row")

    def __init__(self, members: Any, name: str, page: int, row: int) -> None:
        self._name, self._page, self._row = name, page, row
        if not isinstance(members, Mapping):
            raise self.error("", "must be an object")
        self._members = members

    def error(self, member: str, problem: str) -> MalformedAnswerError:
        name = f"{self._name}.{member}" if member else self._name
        return MalformedAnswerError(problem, page=self._page, row=self._row, member=name)

    def has(self, member: str) -> bool:
        return self._members.get(member) is not None

    def inner(self, member: str) -> "Row":
        return Row(self._members.get(member), f"{self._name}.{member}", self._page, self._row)

    def inners(self, member: str) -> list["Row"]:
        items = self._members.get(member)
        if items is None:
            return []
        if not isinstance(items, list | tuple):
            raise self.error(member, "must be a list")
        return [Row(item, f"{self._name}.{member}[{n}]", self._page, self._row) for n, item in enumerate(items)]

    def text(self, member: str) -> str:
        value = self._members.get(member)
        if not isinstance(value, str) or not (value.isascii() or _is_unicode(value)):
            raise self.error(member, "must be text")
        return value

    def texts(self, member: str) -> list[str]:
        items = self._members.get(member)
        if not isinstance(items, list | tuple | None):
            raise self.error(member, "must be a list")
        return [Row({member: item}, self._name, self._page, self._row).text(member) for item in items or ()]

    def name(self, member: str = "Name") -> str:
        name = self.text(member)
        if not name:
            raise self.error(member, "must not be empty")
        return name

    def time(self, member: str) -> int:
        value = self._members.get(member)
        if type(value) is not int or not 0 <= value <= LATEST_MS:
            raise self.error(member, "must be a whole number of milliseconds, not negative")
        return value

    def number(self, member: str) -> int | float:
        value = self._members.get(member)
        # A whole number may be too large to be asked whether it is finite.
        infinite = isinstance(value, float) and not math.isfinite(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or infinite:
            raise self.error(member, "must be a number")
        return value

    def confidence(self) -> float:
        value = self.number("Confidence")
        if not 0 <= value <= 100:  # noqa: PLR2004 -- Rekognition's own bounds of a Percent
            raise self.error("Confidence", "must lie between 0 and 100")
        return float(value)

    def count(self, member: str) -> int:
        value = self._members.get(member)
        if type(value) is not int or value < 0:
            raise self.error(member, "must be a whole number, not negative")
        return value

    def span(self) -> tuple[int, int | None]:
        """Where the row starts and, in an answer of stretches, where it ends. Milliseconds from the video's start."""
        return self.stretch() if self.has("EndTimestampMillis") else (self.time("Timestamp"), None)

    def stretch(self) -> tuple[int, int]:
        """Where the row starts and ends. Milliseconds from the video's start."""
        start_ms = self.time("StartTimestampMillis" if self.has("StartTimestampMillis") else "Timestamp")
        end_ms = self.time("EndTimestampMillis")
        if end_ms < start_ms:
            raise self.error("EndTimestampMillis", f"must not lie before the start, {start_ms}")
        return start_ms, end_ms


def _is_unicode(text: str) -> bool:
    """Whether a text can be stored: half a surrogate pair, which JSON can bring, cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
