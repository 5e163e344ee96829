"""The batches table: a batch's settings under `meta`, and a row for each data file and each chunk of it."""

import json
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any, TypeVar

import structlog

from reelsift.aws.table import ConditionFailed, Table, TransactionRefused
from reelsift.domain.batch import COUNTED, OVER, Batch, BatchState, Chunk, Counts, SourceFile, direct_batch
from reelsift.domain.failure import Reason
from reelsift.domain.filters import Filters

OPEN_INDEX = "open"
"""Sparse index of what is not done, by the time to look again. Its partitions: `inventory` (manifests to read), `file`
(data files to cut into chunks), `unsent#<batch>` (chunks of which nothing was sent), `chunk` (chunks that are being
worked on), `report` (chunks that are done, to be reported), `batch` (batches under way), `completing` (batches whose
report is to be written).
"""

RECENT_INDEX = "recent"
"""Sparse index of all batches (not their chunks), by the time they were made."""

KNOWN_BATCHES = 10_000
"""Names remembered at a time: messages may bring any number of them, and rows that cannot be read."""

_META = "meta"

_ATTRIBUTES = {"due_at_ms": "due_at"}
"""Fields of a chunk whose attribute is called otherwise."""

_Row = TypeVar("_Row")

_log = structlog.get_logger(__name__)


class BatchChanged(Exception):
    """A batch is no longer in the state it was read in: to be read again."""


