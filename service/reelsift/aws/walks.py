"""The parts of the archive that a re-evaluation walks, in the batches table under `walk#<number>`."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from reelsift.aws.open_index import OpenIndex
from reelsift.aws.table import ConditionFailed, Table
from reelsift.domain.reevaluation import Walk


class Walks:
    """Reads and conditional writes of walks. A write that somebody else may make as well raises ConditionFailed where
    the walk is no longer as it was read.
    """

    def __init__(self, table: Table, open_index: OpenIndex) -> None:
        self._table = table
        self._open_index = open_index

    async def add(self, walks: Iterable[Walk]) -> None:
        """Write walks that are to begin. One that is there stays as it is."""
        for walk in walks:
            with suppress(ConditionFailed):
                await self._table.put(_row(walk), "attribute_not_exists(#part)")

    async def of_batch(self, batch_id: str) -> list[Walk]:
        """All walks of a batch, in order: a consistent read."""
        rows = self._table.query("#batch_id = :batch AND begins_with(#part, :walk)", batch=batch_id, walk="walk#")
        return [_walk(row) async for row in rows]

    async def count_open(self, batch_id: str, *, at_most: int) -> int:
        """How many of a batch have not ended, `at_most` where there are more. The index may lag behind the rows."""
        return await self._open_index.count(_open(batch_id), at_most=at_most)

    async def change(self, walk: Walk, **changes: Any) -> Walk:
        """Change a walk of which neither the time nor the passes have changed since it was read; return it. One whose
        time is None stands open no longer.
        """
        changed = replace(walk, **changes)
        before, after = _row(walk), _row(changed)
        sets = {name: value for name, value in after.items() if value is not None and value != before.get(name)}
        gone = [name for name in before if after.get(name) is None and before[name] is not None]
        clauses = ["SET " + ", ".join(f"#{name} = :{name}" for name in sets)] if sets else []
        clauses += ["REMOVE " + ", ".join(f"#{name}" for name in gone)] if gone else []
        if not clauses:
            return walk
        condition, values = "#passes = :was_passes", {"was_passes": walk.passes}
        if walk.due_at_ms is None:
            condition += " AND attribute_not_exists(#due_at)"
        else:
            condition += " AND #due_at = :was_due_at"
            values["was_due_at"] = walk.due_at_ms
        key = {"batch_id": walk.batch_id, "part": _part(walk.number)}
        await self._table.update(key, " ".join(clauses), condition, **sets, **values)
        return changed


def _open(batch_id: str) -> str:
    """The partition of the open index for the walks of one batch."""
    return f"walk#{batch_id}"


def _part(number: int) -> str:
    return f"walk#{number:03d}"


def _row(walk: Walk) -> dict[str, Any]:
    row = {
        "batch_id": walk.batch_id,
        "part": _part(walk.number),
        "number": walk.number,
        "passes": walk.passes,
        "after": walk.after,
        "open": None if walk.due_at_ms is None else _open(walk.batch_id),
        "due_at": walk.due_at_ms,
    }
    return {name: value for name, value in row.items() if value is not None}


def _walk(row: dict[str, Any]) -> Walk:
    return Walk(row["batch_id"], row["number"], row["passes"], row.get("after"), row.get("due_at"))
