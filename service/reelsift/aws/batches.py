"""The batches table: a batch's settings under `meta`. Its data files and chunks are rows beside it, with stores of
their own.
"""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from reelsift.aws.open_index import OpenIndex
from reelsift.aws.remembered import RememberedByKey
from reelsift.aws.table import ConditionFailed, Item, Table
from reelsift.domain.batch import DIRECT_REST_MS, OVER, Batch, BatchState, Counts, ImportTerms, Tally, direct_batch
from reelsift.domain.failure import Reason
from reelsift.domain.filters import Filters
from reelsift.domain.reevaluation import Reevaluation

RECENT_INDEX = "recent"
"""Sparse index of all batches (not their chunks), by the time they were made."""

KNOWN_BATCHES = 10_000
"""Names remembered at a time: messages may bring any number of them."""

_META = "meta"


class BatchChanged(Exception):
    """A batch is no longer in the state it was read in: to be read again."""


class Batches:
    """Reads and conditional writes of batches.

    Every write that somebody else may make as well is conditional on what was read, and raises ConditionFailed where
    that has changed.
    """

    def __init__(self, table: Table, open_index: OpenIndex) -> None:
        self.table = table
        self._open_index = open_index
        self._known: RememberedByKey[str, None] = RememberedByKey(most=KNOWN_BATCHES)

    async def create(self, batch: Batch) -> None:
        """Write a batch. Raises ConditionFailed where its name is taken."""
        await self.table.put(_batch_row(batch), "attribute_not_exists(#batch_id)")

    async def ensure(self, batch_id: str, *, now_ms: int) -> None:
        """Make sure that a batch exists, if only as one of lines without a manifest. Asks DynamoDB once a process."""

        async def create() -> None:
            with suppress(ConditionFailed):
                await self.create(direct_batch(batch_id, now_ms))

        await self._known.get(batch_id, create)

    async def get(self, batch_id: str) -> Batch | None:
        row = await self.table.get({"batch_id": batch_id, "part": _META})
        return _batch(row) if row else None

    async def recent(self, limit: int) -> list[Batch]:
        """The newest batches, newest first."""
        rows = self.table.query("#kind = :kind", index=RECENT_INDEX, backwards=True, limit=limit, kind="batch")
        return await self._open_index.readable(rows, _batch)

    async def until(self, created_ms: int) -> AsyncIterator[Batch]:
        """All batches that were made at this time (epoch milliseconds) or before, newest first."""
        rows = self.table.query(
            "#kind = :kind AND #created_ms <= :until",
            index=RECENT_INDEX,
            backwards=True,
            kind="batch",
            until=created_ms,
        )
        async for row in rows:
            for batch in await self._open_index.readable(_one(row), _batch):
                yield batch

    async def active(self, limit: int) -> list[Batch]:
        """Batches that are neither over nor completing, those first that are due the longest."""
        return await self._open_index.all("batch", _batch, limit=limit)

    async def due_inventories(self, now_ms: int, limit: int) -> list[Batch]:
        """Batches whose inventory's manifest nobody reads, or whose reader has stopped."""
        return await self._open_index.due("inventory", _batch, now_ms=now_ms, limit=limit)

    async def due_completing(self, now_ms: int, limit: int) -> list[Batch]:
        """Batches whose report nobody writes, or whose writer has stopped."""
        return await self._open_index.due("completing", _batch, now_ms=now_ms, limit=limit)

    async def due_direct(self, now_ms: int, limit: int) -> list[Batch]:
        """Batches of lines that no manifest names, and that may have rested long enough."""
        return await self._open_index.due("direct", _batch, now_ms=now_ms, limit=limit)

    async def count_due_direct(self, now_ms: int, at_most: int) -> int:
        """How many of these there are, up to `at_most`."""
        return len(await self.due_direct(now_ms, at_most))

    async def count_due_work(self) -> int:
        """How many manifests are to be read, and batch reports to be written."""
        return await self._open_index.count("inventory") + await self._open_index.count("completing")

    async def change(self, batch: Batch, **changes: Any) -> Batch:
        """Change fields of a batch whose state and due time are as they were read; return it.

        Every change that others must not overlook changes the one or the other.
        """
        changed = replace(batch, **changes)
        before, after = _batch_row(batch), _batch_row(changed)
        sets = {name: value for name, value in after.items() if value is not None and value != before[name]}
        gone = [name for name, value in after.items() if value is None and before[name] is not None]
        clauses = ["SET " + ", ".join(f"#{name} = :{name}" for name in sets)] if sets else []
        clauses += ["REMOVE " + ", ".join(f"#{name}" for name in gone)] if gone else []
        if not clauses:
            return batch
        condition = "#state = :was_state"
        values: dict[str, Any] = {"was_state": str(batch.state)}
        if before["due_at"] is None:
            condition += " AND attribute_not_exists(#due_at)"
        else:
            condition += " AND #due_at = :was_due_at"
            values["was_due_at"] = before["due_at"]
        await self.table.update(
            {"batch_id": batch.batch_id, "part": _META}, " ".join(clauses), condition, **sets, **values
        )
        return changed

    def reopen_direct_item(self, batch: Batch, now_ms: int) -> Item:
        """For a transaction: a line of a batch without a manifest ends, or is to end, after the batch was closed, or
        while it is being closed. It is Active again, and closed once more when its lines have rested.
        """
        return self.table.transact_update(
            {"batch_id": batch.batch_id, "part": _META},
            "SET #state = :state, #open = :open, #due_at = :due_at"
            " REMOVE #finished_ms, #closing, #tally, #done_tally, #report_failures",
            "#state = :was_state",
            state=str(BatchState.ACTIVE),
            open="direct",
            due_at=now_ms + DIRECT_REST_MS,
            was_state=str(batch.state),
        )

    def reopen_item(self, batch: Batch, due_at_ms: int) -> Item:
        """For a transaction: a batch has lines to end again, and its chunks are counted anew. One that was over, or
        about to be, is Active again.
        """
        key = {"batch_id": batch.batch_id, "part": _META}
        condition = "#state = :was_state"
        if not is_ending(batch):
            return self.table.transact_update(
                key,
                "SET #due_at = :due_at REMOVE #tally, #done_tally",
                condition,
                due_at=due_at_ms,
                was_state=str(batch.state),
            )
        return self.table.transact_update(
            key,
            "SET #state = :state, #open = :open, #due_at = :due_at REMOVE #finished_ms, #stopped, #tally, #done_tally",
            condition,
            state=str(BatchState.ACTIVE),
            open="batch",
            due_at=due_at_ms,
            was_state=str(batch.state),
        )


