"""What a deployment holds: one row of the batches table that every worker reads, and the audit of its changes."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.table import Table, TransactionRefused
from reelsift.domain.hold import Hold, HoldEntry, Kind, in_order

TRIES = 8
"""How often the row is read again because somebody else has changed it in between."""

_PARTITION = "hold"
_SWITCH = {"batch_id": _PARTITION, "part": "switch"}
_ENTRY = "hold#"


class HoldSwitch:
    """Holds by kind. A change and its entry in the audit are one transaction: there is none without the other."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def read(self) -> dict[Kind, Hold]:
        """What is held at this moment: one consistent read."""
        return _holds(await self._table.get(_SWITCH) or {})

    async def hold(self, kinds: Iterable[Kind], *, by: str, note: str, now_ms: int) -> tuple[Kind, ...]:
        """Hold kinds until they are released; returns those that were not held yet. Who held one first stays named."""
        return await self._change(kinds, held=True, by=by, note=note, now_ms=now_ms)

    async def release(self, kinds: Iterable[Kind], *, by: str, note: str, now_ms: int) -> tuple[Kind, ...]:
        """Go on with kinds; returns those that were held."""
        return await self._change(kinds, held=False, by=by, note=note, now_ms=now_ms)

    async def entries(self, limit: int) -> list[HoldEntry]:
        """The newest entries of the audit, newest first."""
        rows = self._table.query(
            "#batch_id = :hold AND begins_with(#part, :entry)",
            backwards=True,
            limit=limit,
            hold=_PARTITION,
            entry=_ENTRY,
        )
        return [_entry(row) async for row in rows]

    async def all_entries(self) -> AsyncIterator[HoldEntry]:
        """The whole audit, oldest first."""
        rows = self._table.query("#batch_id = :hold AND begins_with(#part, :entry)", hold=_PARTITION, entry=_ENTRY)
        async for row in rows:
            yield _entry(row)

    async def _change(self, kinds: Iterable[Kind], *, held: bool, by: str, note: str, now_ms: int) -> tuple[Kind, ...]:
        wanted = in_order(kinds)
        for _ in range(TRIES):
            row = await self._table.get(_SWITCH) or {}
            changed = tuple(kind for kind in wanted if (kind in row) is not held)
            if not changed:
                return ()
            entry = HoldEntry(row.get("entries", 0) + 1, held, changed, by, now_ms, note)
            try:
                await self._table.transact({"switch": self._switch_item(entry), "entry": self._entry_item(entry)})
            except TransactionRefused:
                continue
            return changed
        raise AwsUnavailable(f"others have changed what is held {TRIES} times in a row")

    def _switch_item(self, entry: HoldEntry) -> Any:
        """The switch after an entry, if that of the number before it was the last."""
        named = [str(kind) for kind in entry.kinds]
        sets = "".join(f", #{name} = :hold" for name in named) if entry.held else ""
        removes = "" if entry.held else " REMOVE " + ", ".join(f"#{name}" for name in named)
        first = entry.number == 1
        hold = {"hold": {"by": entry.by, "since_ms": entry.at_ms, "note": entry.note}} if entry.held else {}
        return self._table.transact_update(
            _SWITCH,
            f"SET #entries = :number{sets}{removes}",
            "attribute_not_exists(#entries)" if first else "#entries = :before",
            number=entry.number,
            **hold,
            **({} if first else {"before": entry.number - 1}),
        )

    def _entry_item(self, entry: HoldEntry) -> Any:
        row = {
            "batch_id": _PARTITION,
            "part": f"{_ENTRY}{entry.number:09d}",
            "number": entry.number,
            "held": entry.held,
            "kinds": [str(kind) for kind in entry.kinds],
            "by": entry.by,
            "at_ms": entry.at_ms,
            "note": entry.note,
        }
        return self._table.transact_put(row, "attribute_not_exists(#part)")


def _holds(row: dict[str, Any]) -> dict[Kind, Hold]:
    # A kind that only a later version knows is nothing that this one does.
    return {
        kind: Hold(kind, row[kind]["by"], row[kind]["since_ms"], row[kind].get("note", ""))
        for kind in Kind
        if kind in row
    }


def _entry(row: dict[str, Any]) -> HoldEntry:
    known = {str(kind) for kind in Kind}
    return HoldEntry(
        number=row["number"],
        held=row["held"],
        kinds=tuple(Kind(name) for name in row["kinds"] if name in known),
        by=row["by"],
        at_ms=row["at_ms"],
        note=row.get("note", ""),
    )