class Batches:
    """Reads and conditional writes of batches, their data files and their chunks.

    Every write that somebody else may make as well is conditional on what was read, and raises ConditionFailed where
    that has changed. Reads of the open index may lag behind the rows by a moment.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self._known: set[str] = set()
        self._unreadable: set[tuple[str, str]] = set()

    # Batches

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
        return await self._readable(rows, _batch)

    async def active_batches(self, limit: int) -> list[Batch]:
        """Batches that are neither over nor completing, those first whose look is the longest due."""
        rows = self.table.query("#open = :open", index=OPEN_INDEX, limit=limit, open="batch")
        return await self._readable(rows, _batch)

    async def due_inventories(self, now_ms: int, limit: int) -> list[Batch]:
        """Batches whose inventory's manifest nobody reads, or whose reader has stopped."""
        return await self._readable(self._due("inventory", now_ms, limit), _batch)

    async def due_completing(self, now_ms: int, limit: int) -> list[Batch]:
        """Batches whose report nobody writes, or whose writer has stopped."""
        return await self._readable(self._due("completing", now_ms, limit), _batch)

    async def change(self, batch: Batch, **changes: Any) -> Batch:
        """Change fields of a batch that still is in the state, and has the time to look, that it was read with; return
        it. Every change that others must not overlook changes the one or the other.
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

    # Data files of an inventory

    async def add_files(self, files: Sequence[SourceFile]) -> None:
        """Write the data files of an inventory, to be cut into chunks. Only for whoever reads its manifest, before the
        batch knows how many there are: written later it would begin files anew.
        """
        await self.table.write_many(puts=[_file_row(file) for file in files])

    async def files(self, batch_id: str, start: int = 0) -> AsyncIterator[SourceFile]:
        """The data files of a batch in order, from the one numbered `start` on."""
        async for row in self.table.query(
            "#batch_id = :batch AND #part BETWEEN :first AND :last",
            batch=batch_id,
            first=_file_part(start),
            last="file#~",
        ):
            yield _file(row)

    async def due_files(self, now_ms: int, limit: int) -> list[SourceFile]:
        """Data files that nobody reads, or whose reader has stopped, of whatever batch."""
        return await self._readable(self._due("file", now_ms, limit), _file)

    async def change_file(self, file: SourceFile, **changes: Any) -> SourceFile:
        """Change a data file whose time to look is as it was read."""
        changed = replace(file, **changes)
        sets = {name: value for name, value in _file_row(changed).items() if value is not None}
        del sets["batch_id"], sets["part"]
        gone = "" if changed.due_at_ms is not None else " REMOVE #open, #due_at"
        await self.table.update(
            {"batch_id": file.batch_id, "part": _file_part(file.number)},
            "SET " + ", ".join(f"#{name} = :{name}" for name in sets) + gone,
            "#due_at = :was",
            **sets,
            was=file.due_at_ms,
        )
        return changed

    # Chunks

    async def add_chunk(self, chunk: Chunk) -> None:
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

    async def chunk(self, batch_id: str, number: int) -> Chunk | None:
        """One chunk as it is now: a consistent read."""
        row = await self.table.get({"batch_id": batch_id, "part": _part(number)})
        return _chunk(row) if row else None

    async def chunks(self, batch_id: str) -> AsyncGenerator[Chunk, None]:
        """The chunks of a batch, in order."""
        rows = self.table.query("#batch_id = :batch AND begins_with(#part, :chunk)", batch=batch_id, chunk="chunk#")
        async for row in rows:
            yield _chunk(row)

    async def unsent(self, batch_id: str, limit: int) -> list[Chunk]:
        """The first chunks of a batch of which nothing was sent."""
        rows = self.table.query("#open = :open", index=OPEN_INDEX, limit=limit, open=_unsent(batch_id))
        return await self._readable(rows, _chunk)

    async def at_work(self) -> list[Chunk]:
        """The chunks of all batches of which something was sent and that are not complete: a few for each batch."""
        return await self._readable(self.table.query("#open = :open", index=OPEN_INDEX, open="chunk"), _chunk)

    async def due_reports(self, now_ms: int, limit: int) -> list[Chunk]:
        """Chunks whose lines have all ended and whose part of the report nobody writes."""
        return await self._readable(self._due("report", now_ms, limit), _chunk)

    async def claim_lines(self, chunk: Chunk, upto: int, *, lines: int | None = None, due_at_ms: int) -> Chunk:
        """Take on the lines of a chunk up to this one, to be sent until `due_at_ms`. One worker succeeds.

        `lines` is how many of those that nobody had taken on have no outcome yet: all, unless it says so.
        """
        cut = "attribute_not_exists(#cut)" if chunk.cut_at is None else "#cut_at = :cut_at"
        row = await self.table.update_and_read(
            {"batch_id": chunk.batch_id, "part": _part(chunk.number)},
            "SET #claimed = :upto, #reached = :reached, #open = :open, #due_at = :look ADD #in_flight :lines",
            f"#claimed = :claimed AND #sent = :sent AND #due_at = :was AND {cut}",
            upto=upto,
            reached=max(chunk.reached, upto),
            open="chunk",
            look=due_at_ms,
            lines=upto - chunk.claimed if lines is None else lines,
            claimed=chunk.claimed,
            sent=chunk.sent,
            was=chunk.due_at_ms,
            **({} if chunk.cut_at is None else {"cut_at": chunk.cut_at}),
        )
        return _chunk(row)

    async def lines_sent(self, chunk: Chunk, upto: int | None = None, *, due_at_ms: int) -> Chunk:
        """Note that the lines that were taken on have been sent, or those of them up to this one."""
        sent = chunk.claimed if upto is None else upto
        return await self._change_chunk(chunk, sent=sent, seen=chunk.counts.ended, due_at_ms=due_at_ms)

    async def postpone_chunk(self, chunk: Chunk, due_at_ms: int) -> Chunk:
        """Put off the next look at a chunk."""
        return await self._change_chunk(chunk, seen=chunk.counts.ended, due_at_ms=due_at_ms)

    async def rewind(self, chunk: Chunk, *, due_at_ms: int) -> Chunk:
        """Have the lines of a chunk that have no outcome sent again, from its beginning."""
        return await self._change_chunk(
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

    async def cut(self, chunk: Chunk, reason: Reason, *, now_ms: int) -> Chunk:
        """End the lines of a chunk that nobody has ever taken on, all at once, as SKIPPED for this reason.

        Whoever is sending those before them goes on. A chunk of which nothing was sent is to be reported at once.
        """
        at = max(chunk.reached, chunk.claimed)
        moved = "" if at else ", #open = :open, #due_at = :now"
        row = await self.table.update_and_read(
            {"batch_id": chunk.batch_id, "part": _part(chunk.number)},
            f"SET #cut = :reason, #cut_at = :at{moved} ADD #skipped :lines",
            "#claimed = :claimed AND attribute_not_exists(#cut)"
            " AND (attribute_not_exists(#reached) OR #reached = :reached)",
            reason=str(reason),
            at=at,
            lines=(chunk.total or 0) - at,
            claimed=chunk.claimed,
            reached=chunk.reached,
            **({} if at else {"open": "report", "now": now_ms}),
        )
        return _chunk(row)

    async def uncut(self, batch: Batch, chunk: Chunk, *, due_at_ms: int) -> None:
        """Take back the cut of a chunk: the lines that it ended are to be sent after all, and the batch goes on.

        Raises ConditionFailed where the chunk is cut no more, or otherwise, and BatchChanged where the batch is no
        longer in the state it was read in.
        """
        chunk_item = self.table.transact_update(
            {"batch_id": chunk.batch_id, "part": _part(chunk.number)},
            "SET #open = :open, #due_at = :look REMOVE #cut, #cut_at, #report ADD #skipped :lines",
            "#cut = :cut AND #cut_at = :at",
            open="chunk" if chunk.end else _unsent(chunk.batch_id),
            look=due_at_ms,
            lines=chunk.end - (chunk.total or 0),
            cut=str(chunk.cut),
            at=chunk.end,
        )
        try:
            await self.table.transact([chunk_item, self._reopen_batch_item(batch, due_at_ms)])
        except TransactionRefused as refusal:
            if refusal.refused(1):
                raise BatchChanged(batch.batch_id) from None
            raise ConditionFailed(self.table.name) from None

    async def to_report(self, chunk: Chunk, *, now_ms: int) -> Chunk:
        """Hand a complete chunk over to whoever writes its part of the report."""
        await self._change_open(chunk, "report", now_ms)
        return replace(chunk, due_at_ms=now_ms)

    async def claim_report(self, chunk: Chunk, due_at_ms: int) -> Chunk:
        """Take on the report of a chunk, until `due_at_ms`."""
        await self._change_open(chunk, "report", due_at_ms)
        return replace(chunk, due_at_ms=due_at_ms)

    async def reported(self, chunk: Chunk, files: Mapping[str, Any]) -> None:
        """Note what files the report of a chunk has, and be done with it."""
        await self.table.update(
            {"batch_id": chunk.batch_id, "part": _part(chunk.number)},
            "SET #report = :report REMOVE #open, #due_at",
            "#due_at = :was AND #open = :open",
            report=json.dumps(files),
            was=chunk.due_at_ms,
            open="report",
        )

    async def report_files(self, batch_id: str) -> AsyncIterator[tuple[int, dict[str, Any]]]:
        """What `reported` noted of each chunk of a batch, in order."""
        rows = self.table.query("#batch_id = :batch AND begins_with(#part, :chunk)", batch=batch_id, chunk="chunk#")
        async for row in rows:
            if "report" in row:
                yield row["number"], json.loads(row["report"])

    async def count_unexpanded(self) -> int:
        """What stands in the tables only and wants a worker: manifests and data files to read, chunks to send, reports
        to write, batches to look after. Of a batch that is paused, nothing.
        """
        partitions = ("inventory", "file", "report", "completing")
        unexpanded = sum([await self.table.count("#open = :open", index=OPEN_INDEX, open=name) for name in partitions])
        to_send = Counter(chunk.batch_id for chunk in await self.at_work() if chunk.sent < chunk.end or chunk.resend)
        for batch in await self.active_batches(limit=1000):
            if batch.state is BatchState.PAUSED:
                continue
            unsent = await self.table.count("#open = :open", index=OPEN_INDEX, open=_unsent(batch.batch_id))
            # Where no chunk waits, lines may have been lost, or the batch be at its end: somebody has to look.
            unexpanded += max(1, unsent + to_send[batch.batch_id])
        return unexpanded

    def count(
        self, batch_id: str, chunk: int, counts: Counts, *, reopened: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """For a transaction: add to a chunk's counts, and with `reopened` put it back into the open index.

        A batch without a manifest gets its chunk rows by this.
        """
        reopened = reopened or {}
        added = {_counted_as(name): value for name, value in asdict(counts).items() if value}
        if counts.ended > 0:
            added["in_flight"] = -counts.ended
        return self.table.transact_update(
            {"batch_id": batch_id, "part": _part(chunk)},
            "SET "
            + ", ".join(["#number = :number", *(f"#{name} = :{name}" for name in reopened)])
            + (" REMOVE #report" if reopened else "")
            + (" ADD " + ", ".join(f"#{name} :{name}" for name in added) if added else ""),
            **reopened,
            **added,
            number=chunk,
        )

    def reopen_items(
        self, batch: Batch, chunk: int, counts: Counts, *, due_at_ms: int, watch_at_ms: int, resend: bool
    ) -> list[dict[str, Any]]:
        """For a transaction: lines of this chunk have a new round, so neither chunk nor batch is complete.

        `resend` has the workers send them; without it whoever reopens them does. The batch's item comes last, and is
        refused unless the batch is in the state it was read in. The chunk is looked at at `due_at_ms`, the batch at
        `watch_at_ms`.
        """
        if batch.direct:
            return [self.count(batch.batch_id, chunk, counts)]
        reopened: dict[str, Any] = {"open": "chunk", "due_at": due_at_ms}
        if resend:
            reopened["resend"] = True
        return [
            self.count(batch.batch_id, chunk, counts, reopened=reopened),
            self._reopen_batch_item(batch, watch_at_ms),
        ]

    def _reopen_batch_item(self, batch: Batch, due_at_ms: int) -> dict[str, Any]:
        """For a transaction: a batch has lines to end again. One that was over, or about to be, is Active again."""
        key = {"batch_id": batch.batch_id, "part": _META}
        condition = "#state = :was_state"
        if not is_ending(batch):
            return self.table.transact_update(
                key, "SET #due_at = :look", condition, look=due_at_ms, was_state=str(batch.state)
            )
        return self.table.transact_update(
            key,
            "SET #state = :state, #open = :open, #due_at = :look REMOVE #finished_ms, #stopped",
            condition,
            state=str(BatchState.ACTIVE),
            open="batch",
            look=due_at_ms,
            was_state=str(batch.state),
        )

    async def _change_chunk(self, chunk: Chunk, **changes: Any) -> Chunk:
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
            "SET #open = :open, #due_at = :look",
            "#due_at = :was",
            open=partition,
            look=due_at_ms,
            was=chunk.due_at_ms,
        )

    async def _readable(
        self, rows: AsyncIterator[dict[str, Any]], read: Callable[[dict[str, Any]], _Row]
    ) -> list[_Row]:
        """What rows of an index say. One that a later version has written, or somebody edited, is told of once and left
        out: it must not keep the others from being seen.
        """
        found: list[_Row] = []
        async for row in rows:
            try:
                found.append(read(row))
            except (KeyError, TypeError, ValueError) as error:
                name = row["batch_id"], row["part"]
                if name not in self._unreadable:
                    if len(self._unreadable) >= KNOWN_BATCHES:
                        self._unreadable.clear()
                    self._unreadable.add(name)
                    _log.error("row_unreadable", batch=name[0], part=name[1], error=f"{type(error).__name__}: {error}")
        return found

    def _due(self, partition: str, now_ms: int, limit: int) -> AsyncIterator[dict[str, Any]]:
        return self.table.query(
            "#open = :open AND #due_at <= :now", index=OPEN_INDEX, limit=limit, open=partition, now=now_ms
        )


def is_ending(batch: Batch) -> bool:
    """Whether all its lines have their outcome, so that a line that is opened again makes it Active again."""
    return batch.state in OVER or batch.state is BatchState.COMPLETING


def _unsent(batch_id: str) -> str:
    """The partition of the open index for the chunks of one batch that wait: bulk hides none of another batch."""
    return f"unsent#{batch_id}"


def _part(chunk: int) -> str:
    return f"chunk#{chunk:09d}"


def _file_part(number: int) -> str:
    return f"file#{number:06d}"


def _partition(batch: Batch) -> str | None:
    """Where a batch stands in the open index."""
    if batch.due_at_ms is None or batch.state in OVER:
        return None
    if batch.state is BatchState.COMPLETING:
        return "completing"
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
    )


def _filters(text: str | None) -> Filters:
    if text is None:
        return Filters()
    members = json.loads(text)
    suffixes = members["suffixes"]
    return Filters(
        **members | {"globs": tuple(members["globs"]), "suffixes": None if suffixes is None else tuple(suffixes)}
    )


def _file_row(file: SourceFile) -> dict[str, Any]:
    return {
        "batch_id": file.batch_id,
        "part": _file_part(file.number),
        "number": file.number,
        "name": file.name,
        "file_key": file.key,
        "size": file.size,
        "md5": file.md5,
        "done": file.done,
        "seen": file.seen,
        "lines": file.lines,
        "chunks": file.chunks,
        "line_bytes": file.line_bytes,
        "passed_over": dict(file.passed_over),
        "tries": file.tries,
        "open": "file" if file.due_at_ms is not None else None,
        "due_at": file.due_at_ms,
    }


def _file(row: dict[str, Any]) -> SourceFile:
    return SourceFile(
        batch_id=row["batch_id"],
        number=row["number"],
        name=row["name"],
        key=row["file_key"],
        size=row["size"],
        md5=row["md5"],
        done=row["done"],
        seen=row["seen"],
        lines=row["lines"],
        chunks=row["chunks"],
        line_bytes=row["line_bytes"],
        passed_over=tuple(sorted(row["passed_over"].items())),
        tries=row["tries"],
        due_at_ms=row.get("due_at"),
    )


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
        cut=Reason(row["cut"]) if "cut" in row else None,
        cut_at=row.get("cut_at"),
        seen=row.get("seen", 0),
        due_at_ms=row.get("due_at"),
        reported="report" in row,
    )
