"""The batches table: a batch's settings under `meta`, and a row for each chunk's expansion and counts."""

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from reelsift.aws.table import ConditionFailed, Table
from reelsift.domain.batch import Batch, BatchState, Chunk, Counts, direct_batch

OPEN_INDEX = "open"
"""Sparse index of what is not done, by the time to look again: `inventory` to read, `chunk` to expand or check,
`batch` to finish.
"""

RECENT_INDEX = "recent"
"""Sparse index of all batches (not their chunks), by the time they were made."""

KNOWN_BATCHES = 10_000
"""Names remembered at a time: messages may bring any number of them."""

_META = "meta"
_INVENTORY = "inventory"


class Batches:
    """Reads and conditional writes of batches and chunks."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._known: set[str] = set()

    async def create(self, batch: Batch) -> None:
        """Write a batch. Raises ConditionFailed where its name is taken."""
        await self.table.put(_batch_row(batch), "attribute_not_exists(#batch_id)")

    async def ensure(self, batch_id: str, *, now_ms: int) -> None:
        """Make sure that a batch exists, if only as one of lines without a manifest. Asks DynamoDB once a process."""
        if batch_id in self._known:
            return
        with suppress(ConditionFailed):
            await self.create(direct_batch(batch_id, now_ms))
        if len(self._known) >= KNOWN_BATCHES:
            self._known.clear()
        self._known.add(batch_id)

    async def get(self, batch_id: str) -> Batch | None:
        row = await self.table.get({"batch_id": batch_id, "part": _META})
        return _batch(row) if row else None

    async def recent(self, limit: int) -> list[Batch]:
        """The newest batches, newest first."""
        rows = self.table.query("#kind = :kind", index=RECENT_INDEX, backwards=True, limit=limit, kind="batch")
        return [_batch(row) async for row in rows]

    async def add_chunk(self, chunk: Chunk) -> None:
        """Write a chunk to be expanded. Writing it twice changes nothing, and counts that have begun stay."""
        row = _chunk_row(chunk)
        row = {name: row[name] for name in ("number", "total", "source_key", "seen", "priority", "open", "look_at")}
        with suppress(ConditionFailed):
            await self.table.update(
                {"batch_id": chunk.batch_id, "part": _part(chunk.number)},
                "SET " + ", ".join(f"#{name} = :{name}" for name in row),
                "attribute_not_exists(#total)",
                **row,
            )

    async def chunks(self, batch_id: str) -> AsyncIterator[Chunk]:
        """The chunks of a batch, in order."""
        rows = self.table.query("#batch_id = :batch AND begins_with(#part, :chunk)", batch=batch_id, chunk="chunk#")
        async for row in rows:
            yield _chunk(row)

    async def due_chunks(self, now_ms: int, limit: int, *, priority: bool) -> list[Chunk]:
        """Chunks to be expanded, or expanded so long ago that what is missing is to be sent again."""
        return [_chunk(row) async for row in self._due(_kind(priority=priority), now_ms, limit)]

    async def due_batches(self, now_ms: int, limit: int) -> list[Batch]:
        return [_batch(row) async for row in self._due("batch", now_ms, limit)]

    async def due_inventories(self, now_ms: int, limit: int) -> list[Batch]:
        """Delivered inventories that nobody reads, or whose reader has stopped."""
        return [_batch(row) async for row in self._due(_INVENTORY, now_ms, limit)]

    async def begin_inventory(self, batch: Batch, look_at_ms: int) -> Batch:
        """Claim an inventory for reading, and count the try; a later look at it (`look_at_batch`) keeps the claim.

        Raises ConditionFailed where another worker was first.
        """
        return await self._change_inventory(batch, tries=batch.tries + 1, look_at_ms=look_at_ms)

    async def leave_inventory(self, batch: Batch, look_at_ms: int) -> Batch:
        """Leave an inventory to others through no fault of its own: the try does not count."""
        return await self._change_inventory(batch, tries=max(0, batch.tries - 1), look_at_ms=look_at_ms)

    async def prepared(self, batch: Batch, *, total: int, chunks: int, now_ms: int) -> Batch:
        """Note that every row of an inventory lies in the work bucket's chunks: from now on it is a batch like others.

        Raises ConditionFailed where the claim was lost.
        """
        return await self._change_inventory(
            batch, state=BatchState.ACTIVE, total=total, chunks=chunks, look_at_ms=now_ms
        )

    async def _change_inventory(self, batch: Batch, **changes: Any) -> Batch:
        changed = replace(batch, **changes)
        names = ("state", "total", "chunks", "tries", "open", "look_at")
        sets = {name: value for name, value in _batch_row(changed).items() if name in names and value is not None}
        await self.table.update(
            {"batch_id": batch.batch_id, "part": _META},
            "SET " + ", ".join(f"#{name} = :{name}" for name in sets),
            "#state = :preparing AND #look_at = :was",
            **sets,
            preparing=str(BatchState.PREPARING),
            was=batch.look_at_ms,
        )
        return changed

    async def count_unexpanded(self) -> int:
        """Chunks that nobody has expanded yet, and inventories that are not cut into chunks yet."""
        unexpanded = 0
        async for _ in self.table.query("#open = :open", index=OPEN_INDEX, open=_INVENTORY):
            unexpanded += 1
        for priority in (True, False):
            async for row in self.table.query("#open = :open", index=OPEN_INDEX, open=_kind(priority=priority)):
                unexpanded += "expanded_ms" not in row
        return unexpanded

    async def claim_chunk(self, chunk: Chunk, look_at_ms: int) -> Chunk:
        """Put off the next look at a chunk: of several workers one succeeds, the others get ConditionFailed."""
        return await self._change_chunk(chunk, look_at_ms=look_at_ms)

    async def expanded(self, chunk: Chunk, *, now_ms: int, look_at_ms: int) -> Chunk:
        """Note that every line of a chunk has been sent; it is looked at again only for stragglers."""
        return await self._change_chunk(chunk, expanded_ms=now_ms, seen=chunk.counts.ended, look_at_ms=look_at_ms)

    async def close_chunk(self, chunk: Chunk) -> Chunk:
        """Take a chunk whose lines have all ended out of the open index."""
        return await self._change_chunk(chunk, look_at_ms=None)

    async def _change_chunk(self, chunk: Chunk, **changes: Any) -> Chunk:
        changed = replace(chunk, **changes)
        row = {name: _chunk_row(changed)[name] for name in ("open", "look_at", "expanded_ms", "seen")}
        sets = {name: value for name, value in row.items() if value is not None}
        clauses = ["SET " + ", ".join(f"#{name} = :{name}" for name in sets)] if sets else []
        if changed.look_at_ms is None:
            clauses.append("REMOVE #open, #look_at")
        await self.table.update(
            {"batch_id": chunk.batch_id, "part": _part(chunk.number)},
            " ".join(clauses),
            "#look_at = :was",
            **sets,
            was=chunk.look_at_ms,
        )
        return changed

    async def look_at_batch(self, batch: Batch, look_at_ms: int) -> Batch:
        """Put off the next look at a batch. Raises ConditionFailed where another worker did."""
        await self.table.update(
            {"batch_id": batch.batch_id, "part": _META},
            "SET #look_at = :look",
            "#look_at = :was",
            look=look_at_ms,
            was=batch.look_at_ms,
        )
        return replace(batch, look_at_ms=look_at_ms)

    async def complete(self, batch: Batch, *, now_ms: int) -> None:
        """Note that every line of a batch has its outcome.

        Raises ConditionFailed where another worker did, or where a line was reopened since the batch was looked at.
        """
        await self.table.update(
            {"batch_id": batch.batch_id, "part": _META},
            "SET #state = :complete, #finished_ms = :now REMOVE #open, #look_at",
            "#state = :active AND #look_at = :was",
            was=batch.look_at_ms,
            complete=str(BatchState.COMPLETE),
            active=str(BatchState.ACTIVE),
            now=now_ms,
        )

    def count(
        self, batch_id: str, chunk: int, counts: Counts, *, reopened: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """For a transaction: add to a chunk's counts, and with `reopened` put it back into the open index.

        A batch without a manifest gets its chunk rows by this.
        """
        reopened = reopened or {}
        return self.table.transact_update(
            {"batch_id": batch_id, "part": _part(chunk)},
            "SET "
            + ", ".join(["#number = :number", *(f"#{name} = :{name}" for name in reopened)])
            + " ADD #succeeded :succeeded, #failed :failed, #skipped :skipped, #billed_ms :billed",
            **reopened,
            number=chunk,
            succeeded=counts.succeeded,
            failed=counts.failed,
            skipped=counts.skipped,
            billed=counts.billed_ms,
        )

    def reopen_items(
        self, batch: Batch, chunk: int, counts: Counts, *, now_ms: int, look_at_ms: int
    ) -> list[dict[str, Any]]:
        """For a transaction: a line of this chunk has a new round, so neither chunk nor batch is complete."""
        if batch.direct:
            return [self.count(batch.batch_id, chunk, counts)]
        return [
            self.count(
                batch.batch_id, chunk, counts, reopened={"open": _kind(priority=batch.priority), "look_at": look_at_ms}
            ),
            self.table.transact_update(
                {"batch_id": batch.batch_id, "part": _META},
                "SET #state = :active, #open = :open, #look_at = :now REMOVE #finished_ms",
                "attribute_exists(#batch_id)",
                active=str(BatchState.ACTIVE),
                open="batch",
                now=now_ms,
            ),
        ]

    def _due(self, kind: str, now_ms: int, limit: int) -> AsyncIterator[dict[str, Any]]:
        return self.table.query(
            "#open = :open AND #look_at <= :now", index=OPEN_INDEX, limit=limit, open=kind, now=now_ms
        )


def _kind(*, priority: bool) -> str:
    """The partition of the open index for chunks of this priority, so that bulk hides none that are urgent."""
    return "priority_chunk" if priority else "chunk"


def _part(chunk: int) -> str:
    return f"chunk#{chunk:06d}"


def _batch_row(batch: Batch) -> dict[str, Any]:
    waits_for = {BatchState.PREPARING: _INVENTORY, BatchState.ACTIVE: "batch"}.get(batch.state)
    is_open = batch.look_at_ms is not None and waits_for is not None
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
        "analyses": list(batch.analyses),
        "again": batch.again,
        "priority": batch.priority,
        "manifest_key": batch.manifest_key,
        "tries": batch.tries if batch.manifest_key else None,
        "open": waits_for if is_open else None,
        "look_at": batch.look_at_ms if is_open else None,
    }


def _batch(row: dict[str, Any]) -> Batch:
    return Batch(
        batch_id=row["batch_id"],
        name=row["name"],
        source=row["source"],
        created_ms=row["created_ms"],
        total=row.get("total"),
        chunks=row["chunks"],
        state=BatchState(row["state"]),
        analyses=tuple(row["analyses"]),
        again=row["again"],
        priority=row["priority"],
        finished_ms=row.get("finished_ms"),
        look_at_ms=row.get("look_at"),
        manifest_key=row.get("manifest_key"),
        tries=row.get("tries", 0),
    )


def _chunk_row(chunk: Chunk) -> dict[str, Any]:
    is_open = chunk.look_at_ms is not None
    return {
        "batch_id": chunk.batch_id,
        "part": _part(chunk.number),
        "number": chunk.number,
        "total": chunk.total,
        "source_key": chunk.source_key,
        "expanded_ms": chunk.expanded_ms,
        "seen": chunk.seen,
        "priority": chunk.priority,
        "succeeded": chunk.counts.succeeded,
        "failed": chunk.counts.failed,
        "skipped": chunk.counts.skipped,
        "billed_ms": chunk.counts.billed_ms,
        "open": _kind(priority=chunk.priority) if is_open else None,
        "look_at": chunk.look_at_ms,
    }


def _chunk(row: dict[str, Any]) -> Chunk:
    return Chunk(
        batch_id=row["batch_id"],
        number=row["number"],
        counts=Counts(row.get("succeeded", 0), row.get("failed", 0), row.get("skipped", 0), row.get("billed_ms", 0)),
        total=row.get("total"),
        source_key=row.get("source_key"),
        expanded_ms=row.get("expanded_ms"),
        seen=row.get("seen", 0),
        priority=row.get("priority", False),
        look_at_ms=row.get("look_at"),
    )
