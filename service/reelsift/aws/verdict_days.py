"""Rows of the batches table that count the verdicts of each day."""

from collections import Counter
from typing import Any

from reelsift.aws.table import Table
from reelsift.domain.policy import Verdict
from reelsift.domain.verdict_mix import USUAL_DAYS, DayMix

_PARTITION = "verdicts"

DAYS_READ = 2 * USUAL_DAYS
"""The newest days that are read: some have too few verdicts to count."""


class VerdictDays:
    """Counted in memory and added to the row of the day now and then: a verdict costs no write of its own. What a
    worker that is killed had not added yet is missing: that of a minute at most.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._counts: Counter[tuple[str, Verdict]] = Counter()

    def count(self, verdict: Verdict, day: str) -> None:
        """Note that a video got a verdict on a day (ISO date, UTC)."""
        self._counts[day, verdict] += 1

    async def flush(self) -> bool:
        """Add what was counted to the rows. Whether there was anything."""
        counts, self._counts = self._counts, Counter()
        by_day: dict[str, dict[str, Any]] = {}
        for (day, verdict), number in counts.items():
            by_day.setdefault(day, {})[str(verdict)] = number
        try:
            for day in list(by_day):
                added = by_day[day]
                expression = "ADD " + ", ".join(f"#{name} :{name}" for name in added)
                await self._table.update({"batch_id": _PARTITION, "part": day}, expression, **added)
                del by_day[day]
        except Exception:
            for day, added in by_day.items():
                self._counts.update({(day, Verdict(name)): number for name, number in added.items()})
            raise
        return bool(counts)

    async def newest(self) -> list[DayMix]:
        """The newest days, the newest first."""
        rows = self._table.query("#batch_id = :verdicts", backwards=True, limit=DAYS_READ, verdicts=_PARTITION)
        return [
            DayMix(row["part"], {verdict: row[verdict] for verdict in Verdict if verdict in row}) async for row in rows
        ]
