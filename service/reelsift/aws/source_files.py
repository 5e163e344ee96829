"""Data files of an inventory, in the batches table under `file#<number>`."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

from reelsift.aws.open_index import OpenIndex
from reelsift.aws.table import Table
from reelsift.domain.batch import SourceFile


class SourceFiles:
    """Reads and conditional writes of the data files that become chunks of a batch."""

    def __init__(self, table: Table, open_index: OpenIndex) -> None:
        self.table = table
        self._open_index = open_index

    async def add(self, files: Sequence[SourceFile]) -> None:
        """Write the data files of an inventory, to be split into chunks.

        Only for whoever reads its manifest, before the batch knows how many there are: written later it would begin
        files anew.
        """
        await self.table.write_many(puts=[_file_row(file) for file in files])

    async def of_batch(self, batch_id: str, start: int = 0) -> AsyncIterator[SourceFile]:
        """The data files of a batch in order, from the one numbered `start` on."""
        async for row in self.table.query(
            "#batch_id = :batch AND #part BETWEEN :first AND :last",
            batch=batch_id,
            first=_file_part(start),
            last="file#~",
        ):
            yield _file(row)

    async def due(self, now_ms: int, limit: int) -> list[SourceFile]:
        """Data files that nobody reads, or whose reader has stopped, of whatever batch."""
        return await self._open_index.due("file", _file, now_ms=now_ms, limit=limit)

    async def count_due_work(self) -> int:
        """How many data files are to be read."""
        return await self._open_index.count("file")

    async def change(self, file: SourceFile, **changes: Any) -> SourceFile:
        """Change a data file whose due time is as it was read."""
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


def _file_part(number: int) -> str:
    return f"file#{number:06d}"


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
