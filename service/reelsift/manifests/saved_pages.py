"""Pages of Get* answers, in the forms in which people save them.

This text stands twice: in the embedded cloud, which replays recordings, and in the product, which inspects them.
Neither may import the other, since neither's wheel holds the other; a test holds the two texts equal.
"""

import json
import re
import zlib
from collections.abc import Collection, Iterable, Iterator
from typing import Any

Page = dict[str, Any]

MAX_BYTES = 256 * 1024 * 1024
"""Of an answer, unpacked. Six hours of video in which every sample shows something give about as much."""

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = zlib.MAX_WBITS | 16
_BETWEEN = re.compile(r"[\s,\x1e\ufeff]*")
_DEEPEST = 32
_WRAPPERS = 6

_TIMES = frozenset({"Timestamp", "StartTimestampMillis", "EndTimestampMillis", "DurationMillis"})
_WHOLE = _TIMES | {"FrameHeight", "FrameWidth", "TaxonomyLevel", "StartFrameNumber", "EndFrameNumber", "DurationFrames"}
_NUMBERS = _WHOLE | {"Confidence", "FrameRate", "Left", "Top", "Width", "Height"}
_NUMBER = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?")
_LARGEST_WHOLE = 2**53
_STATUSES = frozenset({"SUCCEEDED", "FAILED", "IN_PROGRESS"})

_TYPED = frozenset({"S", "N", "L", "M", "BOOL"})
"""What DynamoDB wraps a value in."""

_SEGMENT_KINDS = ("TechnicalCueSegment", "ShotSegment")
"""A row of `Segments` has one of them, and no `Timestamp`."""

_SPAN = ("StartTimestampMillis", "EndTimestampMillis", "DurationMillis")

_LEAST_FRACTION = 0.2
"""What is asked for without a least confidence has some that are far below 1 in 100, and few between that and 1."""

_HINTED_BY = 200
# No word of it may stand in what Rekognition says of a video that it cannot read: format, codec, access, duration.
_HINT = "save it as JSON: output `json` of the AWS CLI, json.dumps in Python, JSON.stringify in JavaScript"


class UnreadablePages(ValueError):
    """The bytes are no recorded answer; the message says what they are instead, or where they are damaged.

    `element` counts from 1 the page that is meant, where there are several.
    """

    def __init__(self, problem: str, element: int | None = None) -> None:
        super().__init__(problem)
        self.element = element


def read_pages(data: bytes, rows: Collection[str]) -> list[tuple[int | None, Page]]:
    """The pages that `data` holds, each with its number where they come as a list or one after the other.

    `rows` are the members by which the Get* operations list what they found, such as `ModerationLabels`. Read are
    pages as AWS sends them, one, a list of them, one after the other or one a line; lists of rows alone; both also
    within members of another name, and in texts that are JSON themselves; gzip; every UTF; what Python prints; names in
    camelCase and snake_case; values as .NET (`{"Value": …}`) and DynamoDB (`{"N": "5"}`) wrap them; and numbers as
    text. Raises UnreadablePages.
    """
    values, listed = _values(_text(_unpacked(data)))
    found: list[tuple[int | None, Page]] = []
    bare: dict[str, list[Any]] = {}
    for number, value in enumerate(values, 1):
        element = number if listed else None
        for page in _pages(_opened(_plain(value, "", 0), rows), rows, element):
            kind = _row_kind(page, rows)
            if kind is None:
                found.append((element, _complete(page, rows, element)))
            else:
                bare.setdefault(kind, []).append(page)
    found += [(None, _complete({kind: listed_rows}, rows, None)) for kind, listed_rows in bare.items()]
    _refuse_fractions(page for _, page in found)
    return found


