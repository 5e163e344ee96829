"""Chunks of a batch and their counts, in the batches table under `chunk#<number>`."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from reelsift.aws.batches import BatchChanged, Batches
from reelsift.aws.open_index import OpenIndex
from reelsift.aws.table import ConditionFailed, Item, Table, TransactionRefused
from reelsift.domain.batch import COUNTED, Batch, Chunk, Counts
from reelsift.domain.failure import Reason

_ATTRIBUTES = {"due_at_ms": "due_at"}
"""Fields of a chunk whose attribute is called otherwise."""

_AFTER_CHUNKS = "chunk#:"
"""Sorts behind every chunk of a batch: the colon is the character after the digits."""


class Chunks:
    """Reads and conditional writes of chunks.

    Every write that somebody else may make as well is conditional on what was read, and raises ConditionFailed where
    that has changed.
    """

    def __init__(self, table: Table, open_index: OpenIndex, batches: Batches) -> None:
        self.table = table
        self._open_index = open_index
        self._batches = batches

    async def add(self, chunk: Chunk) -> None:
        """Write a chunk to be expanded. Writing it twice changes nothing, and counts that have begun stay."""
        row = {
            "number": chunk.number,
            "total": chunk.total,
            "size": chunk.size,
            "source_key": chunk.source_key,
            "claimed": 0,
            "sent": 0,
            "seen": 0,
            "open": _unsent(chunk.batch_id),
            "due_at": chunk.due_at_ms,
        }
        with suppress(ConditionFailed):
            await self.table.update(
                {"batch_id": chunk.batch_id, "part": _part(chunk.number)},
                "SET " + ", ".join(f"#{name} = :{name}" for name in row),
                "attribute_not_exists(#total)",
                **row,
            )

    async def get(self, batch_id: str, number: int) -> Chunk | None:
        """One chunk as it is now: a consistent read."""
        row = await self.table.get({"batch_id": batch_id, "part": _part(number)})
        return _chunk(row) if row else None

    async def of_batch(self, batch_id: str) -> AsyncGenerator[Chunk, None]:
        """The chunks of a batch, in order."""
        rows = self.table.query("#batch_id = :batch AND begins_with(#part, :chunk)", batch=batch_id, chunk="chunk#")
        async for row in rows:
            yield _chunk(row)

    async def page(self, batch_id: str, start: int, limit: int) -> list[Chunk]:
        """The first `limit` chunks of a batch whose number is `start` or higher, in order."""
        rows = self.table.query(
            "#batch_id = :batch AND #part BETWEEN :first AND :last",
            limit=limit,
            batch=batch_id,
            first=_part(start),
            last=_AFTER_CHUNKS,
        )
        return [_chunk(row) async for row in rows]

    async def unsent(self, batch_id: str, limit: int) -> list[Chunk]:
        """The first chunks of a batch of which nothing was sent."""
        return await self._open_index.all(_unsent(batch_id), _chunk, limit=limit)

    async def count_unsent(self, batch_id: str, at_most: int) -> int:
        """How many chunks of a batch wait to be sent for the first time; `at_most` where there are more."""
        return await self._open_index.count(_unsent(batch_id), at_most=at_most)

    async def at_work(self) -> list[Chunk]:
        """The chunks of all batches of which something was sent and that are not complete: a few for each batch."""
        return await self._open_index.all("chunk", _chunk)

    async def due_reports(self, now_ms: int, limit: int) -> list[Chunk]:
        """Chunks whose lines have all ended and whose part of the report nobody writes."""
        return await self._open_index.due("report", _chunk, now_ms=now_ms, limit=limit)

    async def count_due_reports(self) -> int:
        """How many chunks are to be reported."""
        return await self._open_index.count("report")

    async def claim_lines(self, chunk: Chunk, upto: int, *, lines: int | None = None, due_at_ms: int) -> Chunk:
        """Take on the lines of a chunk up to this one, to be sent until `due_at_ms`. One worker succeeds.

        `lines` is how many of those that nobody had taken on have no outcome yet: all, unless it says so.
        """
        as_read = "attribute_not_exists(#skip_from)" if chunk.skip_from is None else "#skip_from = :skip_from"
        row = await self.table.update_and_read(
            {"batch_id": chunk.batch_id, "part": _part(chunk.number)},
            "SET #claimed = :upto, #reached = :reached, #open = :open, #due_at = :due_at ADD #in_flight :lines",
            f"#claimed = :claimed AND #sent = :sent AND #due_at = :was AND {as_read}",
            upto=upto,
            reached=max(chunk.reached, upto),
            open="chunk",
            due_at=due_at_ms,
            lines=upto - chunk.claimed if lines is None else lines,
            claimed=chunk.claimed,
            sent=chunk.sent,
            was=chunk.due_at_ms,
            **({} if chunk.skip_from is None else {"skip_from": chunk.skip_from}),
        )
        return _chunk(row)

    async def lines_sent(self, chunk: Chunk, upto: int | None = None, *, due_at_ms: int) -> Chunk:
        """Note that the lines that were taken on have been sent, or those of them up to this one."""
        sent = chunk.claimed if upto is None else upto
        return await self._change(chunk, sent=sent, seen=chunk.counts.ended, due_at_ms=due_at_ms)

    async def postpone(self, chunk: Chunk, due_at_ms: int) -> Chunk:
        """Put off when a chunk is checked next."""
        return await self._change(chunk, seen=chunk.counts.ended, due_at_ms=due_at_ms)

    async def rewind(self, chunk: Chunk, *, due_at_ms: int) -> Chunk:
        """Have the lines of a chunk that have no outcome sent again, from its beginning."""
        return await self._change(
            chunk, claimed=0, sent=0, in_flight=0, rewound=chunk.rewound + 1, resend=False, due_at_ms=due_at_ms
        )

    async def mark_resend(self, batch_id: str, number: int) -> bool:
        """Note that a line of a chunk was dropped from the queue, and is to be sent again when its batch goes on. False
        where nobody would: the chunk has no lines of its own.
        """
        try:
            await self.table.update(
                {"batch_id": batch_id, "part": _part(number)},
                "SET #resend = :resend",
                "attribute_exists(#total)",
                resend=True,
            )
        except ConditionFailed:
            return False
        return True

    async def skip_unclaimed(self, chunk: Chunk, reason: Reason, *, now_ms: int) -> Chunk:
        """End the lines of a chunk that nobody has ever taken on, all at once, as SKIPPED for this reason.

        Whoever is sending those before them goes on. A chunk of which nothing was sent is to be reported at once.
        """
        first = max(chunk.reached, chunk.claimed)
        moved = "" if first else ", #open = :open, #due_at = :now"
        row = await self.table.update_and_read(
            {"batch_id": chunk.batch_id, "part": _part(chunk.number)},
            f"SET #skip_reason = :reason, #skip_from = :first{moved} ADD #skipped :lines",
            "#claimed = :claimed AND attribute_not_exists(#skip_from)"
            " AND (attribute_not_exists(#reached) OR #reached = :reached)",
            reason=str(reason),
            first=first,
            lines=(chunk.total or 0) - first,
            claimed=chunk.claimed,
            reached=chunk.reached,
            **({} if first else {"open": "report", "now": now_ms}),
        )
        return _chunk(row)

    async def unskip(self, batch: Batch, chunk: Chunk, *, due_at_ms: int) -> None:
        """Have the lines sent after all that `skip_unclaimed` has ended; the batch goes on.

        Raises ConditionFailed where the chunk is not skipped, or not from there on, by now, and BatchChanged where the
        batch is no longer in the state it was read in.
        """
        chunk_item = self.table.transact_update(
            {"batch_id": chunk.batch_id, "part": _part(chunk.number)},
            "SET #open = :open, #due_at = :due_at REMOVE #skip_reason, #skip_from, #report ADD #skipped :lines",
            "#skip_reason = :reason AND #skip_from = :first",
            open="chunk" if chunk.end else _unsent(chunk.batch_id),
            due_at=due_at_ms,
            lines=chunk.end - (chunk.total or 0),
            reason=str(chunk.skip_reason),
            first=chunk.end,
        )
        try:
            await self.table.transact({"chunk": chunk_item, "batch": self._batches.reopen_item(batch, due_at_ms)})
        except TransactionRefused as refusal:
            if "batch" in refusal.parts:
                raise BatchChanged(batch.batch_id) from None
            raise ConditionFailed(self.table.name) from None

    async def to_report(self, chunk: Chunk, *, now_ms: int) -> Chunk:
        """Let any worker write the report of a complete chunk."""
        await self._change_open(chunk, "report", now_ms)
        return replace(chunk, due_at_ms=now_ms)

    async def claim_report(self, chunk: Chunk, due_at_ms: int) -> Chunk:
        """Take on the report of a chunk, until `due_at_ms`."""
        await self._change_open(chunk, "report", due_at_ms)
        return replace(chunk, due_at_ms=due_at_ms)

    async def reported(self, chunk: Chunk, files: Mapping[str, Any]) -> None:
        """Note what files the report of a chunk has, and be done with it. One that only counts has so many `pieces`,
        each with a note of its files beside it.
        """
        await self.table.update(
            {"batch_id": chunk.batch_id, "part": _part(chunk.number)},
            "SET #report = :report, #pieces = :pieces REMOVE #open, #due_at",
            "#due_at = :was AND #open = :open",
            report=json.dumps(files),
            pieces=files.get("pieces", 0),
            was=chunk.due_at_ms,
            open="report",
        )

    async def reported_anew(self, chunk: Chunk, files: Mapping[str, Any]) -> None:
        """Note what files the report of a chunk has from now on. Raises ConditionFailed unless it is reported."""
        await self.table.update(
            {"batch_id": chunk.batch_id, "part": _part(chunk.number)},
            "SET #report = :report",
            "attribute_exists(#report)",
            report=json.dumps(files),
        )

    async def close(self, chunk: Chunk, *, now_ms: int) -> None:
        """Let any worker report a chunk that only counts, unless a line has ended in it since it was read: then raises
        ConditionFailed. From now on a line that ends in it opens it again.
        """
        await self.table.update(
            {"batch_id": chunk.batch_id, "part": _part(chunk.number)},
            "SET #closed = :closed, #open = :open, #due_at = :now",
            "attribute_not_exists(#closed) AND "
            + ("#writes = :writes" if chunk.writes else "attribute_not_exists(#writes)"),
            closed=True,
            open="report",
            now=now_ms,
            **({"writes": chunk.writes} if chunk.writes else {}),
        )

    async def take_lines(self, batch: Batch, number: int, *, now_ms: int) -> None:
        """Let lines be counted in a chunk in which none has been yet, or which was closed since none was thought to
        come. A batch without a manifest goes on with it, if it was over.

        Raises BatchChanged where the batch is no longer in the state it was read in, and ConditionFailed where somebody
        else has done it.
        """
        parts = {
            "chunk": self.table.transact_update(
                {"batch_id": batch.batch_id, "part": _part(number)},
                "SET #number = :number REMOVE #closed, #report, #open, #due_at",
                "attribute_not_exists(#number) OR attribute_exists(#closed)",
                number=number,
            )
        }
        if batch.direct:
            parts["batch"] = self._batches.reopen_direct_item(batch, now_ms)
        try:
            await self.table.transact(parts)
        except TransactionRefused as refusal:
            if "chunk" in refusal.parts:
                raise ConditionFailed(self.table.name) from None
            raise BatchChanged(batch.batch_id) from None

    async def report_files(self, batch_id: str) -> AsyncIterator[tuple[int, dict[str, Any]]]:
        """What `reported` noted of each chunk of a batch, in order."""
        rows = self.table.query("#batch_id = :batch AND begins_with(#part, :chunk)", batch=batch_id, chunk="chunk#")
        async for row in rows:
            if "report" in row:
                yield row["number"], json.loads(row["report"])

    def count_item(
        self, batch_id: str, chunk: int, counts: Counts, *, at_ms: int, reopened: Mapping[str, Any] | None = None
    ) -> Item:
        """For a transaction: add to a chunk's counts what happened at a time (epoch milliseconds), and with `reopened`
        put it back into the open index. Refused where `take_lines` has to come first, unless it is `reopened`: the
        chunk has no row yet, or is closed.
        """
        condition = "attribute_exists(#number) AND attribute_not_exists(#closed)" if reopened is None else None
        reopened = reopened or {}
        added = {_counted_as(name): value for name, value in asdict(counts).items() if value}
        added["writes"] = 1
        if counts.ended > 0:
            added["in_flight"] = -counts.ended
        return self.table.transact_update(
            {"batch_id": batch_id, "part": _part(chunk)},
            "SET "
            + ", ".join(["#number = :number", "#last_ms = :last_ms", *(f"#{name} = :{name}" for name in reopened)])
            + (" REMOVE #report" if reopened else "")
            + " ADD "
            + ", ".join(f"#{name} :{name}" for name in added),
            condition,
            **reopened,
            **added,
            number=chunk,
            last_ms=at_ms,
        )

    def reopen_items(
        self, batch: Batch, chunk: int, counts: Counts, *, now_ms: int, due_at_ms: int, watch_at_ms: int, resend: bool
    ) -> dict[str, Item]:
        """For a transaction, by part: lines of this chunk have a new round, so neither chunk nor batch is complete.

        With `resend` the workers send them, else the caller has to. The part `batch` is refused unless the batch is in
        the state it was read in. The chunk is due at `due_at_ms`, the batch at `watch_at_ms`.

        A batch without a manifest rests from then on; where the chunk is closed, the part `chunk` is refused.
        """
        if batch.direct:
            return {
                "chunk": self.count_item(batch.batch_id, chunk, counts, at_ms=now_ms),
                "batch": self._batches.reopen_direct_item(batch, now_ms),
            }
        reopened: dict[str, Any] = {"open": "chunk", "due_at": due_at_ms}
        if resend:
            reopened["resend"] = True
        return {
            "chunk": self.count_item(batch.batch_id, chunk, counts, at_ms=now_ms, reopened=reopened),
            "batch": self._batches.reopen_item(batch, watch_at_ms),
        }

    async def _change(self, chunk: Chunk, **changes: Any) -> Chunk:
        changed = replace(chunk, **changes)
        # Only what is meant to change: others count `in_flight` meanwhile.
        sets = {_ATTRIBUTES.get(name, name): value for name, value in changes.items()}
        await self.table.update(
            {"batch_id": chunk.batch_id, "part": _part(chunk.number)},
            "SET " + ", ".join(f"#{name} = :{name}" for name in sets),
            "#due_at = :was AND #claimed = :was_claimed",
            **sets,
            was=chunk.due_at_ms,
            was_claimed=chunk.claimed,
        )
        return changed

    async def _change_open(self, chunk: Chunk, partition: str, due_at_ms: int) -> None:
        await self.table.update(
            {"batch_id": chunk.batch_id, "part": _part(chunk.number)},
            "SET #open = :open, #due_at = :due_at",
            "#due_at = :was",
            open=partition,
            due_at=due_at_ms,
            was=chunk.due_at_ms,
        )


def _unsent(batch_id: str) -> str:
    """The partition of the open index for the chunks of one batch that wait: bulk hides none of another batch."""
    return f"unsent#{batch_id}"


def _part(chunk: int) -> str:
    return f"chunk#{chunk:09d}"


def _counted_as(name: str) -> str:
    """The attribute of a chunk's row that holds a member of its counts: its own size is all its lines'."""
    return "ended_size" if name == "size" else name


def _chunk(row: dict[str, Any]) -> Chunk:
    return Chunk(
        batch_id=row["batch_id"],
        number=row["number"],
        counts=Counts(*(row.get(_counted_as(name), 0) for name in COUNTED)),
        total=row.get("total"),
        size=row.get("size", 0),
        source_key=row.get("source_key"),
        claimed=row.get("claimed", 0),
        sent=row.get("sent", 0),
        in_flight=max(0, row.get("in_flight", 0)),
        reached=row.get("reached", 0),
        rewound=row.get("rewound", 0),
        resend=row.get("resend", False),
        skip_reason=Reason(row["skip_reason"]) if "skip_reason" in row else None,
        skip_from=row.get("skip_from"),
        seen=row.get("seen", 0),
        due_at_ms=row.get("due_at"),
        reported="report" in row,
        closed=row.get("closed", False),
        pieces=row.get("pieces", 0),
        last_ms=row.get("last_ms", 0),
        writes=row.get("writes", 0),
    )
