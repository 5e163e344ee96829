"""Who has held what, and released it, as rows of CSV."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from reelsift.domain.hold import HoldEntry
from reelsift.reports.completion_report import csv_text

COLUMNS = ("number", "at", "did", "kinds", "by", "note")


async def hold_csv(entries: AsyncIterator[HoldEntry]) -> AsyncIterator[str]:
    """The audit of holds, a header first; a row an entry."""
    yield csv_text([list(COLUMNS)])
    async for entry in entries:
        yield csv_text([_values(entry)])


def _values(entry: HoldEntry) -> list[object]:
    at = datetime.fromtimestamp(entry.at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    did = "held" if entry.held else "released"
    return [entry.number, at, did, " ".join(entry.kinds), entry.by, entry.note]