def _unpacked(data: bytes) -> bytes:
    """The bytes without gzip, which may have several members."""
    unpacked = bytearray()
    while data.startswith(_GZIP):
        member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            unpacked += member.decompress(data, MAX_BYTES + 1 - len(unpacked))
        except zlib.error as error:
            raise UnreadablePages(f"this is gzip, and damaged: {error}") from None
        if len(unpacked) > MAX_BYTES:
            break
        if not member.eof:
            raise UnreadablePages("this is gzip, and cut short")
        data = member.unused_data
    else:
        if not unpacked:
            unpacked += data
    if len(unpacked) > MAX_BYTES:
        raise UnreadablePages(f"this is larger than any answer: {MAX_BYTES // 1024**2} MiB at most")
    return bytes(unpacked)


_PACKED = {
    b"PK\x03\x04": "a zip archive",
    b"BZh": "packed by bzip2",
    b"\xfd7zXZ": "packed by xz",
    b"(\xb5/\xfd": "packed by zstd",
    _GZIP: "gzip within gzip",
}


def _text(data: bytes) -> str:
    for start, what in _PACKED.items():
        if data.startswith(start):
            raise UnreadablePages(f"this is {what}: unpack it")
    # It tells UTF-8, UTF-16 and UTF-32 apart, with a byte order mark or without.
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UnreadablePages(f"this is not JSON: {error.reason} at byte {error.start}; save it as UTF-8") from None


def _values(text: str) -> tuple[list[Any], bool]:
    """The values of the text, and whether they are several: a list, or one after the other."""
    try:
        values = list(_decoded(text))
    except (ValueError, RecursionError) as error:
        try:
            # What Python prints is tried only now, since text in quotes may look like it.
            values = list(_decoded(_as_json(text)))
        except (ValueError, RecursionError):
            raise UnreadablePages(f"this is not JSON: {_why(error)}{_hint(text)}") from None
    if len(values) == 1 and isinstance(values[0], list):
        return values[0], True
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return flat, len(values) > 1


def _decoded(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    place = _after_blanks(text, 0)
    if place == len(text):
        raise ValueError("it is empty")
    while place < len(text):
        value, end = decoder.raw_decode(text, place)
        yield value
        place = _after_blanks(text, end)


def _after_blanks(text: str, place: int) -> int:
    blanks = _BETWEEN.match(text, place)
    return place if blanks is None else blanks.end()


def _why(error: BaseException) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _hint(text: str) -> str:
    """What to do about text that some program has printed."""
    start = text.lstrip()[:_HINTED_BY]
    if start.startswith("<"):
        return "; it looks like XML or HTML, as where a download failed"
    printed = start[:1] not in {"", "{", "[", '"'} or re.match(r"[\[{(\s]*:?['\w.]+(?:\[.{0,40}\])?\s*[:=({]", start)
    return f"; it looks like what a program prints: {_HINT}" if printed else ""


_PYTHON = re.compile(
    r"""
      # One that nothing closes goes to the end: tried again from each quote in it, it would take for ever.
      (?P<text> ' (?:[^'\\]|\\.)* (?: ' | \Z | \\\Z ) | " (?:[^"\\]|\\.)* (?: " | \Z | \\\Z ) )
    | \b (?P<name> True | False | None ) \b
    | (?P<decimal> Decimal\( \s* '(?P<digits>[0-9.eE+-]{1,40})' \s* \) )
    | (?P<comma> , (?=\s*[\]}]) )
    """,
    re.VERBOSE | re.DOTALL,
)
_NAMES = {"True": "true", "False": "false", "None": "null"}
_ESCAPES = re.compile(r"""\\(?:x([0-9a-fA-F]{2})|U([0-9a-fA-F]{8})|(.))|(")|([\x00-\x1f])""", re.DOTALL)


def _as_json(text: str) -> str:
    """What Python prints (`{'Name': None}`), as JSON; other text comes out as other text."""
    return _PYTHON.sub(_python_token, text)


def _python_token(found: re.Match[str]) -> str:
    if found["text"] is not None:
        return f'"{_ESCAPES.sub(_escape, found["text"][1:-1])}"'
    if found["name"] is not None:
        return _NAMES[found["name"]]
    return found["digits"] or ""


def _escape(found: re.Match[str]) -> str:
    short, long, escaped, quote, control = found.groups()
    if short or long:
        point = int(short or long, 16)
        return json.dumps(chr(point))[1:-1] if point < 0x110000 else "\\ufffd"  # noqa: PLR2004 - where Unicode ends
    if quote or control:
        return json.dumps(quote or control)[1:-1]
    return escaped if escaped == "'" else f"\\{escaped}"


def _plain(value: Any, name: str, depth: int) -> Any:
    """A value as AWS's own JSON has it, below a member of this name."""
    if depth > _DEEPEST:
        return value
    if isinstance(value, dict):
        if len(value) == 1:
            ((wrapper, inner),) = value.items()
            if wrapper == "NULL":
                return None
            if wrapper in _TYPED or (wrapper in {"Value", "value"} and not isinstance(inner, dict)):
                return _plain(inner, name, depth + 1)
        members: dict[str, Any] = {}
        for member, inner in value.items():
            known = _member(member)
            if known == member or known not in members:
                members[known] = _plain(inner, known, depth + 1)
        return members
    if isinstance(value, list):
        return [_plain(one, name, depth + 1) for one in value]
    return _number(value, name) if name in _NUMBERS else value


def _member(name: str) -> str:
    """A member's name as AWS writes it, from camelCase and snake_case."""
    if not name[:1].isupper() or "_" in name:
        name = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    return name.replace("Smpte", "SMPTE")


def _number(value: Any, name: str) -> Any:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value) if any(mark in value for mark in ".eE") else int(value)
    if isinstance(value, float) and name in _WHOLE and abs(value) < _LARGEST_WHOLE and value.is_integer():
        return int(value)
    return value


