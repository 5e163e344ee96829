"""Lines that wait for the result of a job: rows of the outcomes table, under the job they wait for."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from reelsift.aws.table import ConditionFailed, Item, Table, TransactionRefused
from reelsift.domain.analysis import Analysis
from reelsift.domain.context import context_text, read_context_text
from reelsift.domain.job import JobKey
from reelsift.domain.line import Line, LineId
from reelsift.domain.video import ObjectRef

TRANSACTION_WAITERS = 100
"""Items that a transaction has at most (DynamoDB)."""

_NOT_LATER = "attribute_not_exists(#round) OR #round <= :round"

_AS_READ = "attribute_not_exists(#line) OR #mark = :mark OR (:mark = :unmarked AND attribute_not_exists(#mark))"
"""A waiter is as it was read, or gone already; a release before this one did not mark it."""


@dataclass(frozen=True, slots=True)
class Waiter:
    """A line that waits for a job. Each write of the row has a mark of its own, so that whoever has read an earlier one
    does not take away what the line has written since, for a later attempt perhaps.
    """

    key: JobKey
    line: Line
    mark: str


class WaitersUnreadable(Exception):
    """Of the lines that wait for a job none can be read: a later version has written them, or somebody edited them."""


class Waiters:
    """Reads and conditional writes of waiters."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def add_item(self, key: JobKey, line: Line) -> Item:
        """For a transaction: the row by which a line waits for a job. Refused where a later round of it waits."""
        return self.table.transact_put(_waiter_row(_marked(key, line)), _NOT_LATER, round=line.id.round)

    async def add(self, key: JobKey, line: Line) -> Waiter:
        """Make a line wait for a job. The job is to be read after this, not before.

        Raises ConditionFailed where a later round of the line waits: then this is an old copy of its message.
        """
        waiter = _marked(key, line)
        await self.table.put(_waiter_row(waiter), _NOT_LATER, round=line.id.round)
        return waiter

    async def of_job(self, key: JobKey, limit: int) -> list[Waiter]:
        """Lines that wait for a job, read consistently, but for those that this version cannot read."""
        found, _, _ = await self._of_job(key, limit)
        return found

    async def to_end(self, key: JobKey, limit: int) -> tuple[list[Waiter], bool]:
        """The same for whoever ends them, and whether there may be more. Raises WaitersUnreadable where only such are
        left: nobody may take them for ended.
        """
        found, more, error = await self._of_job(key, limit)
        if error is not None and not found:
            raise WaitersUnreadable(f"{key}: {type(error).__name__}: {error}") from error
        return found, more or error is not None

    async def _of_job(self, key: JobKey, limit: int) -> tuple[list[Waiter], bool, Exception | None]:
        """Lines that can be read, whether there may be more, and why some cannot be read, if there are any."""
        found: list[Waiter] = []
        unreadable: Exception | None = None
        behind: dict[str, str] | None = None
        while True:
            query = self.table.query("#batch = :batch", limit=limit, behind=behind, batch=_partition(key))
            rows = [row async for row in query]
            for row in rows:
                try:
                    found.append(Waiter(key, _waiting_line(row), row.get("mark", "")))
                except (AttributeError, KeyError, TypeError, ValueError) as error:
                    unreadable = error
            if found or len(rows) < limit:
                return found, len(rows) == limit, unreadable
            behind = {name: rows[-1][name] for name in ("batch", "line")}

    async def of_lines(self, waiting: Sequence[tuple[JobKey, Line]]) -> list[Waiter]:
        """The rows by which these lines wait for these jobs, read consistently; not those of a later round."""
        pairs = {tuple(_row_key(key, line).values()): (key, line) for key, line in waiting}
        rows = await self.table.get_many([_row_key(key, line) for key, line in pairs.values()])
        found = [(row, *pairs[row["batch"], row["line"]]) for row in rows]
        return [Waiter(key, line, row.get("mark", "")) for row, key, line in found if row["round"] <= line.id.round]

    async def remove(self, waiters: Sequence[Waiter]) -> None:
        """Take waiters away as they were read or written: what a line has written since stays."""
        if len(waiters) == 1:
            # By far most jobs have one line. By itself a delete is one unit, in a transaction two (DynamoDB).
            with suppress(ConditionFailed):
                await self.table.delete(_waiter_key(waiters[0]), _AS_READ, **_mark(waiters[0]))
            return
        for start in range(0, len(waiters), TRANSACTION_WAITERS):
            parts = {
                waiter: self.table.transact_delete(_waiter_key(waiter), _AS_READ, **_mark(waiter))
                for waiter in waiters[start : start + TRANSACTION_WAITERS]
            }
            while parts:
                try:
                    await self.table.transact(parts)
                except TransactionRefused as refusal:
                    parts = {waiter: item for waiter, item in parts.items() if waiter not in refusal.parts}
                else:
                    break


def _partition(key: JobKey) -> str:
    """`#` cannot stand in a batch's name, two of them in a row in no outcome's partition."""
    return f"waiters##{key.video_id}#{key.analysis}"


def _marked(key: JobKey, line: Line) -> Waiter:
    return Waiter(key, line, token_hex(4))


def _mark(waiter: Waiter) -> dict[str, str]:
    """The values of `_AS_READ`."""
    return {"mark": waiter.mark, "unmarked": ""}


def _waiter_key(waiter: Waiter) -> dict[str, str]:
    return _row_key(waiter.key, waiter.line)


def _row_key(key: JobKey, line: Line) -> dict[str, str]:
    return {"batch": _partition(key), "line": f"{line.id.batch_id}#{line.id.line}"}


def _waiter_row(waiter: Waiter) -> dict[str, Any]:
    line = waiter.line
    return {
        **_waiter_key(waiter),
        "waits_for": str(waiter.key),
        "mark": waiter.mark,
        "batch_id": line.id.batch_id,
        "line_name": line.id.line,
        "chunk": line.id.chunk,
        "round": line.id.round,
        "bucket": line.ref.bucket,
        "key": line.ref.key,
        "version_id": line.ref.version_id,
        "etag": line.ref.etag,
        "size": line.ref.size,
        "submitted_ms": line.submitted_ms,
        "analyses": [str(analysis) for analysis in line.analyses],
        "again": line.again,
        "priority": line.priority,
        "content_changes": line.content_changes,
        "paid_ms": line.paid_ms,
        "paid_micros": line.paid_micros,
        "paid_attempts": list(line.paid_attempts) or None,
        "context": context_text(line.context),
    }


def _waiting_line(row: dict[str, Any]) -> Line:
    return Line(
        id=LineId(row["batch_id"], row["line_name"], row["chunk"], row["round"]),
        ref=ObjectRef(row["bucket"], row["key"], row.get("version_id"), row.get("etag"), row.get("size")),
        submitted_ms=row["submitted_ms"],
        analyses=tuple(Analysis(name) for name in row["analyses"]),
        again=row["again"],
        priority=row["priority"],
        content_changes=row["content_changes"],
        paid_ms=row["paid_ms"],
        paid_micros=row.get("paid_micros", 0),
        paid_attempts=tuple(row.get("paid_attempts", ())),
        context=read_context_text(row.get("context")),
    )
