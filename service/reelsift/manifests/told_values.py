"""Sizes, times, versions and ETags as tables tell them: what is beside the object's name never spoils a row."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from reelsift.domain.analysis import Analysis
from reelsift.domain.line import RecordedAnswer
from reelsift.manifests.iso_time import read_time
from reelsift.manifests.locations import is_location, read_location
from reelsift.manifests.object_names import check_etag

_NOTHING = frozenset({"", "-", "--", "none", "null", "nil", "nan", "nat", "n/a", "na", "#n/a", "undefined", "\\n"})
"""What programs write where there is no value."""

_LONGEST = 64
_MOST_BYTES = 2**63

_DIGITS = re.compile(r"[0-9]{1,18}")
_GROUPED = re.compile(r"[0-9]{1,3}(?:(?:,[0-9]{3}){1,5}|(?:\.[0-9]{3}){2,5}|(?:[ '\u00a0\u2019\u202f][0-9]{3}){1,5})")
_GROUP_OR_FRACTION = re.compile(r"[0-9]{1,3}\.[0-9]{3}")
"""A thousand in one country, one in another."""

_DECIMAL = re.compile(r"[0-9]{1,18}(?:\.[0-9]{0,18})?(?:[eE]\+?[0-9]{1,2})?")

_EPOCH = re.compile(r"(?:/Date\()?(?P<number>[0-9]{9,19})(?P<fraction>\.[0-9]{1,9})?(?:\)/)?")
_EXCEL = re.compile(r"[3-6][0-9]{4}(?:\.[0-9]{1,12})?")
_EXCEL_BEGINS = datetime(1899, 12, 30, tzinfo=UTC)
_YEAR_FIRST = re.compile(r"([12][0-9]{3})/([0-9]{2})/([0-9]{2})")
_UTC = re.compile(r" ?(?:UTC|GMT|Z)$", re.IGNORECASE)

_LATEST_SECONDS = 11
_LATEST_MILLIS = 14
_LATEST_MICROS = 17


def is_nothing(text: str) -> bool:
    """Whether a field says that there is no value."""
    return not text or (len(text) < _LONGEST and text.casefold() in _NOTHING)


def told_size(text: str) -> int | None:
    """Bytes, from `3691`, `3,691`, `3691.0` or `1.5e3`; None for what is not understood."""
    if _DIGITS.fullmatch(text):
        return int(text)
    if len(text) > _LONGEST:
        return None
    if _GROUPED.fullmatch(text):
        return int(re.sub(r"[^0-9]", "", text))
    if not _DECIMAL.fullmatch(text) or _GROUP_OR_FRACTION.fullmatch(text):
        return None
    number = float(text)
    return int(number) if number < _MOST_BYTES and number.is_integer() else None


def told_time(text: str) -> int | None:
    """Epoch milliseconds, UTC where no zone is named; None for what is not understood.

    Understood are ISO 8601, also with `UTC` behind it or with slashes between year, month and day, seconds to
    nanoseconds since 1970, the days of a spreadsheet, and the dates of HTTP. A date with the day or the month first
    is not: nobody can tell which.
    """
    try:
        return read_time(text)
    except ValueError:
        pass
    if len(text) > _LONGEST:
        return None
    for read in (_iso, _since_1970, _days, _http):
        found = _or_none(read, text)
        if found is not None:
            return found
    return None


def told_etag(text: str) -> str | None:
    """An ETag without its quotes; None for what cannot be one."""
    try:
        return check_etag(text)
    except ValueError:
        return None


def told_answer(uri: str, analysis: str) -> RecordedAnswer | None:
    """Where a recorded answer lies (`s3://bucket/key`, or `s3://bucket/prefix/` for pages of their own), and of which
    analysis it is; None for what is no such place.
    """
    uri, analysis = uri.strip(), analysis.strip()
    try:
        place = read_location(uri) if is_location(uri) else None
        if place is None or not place.bucket or not place.key:
            return None
        return RecordedAnswer(
            f"s3://{place.bucket}/{place.key}", Analysis(analysis.strip()) if analysis.strip() else None
        )
    except ValueError:
        return None


def size_of(value: object) -> int | None:
    """As `told_size`, of a member of JSON."""
    if isinstance(value, str):
        return told_size(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _MOST_BYTES:
        return None
    return int(value) if isinstance(value, int) or value.is_integer() else None


def time_of(value: object) -> int | None:
    """As `told_time`, of a member of JSON."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        # Compared first: no float is as large as a whole number may be. NaN is below nothing.
        return told_time(f"{value:.3f}" if abs(value) < _MOST_BYTES else "")
    return told_time(value.strip()) if isinstance(value, str) else None


def _or_none(read: Callable[[str], int | None], text: str) -> int | None:
    try:
        return read(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _iso(text: str) -> int:
    return read_time(_YEAR_FIRST.sub(r"\1-\2-\3", _UTC.sub("+00:00", text), count=1))


def _since_1970(text: str) -> int | None:
    found = _EPOCH.fullmatch(text)
    if found is None:
        return None
    digits = len(found["number"])
    if digits < _LATEST_SECONDS:
        return round(float(found["number"] + (found["fraction"] or "")) * 1000)
    number = int(found["number"])
    if digits < _LATEST_MILLIS:
        return number
    return number // 1000 if digits < _LATEST_MICROS else number // 1_000_000


def _days(text: str) -> int | None:
    if not _EXCEL.fullmatch(text):
        return None
    return round((_EXCEL_BEGINS + timedelta(days=float(text))).timestamp() * 1000)


def _http(text: str) -> int | None:
    if not text[:1].isalpha():
        return None
    time = parsedate_to_datetime(text)
    return round((time.replace(tzinfo=UTC) if time.tzinfo is None else time).timestamp() * 1000)
