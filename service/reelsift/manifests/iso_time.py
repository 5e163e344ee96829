"""Times as lists of objects write them."""

from datetime import UTC, datetime


def read_time(text: str) -> int:
    """The epoch milliseconds of a date or time in ISO 8601, UTC where it names no zone; a date is its first instant.

    Raises ValueError for anything else.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("the time is not in ISO 8601, as 2026-07-31 or 2026-07-31T12:00:00Z") from None
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    try:
        return round(time.timestamp() * 1000)
    except (OverflowError, OSError):
        raise ValueError("the time is out of range") from None
