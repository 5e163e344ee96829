"""Bytes that arrive in pieces, split into numbered lines of text."""

from collections.abc import Iterator

from reelsift.manifests.manifest_row import MAX_EXCERPT, BadRow, excerpt

MAX_LINE_BYTES = 64 * 1024
"""A longer line is no row of a manifest (a key has at most 1,024 bytes); it is never held in memory."""

NumberedText = tuple[int, str]
"""A line's number, from 1, and its text without the line break."""

_BOM = "\ufeff"
_TOO_LONG = f"the line is longer than {MAX_LINE_BYTES // 1024} KiB; is the file a manifest, and are its lines broken?"
_NOT_UTF8 = "the line is not UTF-8; save the file as UTF-8"


class PhysicalLines:
    """Splits bytes at line feeds and counts as an editor does: every line, blank ones too, from 1.

    `feed` takes whatever has arrived and returns the lines that are complete; `close` returns the last one. It
    does not matter where one piece ends and the next begins. Blank lines are counted but not returned. A line that is
    too long or not UTF-8 becomes a `BadRow`, and the next one is read as if nothing had happened. At most
    `MAX_LINE_BYTES` are kept between two calls. With `escapes`, what is not UTF-8 is text all the same, with lone
    surrogates for its bytes (see `not_utf8`).
    """

    def __init__(self, *, escapes: bool = False) -> None:
        self._escapes = escapes
        self._row = 0
        self._tail = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> Iterator[NumberedText | BadRow]:
        """The lines that `data` completes. They must be taken before the next call."""
        start = 0
        if self._skipping:
            start = data.find(b"\n") + 1
            if not start:
                return
            self._skipping = False
        end = data.rfind(b"\n")
        if end >= start:
            block = bytes(self._tail) + data[start:end]
            self._tail.clear()
            yield from self._split(block)
            start = end + 1
        self._tail += data[start : start + MAX_LINE_BYTES + 1]
        if len(self._tail) > MAX_LINE_BYTES:
            # Reported now, while its beginning is still known; the remainder is skipped up to the next line feed.
            self._skipping = True
            self._row += 1
            yield _too_long(self._row, bytes(self._tail))
            self._tail.clear()

    def close(self) -> Iterator[NumberedText | BadRow]:
        """The last line, where no line feed ended it."""
        if self._tail:
            yield from self._split(bytes(self._tail))
            self._tail.clear()

    def _split(self, block: bytes) -> Iterator[NumberedText | BadRow]:
        """The lines of `block`, which begins and ends with whole lines."""
        row = self._row
        self._row += block.count(b"\n") + 1
        try:
            lines = block.decode().split("\n")
        except UnicodeDecodeError:
            yield from self._split_bytes(block, row)
            return
        for text in lines:
            row += 1
            # A character is at most four bytes: only lines that may be too long are measured.
            if len(text) > MAX_LINE_BYTES // 4 and len(text.encode()) > MAX_LINE_BYTES:
                yield _too_long(row, text.encode())
                continue
            line = _trimmed(row, text)
            if line and not line.isspace():
                yield row, line

    def _split_bytes(self, block: bytes, row: int) -> Iterator[NumberedText | BadRow]:
        """The lines after `row`, one by one, because one of them is not UTF-8."""
        for raw in block.split(b"\n"):
            row += 1
            if len(raw) > MAX_LINE_BYTES:
                yield _too_long(row, raw)
                continue
            try:
                line = _trimmed(row, raw.decode(errors="surrogateescape" if self._escapes else "strict"))
            except UnicodeDecodeError:
                yield not_utf8(row, raw)
                continue
            if line and not line.isspace():
                yield row, line


def not_utf8(row: int, raw: bytes) -> BadRow:
    """The row of a line that is not UTF-8."""
    return BadRow(row, _NOT_UTF8, _excerpt(raw))


def _trimmed(row: int, text: str) -> str:
    return (text.removeprefix(_BOM) if row == 1 else text).removesuffix("\r")


def _too_long(row: int, raw: bytes) -> BadRow:
    return BadRow(row, _TOO_LONG, _excerpt(raw))


def _excerpt(raw: bytes) -> str:
    # Four times the characters are enough bytes for any of them, and few enough to decode whatever the line's length.
    return excerpt(raw[: 4 * MAX_EXCERPT].decode(errors="backslashreplace"))
