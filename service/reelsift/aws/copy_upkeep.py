"""What is to be done about the copy of all answers, in the batches table under `archive`: when it is looked after next,
and which videos are to leave it.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from reelsift.aws.table import ConditionFailed, Table
from reelsift.domain.video import VIDEO_ID

IDS_AT_ONCE = 100_000
"""Videos that one pass takes out, about 10 MB of ids; further ones are for the next."""

_PARTITION = "archive"
"""The name of no batch: these end with a time."""

_KEY = {"batch_id": _PARTITION, "part": "segments"}

_GONE = "gone#"


@dataclass(frozen=True, slots=True)
class CopyUpkeep:
    """When the copy is due to be looked after, or how long the worker has it that is at it (epoch milliseconds, None
    before the first time). `replaced` are parts that are to be deleted once the part `into`, which has all of them, is
    there.
    """

    due_at_ms: int | None = None
    into: str | None = None
    replaced: tuple[str, ...] = ()


def gone_row(video_id: str, now_ms: int) -> dict[str, Any]:
    """The row by which a video is to leave the copy, as far as it came in until now."""
    return {**gone_key(video_id), "gone_ms": now_ms}


def gone_key(video_id: str) -> dict[str, str]:
    """The key of that row."""
    return {"batch_id": _PARTITION, "part": _GONE + video_id}


class CopyUpkeeps:
    """Reads and conditional writes of it."""

    def __init__(self, table: Table) -> None:
        """`table` is that of the batches."""
        self._table = table

    async def get(self) -> CopyUpkeep:
        """How it stands: a consistent read."""
        row = await self._table.get(_KEY) or {}
        return CopyUpkeep(row.get("due_at_ms"), row.get("into"), tuple(row.get("replaced", ())))

    async def change(self, upkeep: CopyUpkeep, **changes: Any) -> CopyUpkeep:
        """Change it, where its due time is as it was read. Raises ConditionFailed."""
        changed = replace(upkeep, **changes)
        sets: dict[str, Any] = {"due_at_ms": changed.due_at_ms, "replaced": list(changed.replaced)}
        gone = " REMOVE #into"
        if changed.into is not None:
            sets["into"], gone = changed.into, ""
        first = upkeep.due_at_ms is None
        await self._table.update(
            _KEY,
            "SET " + ", ".join(f"#{name} = :{name}" for name in sets) + gone,
            "attribute_not_exists(#due_at_ms)" if first else "#due_at_ms = :was",
            **sets,
            **({} if first else {"was": upkeep.due_at_ms}),
        )
        return changed

    async def gone(self, until_ms: int) -> dict[str, int]:
        """Up to 100,000 videos that are to leave the copy since `until_ms` or longer, and since when (epoch
        milliseconds).
        """
        rows = self._table.query(
            "#batch_id = :partition AND begins_with(#part, :gone)", limit=IDS_AT_ONCE, partition=_PARTITION, gone=_GONE
        )
        known = {row["part"].removeprefix(_GONE): row["gone_ms"] async for row in rows}
        return {name: at_ms for name, at_ms in known.items() if at_ms <= until_ms and VIDEO_ID.fullmatch(name)}

    async def erased(self, gone: dict[str, int]) -> None:
        """Take back the notes of videos that have left it. One that is to leave again since stays noted."""
        for video_id, gone_ms in gone.items():
            with suppress(ConditionFailed):
                await self._table.delete(gone_key(video_id), "#gone_ms = :was", was=gone_ms)