def _pages(value: Any, rows: Collection[str], element: int | None, depth: int = 0) -> Iterator[Page]:
    """The pages and bare rows that a value is, or has in one of its members."""
    if isinstance(value, list):
        for one in value:
            yield from _pages(one, rows, element, depth)
    elif not isinstance(value, dict):
        raise UnreadablePages("a page of an answer is a JSON object", element)
    elif _is_page(value, rows) or depth == _WRAPPERS:
        yield value
    else:
        # Each that holds one: what is left out here would look clean.
        inner = [member for member in value.values() if _holds_pages(member, rows)]
        if inner:
            yield from _pages(inner, rows, element, depth + 1)
        else:
            yield value


def _is_page(value: Page, rows: Collection[str]) -> bool:
    return (
        "JobStatus" in value
        or any(_lists_rows(value[name], rows) for name in rows if name in value)
        or _row_kind(value, rows) is not None
    )


def _lists_rows(value: Any, rows: Collection[str]) -> bool:
    """Whether a member that is called as a list of rows may be one. It may as well hold a whole answer, or be about
    something else: `{"labels": {"JobStatus": …}, "faces": [{"JobStatus": …}]}`.
    """
    if isinstance(value, str):
        return value.lstrip().startswith("[")
    if not isinstance(value, list) or not value:
        return value is None or value == []
    first = value[0]
    return isinstance(first, dict) and "JobStatus" not in first and not any(name in first for name in rows)


def _opened(value: Any, rows: Collection[str], depth: int = 0) -> Any:
    """A value with what its texts hold, where these are JSON themselves, outside of pages."""
    if isinstance(value, str):
        value = _told_in(value)
    if depth > _WRAPPERS or (isinstance(value, dict) and _is_page(value, rows)):
        return value
    if isinstance(value, dict):
        return {name: _opened(member, rows, depth + 1) for name, member in value.items()}
    return [_opened(one, rows, depth + 1) for one in value] if isinstance(value, list) else value


def _told_in(text: str) -> Any:
    """What a text of JSON holds; the text itself where it is none."""
    if text.lstrip()[:1] not in {"{", "["}:
        return text
    try:
        values = list(_decoded(text))
    except (ValueError, RecursionError):
        return text
    return _plain(values[0] if len(values) == 1 else values, "", 0)


