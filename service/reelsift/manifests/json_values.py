"""The values of a JSON array, one by one as its bytes arrive, and what is wrong with some of them."""

import codecs
import re
from collections.abc import Iterator
from typing import Any

from reelsift.manifests.untrusted_json import TOLD, JsonError, load_told

MAX_VALUE = 64 * 1024
"""Characters of one value at most; a longer one is no row of a list and is never held in memory."""

_BETWEEN = re.compile(r"[\s,]*")
_MARKS = re.compile(r'["\\{}\[\]\n,]')
_NESTS = {"{": 1, "[": 1, "}": -1, "]": -1}
_IN_STRING = re.compile(r'["\\\n]')

TOO_LONG = f"the value is longer than {MAX_VALUE // 1024} KiB"
UNFINISHED = "it is JSON that ends too early"

_CAREFUL = 100
"""Values that are taken apart by hand after one that was not sound."""


class Ending:
    """Searches the text for the end of the value it begins with, a piece at a time, each looked at once."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def find(self, text: str, start: int) -> int | None:
        """Where the value ends; None if that is still to come. A string that a line break cuts ends the value there."""
        place = start
        if self._escaped and place < len(text):
            place, self._escaped = place + 1, False
        while mark := (_IN_STRING if self._in_string else _MARKS).search(text, place):
            place = mark.end()
            if mark[0] == "\\":
                # What it escapes may be in the next piece.
                self._escaped = self._in_string and place == len(text)
                place += self._in_string
            elif self._in_string:
                self._in_string = False
                if mark[0] == "\n" or not self._depth:
                    return place
            elif mark[0] == '"':
                self._in_string = True
            elif mark[0] not in "{[" and not self._depth:
                # A comma or a line break after a number or a word, or a bracket too many.
                return mark.start()
            else:
                self._depth += _NESTS.get(mark[0], 0)
                if not self._depth:
                    return place
        return None


class ArrayValues:
    """Splits arrays of JSON, one or several after the other, into their values.

    `feed` takes whatever has arrived and gives the values that are complete, each as what it is or as a `JsonError`;
    `close` gives what is left. At most one value, of `MAX_VALUE`, is kept between two calls.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._open = False
        self._ending: Ending | None = None
        self._searched = 0
        self._skips = False
        self._careful = 0

    def feed(self, data: bytes) -> Iterator[Any]:
        """The values that `data` completes. They must be taken before the next call."""
        return self._read(self._decoder.decode(data), last=False)

    def close(self) -> Iterator[Any]:
        """The last value, where the array has no end."""
        yield from self._read(self._decoder.decode(b"", final=True), last=True)
        if self._text and not self._skips:
            yield JsonError(UNFINISHED)
        self._text, self._skips = "", False

    def _read(self, more: str, *, last: bool) -> Iterator[Any]:
        text, place = self._text + more, 0
        while True:
            if self._ending is None:
                place = _after_blanks(text, place)
                if place == len(text):
                    break
                if text[place] in "[]" and self._open is (text[place] == "]"):
                    self._open = not self._open
                    place += 1
                    continue
                end = self._sound_end(text, place)
                if end is not None:
                    yield self._value if end - place <= MAX_VALUE else JsonError(TOO_LONG)
                    place = end
                    continue
                self._ending, self._searched = Ending(), place
            end = self._ending.find(text, self._searched)
            self._searched = len(text)
            if end is None and last and not self._skips and _is_bare(text[place:]):
                end = len(text)
            if end is None:
                if len(text) - place > MAX_VALUE and not self._skips:
                    self._skips = True
                    yield JsonError(TOO_LONG)
                place = len(text) if self._skips else place
                break
            if not self._skips:
                yield _value(text[place:end])
            # What is no value and has no length must not be met again.
            place = max(end, place + 1)
            self._ending, self._skips = None, False
        self._text = text[place:]
        self._searched -= place

    def _sound_end(self, text: str, place: int) -> int | None:
        """Where a sound value, then in `_value`, ends; None where there is none, or it may go on."""
        if self._careful:
            # The decoder's complaint counts the lines before its place: many of them would take as much time again.
            self._careful -= 1
            return None
        try:
            self._value, end = TOLD.raw_decode(text, place)
        except (ValueError, RecursionError):
            self._careful = _CAREFUL
            return None
        # A number may go on in what is still to come.
        return end if text[end - 1] in '"}]' else None


def values_of(text: str, limit: int) -> Iterator[Any]:
    """The values that a text holds one after the other, or one a line, each as what it is or as a `JsonError`; of more
    than `limit` only so many.
    """
    place = _after_blanks(text, 0)
    for _ in range(limit):
        if place == len(text):
            return
        end = Ending().find(text, place)
        end = len(text) if end is None else max(end, place + 1)
        try:
            yield load_told(text[place:end])
        except JsonError as error:
            yield error
        place = _after_blanks(text, end)


def is_whole(text: str) -> bool:
    """Whether a text holds a whole value, sound or not."""
    return Ending().find(text, 0) is not None


def _after_blanks(text: str, place: int) -> int:
    blanks = _BETWEEN.match(text, place)
    return place if blanks is None else blanks.end()


def _is_bare(text: str) -> bool:
    """Whether a text is a number or a word, which nothing ends but what follows."""
    return text[:1] not in '"{['


def _value(text: str) -> Any:
    if len(text) > MAX_VALUE:
        return JsonError(TOO_LONG)
    try:
        return load_told(text)
    except JsonError as error:
        return error
