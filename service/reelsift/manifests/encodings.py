"""Text that programs save in UTF-16, made into UTF-8 as its bytes arrive."""

import codecs
import re

_TOLD_BY = 8
"""Bytes by which an encoding is told."""

_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

# Without a mark only what begins with four ASCII characters is safely UTF-16: no line of UTF-8 begins so.
_UNMARKED = {
    re.compile(rb"(?:[\x09-\x7e]\x00){4}"): "utf-16-le",
    re.compile(rb"(?:\x00[\x09-\x7e]){4}"): "utf-16-be",
}

_NO_CHARACTER = b"\xff"
"""Stands for half a character: no UTF-8 has it, so that the line it lies in is refused."""


_ESCAPED = re.compile(r"[\udc80-\udcff]")


def is_escaped(text: str) -> bool:
    """Whether a text was decoded from what is no UTF-8, with `surrogateescape`."""
    return not text.isascii() and _ESCAPED.search(text) is not None


def as_western(text: str) -> str:
    """Such a text as Excel writes it on Windows in the west; only a guess, fit for what names nothing."""
    return text.encode(errors="surrogateescape").decode("cp1252", "replace") if is_escaped(text) else text


class ToUtf8:
    """UTF-8 is passed on as it is, UTF-16 decoded: with a byte order mark, or without where it begins with ASCII.

    `feed` takes whatever has arrived, `close` gives what is left. Where one piece ends and the next begins does not
    matter.
    """

    def __init__(self) -> None:
        self._start: bytes | None = b""
        self._decoder: codecs.IncrementalDecoder | None = None

    def feed(self, data: bytes) -> bytes:
        """The bytes of `data` in UTF-8, as far as it is clear what they are."""
        if self._start is not None:
            self._start += data
            if len(self._start) < _TOLD_BY:
                return b""
            data = self._begin()
        return data if self._decoder is None else self._decode(data)

    def close(self) -> bytes:
        """What is left."""
        data = b"" if self._start is None else self._begin()
        if self._decoder is None:
            return data
        half = self._decoder.getstate()[0] if not data else b""
        text = self._decode(data)
        half = self._decoder.getstate()[0] or half
        return text + (_NO_CHARACTER if half else b"")

    def _begin(self) -> bytes:
        data, self._start = self._start or b"", None
        encoding = _MARKS.get(data[:2])
        if encoding is None:
            encoding = next((name for pattern, name in _UNMARKED.items() if pattern.match(data)), None)
        if encoding is not None:
            # Halves of surrogate pairs come out as what is no UTF-8, and are refused where they lie.
            self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        return data

    def _decode(self, data: bytes) -> bytes:
        assert self._decoder is not None  # noqa: S101 - the callers have asked
        return self._decoder.decode(data).encode("utf-8", "surrogatepass")