def _holds_pages(value: Any, rows: Collection[str], depth: int = 0) -> bool:
    if depth > _WRAPPERS:
        return False
    if isinstance(value, list):
        return any(_holds_pages(one, rows, depth + 1) for one in value)
    return isinstance(value, dict) and (
        _is_page(value, rows) or any(_holds_pages(member, rows, depth + 1) for member in value.values())
    )


def _row_kind(value: Page, rows: Collection[str]) -> str | None:
    """The list that a bare row belongs to: `ModerationLabels` for one with a `Timestamp` and a `ModerationLabel`."""
    if "Timestamp" not in value and "StartTimestampMillis" not in value:
        return None
    for name in rows:
        single = f"{name[:-3]}y" if name.endswith("ies") else name.removesuffix("s")
        if isinstance(value.get(single), dict):
            return name
    is_segment = any(isinstance(value.get(member), dict) for member in _SEGMENT_KINDS)
    return "Segments" if is_segment and "Segments" in rows else None


def _complete(page: Page, rows: Collection[str], element: int | None) -> Page:
    """A page with the members that libraries leave out or fill with nothing."""
    lists = [name for name in rows if name in page]
    for name in lists:
        page[name] = [] if page[name] is None else _opened(page[name], rows)
        if any(map(_is_of_image, page[name] if isinstance(page[name], list) else ())):
            raise UnreadablePages(f"its {name} have no times: this looks like an answer about an image", element)
    status = page.get("JobStatus")
    if isinstance(status, str) and status.upper() in _STATUSES:
        page["JobStatus"] = status.upper()
    elif status is None and lists:
        # An answer about an image has the same list, and no video: an empty one would clear a video by it.
        if not any(page[name] for name in lists) and not page.get("VideoMetadata"):
            raise UnreadablePages(
                "it has neither JobStatus, nor VideoMetadata, nor one row: nothing says that it is about a video",
                element,
            )
        page["JobStatus"] = "SUCCEEDED"
    elif status is None and "JobId" in page:
        raise UnreadablePages("this is the answer of a Start* operation: save what Get* answers", element)
    _forget_zeros(page, [row for name in lists if isinstance(page[name], list) for row in page[name]])
    return page


def _is_of_image(row: Any) -> bool:
    """Whether a row is one of DetectModerationLabels or DetectLabels, which have no times."""
    return isinstance(row, dict) and "Name" in row and "Confidence" in row and "Timestamp" not in row


def _refuse_fractions(pages: Iterable[Page]) -> None:
    """Raises UnreadablePages where every confidence looks like a fraction: it would pass no threshold, and clear the
    video.
    """
    told = [confidence for page in pages for confidence in _confidences(page)]
    if told and min(told) >= _LEAST_FRACTION and max(told) <= 1:
        raise UnreadablePages(
            "no confidence in it is above 1, where Rekognition's go to 100: they look like fractions, so multiply them"
            " by 100"
        )


def _confidences(page: Page) -> Iterator[float]:
    """How sure the rows of a page are."""
    for listed in page.values():
        for row in listed if isinstance(listed, list) else ():
            for thing in row.values() if isinstance(row, dict) else ():
                told = thing.get("Confidence") if isinstance(thing, dict) else None
                if isinstance(told, int | float):
                    yield told


def _forget_zeros(page: Page, rows: list[Any]) -> None:
    """Drop times that a library wrote as 0 because they were not there, where `Timestamp` says more."""
    asked = page.get("GetRequestMetadata")
    stretches = isinstance(asked, dict) and asked.get("AggregateBy") == "SEGMENTS"
    late = False
    for row in rows:
        if not isinstance(row, dict) or "Timestamp" not in row:
            continue
        is_late = isinstance(row.get("Timestamp"), int) and row["Timestamp"] > 0
        late = late or is_late
        if (is_late or not stretches) and all(not row.get(name) for name in _SPAN):
            for name in _SPAN:
                row.pop(name, None)
    metadata = page.get("VideoMetadata")
    for stream in metadata if isinstance(metadata, list) else [metadata]:
        if late and isinstance(stream, dict) and stream.get("DurationMillis") == 0:
            del stream["DurationMillis"]