def is_ending(batch: Batch) -> bool:
    """Whether all its lines have their outcome, so that a line that is opened again makes it Active again."""
    return batch.state in OVER or batch.state is BatchState.COMPLETING


async def _one(row: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    yield row


def _partition(batch: Batch) -> str | None:
    """Where a batch stands in the open index."""
    if batch.due_at_ms is None or batch.state in OVER:
        return None
    if batch.state is BatchState.COMPLETING:
        return "completing"
    if batch.direct and not batch.closing:
        return "direct"
    if batch.state is BatchState.PREPARING and batch.files is None and batch.manifest_key is not None:
        return "inventory"
    return "batch"


def _batch_row(batch: Batch) -> dict[str, Any]:
    partition = _partition(batch)
    return {
        "batch_id": batch.batch_id,
        "part": _META,
        "kind": "batch",
        "name": batch.name,
        "source": batch.source,
        "state": str(batch.state),
        "created_ms": batch.created_ms,
        "finished_ms": batch.finished_ms,
        "total": batch.total,
        "chunks": batch.chunks,
        "size": batch.size,
        "analyses": list(batch.analyses),
        "again": batch.again,
        "priority": batch.priority,
        "share": batch.share,
        "imports": asdict(batch.imports) if batch.imports else None,
        "reevaluation": _without_none(asdict(batch.reevaluation)) if batch.reevaluation else None,
        "max_cost_micros": batch.max_cost_micros,
        "filters": json.dumps(asdict(batch.filters)) if batch.filters != Filters() else None,
        "manifest_bucket": batch.manifest_bucket,
        "manifest_key": batch.manifest_key,
        "files": batch.files,
        "tries": batch.tries if batch.manifest_key else None,
        "stopped": str(batch.stopped) if batch.stopped else None,
        "held_because": batch.held_because,
        "excused": asdict(batch.excused) if batch.excused != Counts() else None,
        "passed_over": dict(batch.passed_over) or None,
        "report_key": batch.report_key,
        "report_failures": batch.report_failures or None,
        "report_failed": batch.report_failed,
        "closing": batch.closing or None,
        "tally": _tally_row(batch.tally),
        "done_tally": _tally_row(batch.done_tally),
        "open": partition,
        "due_at": batch.due_at_ms if partition else None,
    }


def _batch(row: dict[str, Any]) -> Batch:
    return Batch(
        batch_id=row["batch_id"],
        name=row["name"],
        source=row["source"],
        created_ms=row["created_ms"],
        total=row.get("total"),
        chunks=row["chunks"],
        size=row.get("size", 0),
        state=BatchState(row["state"]),
        analyses=tuple(row["analyses"]),
        again=row["again"],
        priority=int(row["priority"]),
        share=row.get("share", False),
        imports=ImportTerms(**row["imports"]) if "imports" in row else None,
        reevaluation=Reevaluation(**row["reevaluation"]) if "reevaluation" in row else None,
        max_cost_micros=row.get("max_cost_micros"),
        filters=_filters(row.get("filters")),
        finished_ms=row.get("finished_ms"),
        due_at_ms=row.get("due_at"),
        manifest_bucket=row.get("manifest_bucket"),
        manifest_key=row.get("manifest_key"),
        files=row.get("files"),
        tries=row.get("tries", 0),
        stopped=Reason(row["stopped"]) if "stopped" in row else None,
        held_because=row.get("held_because"),
        excused=Counts(**row.get("excused", {})),
        passed_over=tuple(sorted(row.get("passed_over", {}).items())),
        report_key=row.get("report_key"),
        report_failures=row.get("report_failures", 0),
        report_failed=row.get("report_failed"),
        closing=row.get("closing", False),
        tally=_tally(row.get("tally")),
        done_tally=_tally(row.get("done_tally")),
    )


def _without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _tally_row(tally: Tally) -> dict[str, Any] | None:
    return None if tally == Tally() else asdict(tally)


def _tally(row: dict[str, Any] | None) -> Tally:
    return Tally() if row is None else Tally(**row | {"counts": Counts(**row["counts"])})


def _filters(text: str | None) -> Filters:
    if text is None:
        return Filters()
    members = json.loads(text)
    suffixes = members["suffixes"]
    return Filters(
        **members | {"globs": tuple(members["globs"]), "suffixes": None if suffixes is None else tuple(suffixes)}
    )
