"""Videos that were forgotten and may still stand in reports, and the pass that takes them out: rows of the batches
table under `forgotten`.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from reelsift.aws.copy_upkeep import gone_key, gone_row
from reelsift.aws.open_index import OpenIndex
from reelsift.aws.table import ConditionFailed, Table
from reelsift.domain.video import VIDEO_ID

SEALED_EVERY_MS = 3600 * 1000
"""The same for videos that were sealed, or are sealed no more."""

PASS_EVERY_MS = 24 * 3600 * 1000
"""Between the beginnings of two passes: each reads a file of every chunk there is, for however few videos."""

IDS_AT_ONCE = 100_000
"""Videos that one pass takes out, about 10 MB of ids; further ones are for the next."""

_PARTITION = "forgotten"
"""The name of no batch: these end with a time."""

_SWEEP = "!pass"
"""Before every video's id, which is hexadecimal."""

_REPORT = "!report#"

_CHUNK = "!chunk#"

MOST_CHUNKS = 10_000
"""Chunks that one pass reports anew because somebody has taken a seal away; further ones are for the next."""

_OPEN = "forgetting"


@dataclass(frozen=True, slots=True)
class ErasurePass:
    """A pass over all batches, which any worker goes on with once it is due.

    `began_ms` is when it began, None between two; `last_ms` when the one before did. Batches submitted later than
    `cursor_ms` are done with: it goes from the newest to the oldest. Times are epoch milliseconds. `lacking` says that
    the program has failed over one of these.
    """

    due_at_ms: int | None
    began_ms: int | None = None
    cursor_ms: int | None = None
    last_ms: int = 0
    lacking: bool = False


class ForgottenVideos:
    """Reads and writes of what is to be taken out of reports."""

    def __init__(self, table: Table, open_index: OpenIndex) -> None:
        self.table = table
        self._open_index = open_index

    async def note(self, video_id: str, *, now_ms: int) -> None:
        """Have the next pass take a video out of reports, as far as it ended until now, and have it leave the copy."""
        await self.table.put(gone_row(video_id, now_ms))
        await self.table.put({**_key(video_id), "forgotten_ms": now_ms})
        await self._open(now_ms, PASS_EVERY_MS)

    async def note_sealed(self, video_id: str, *, now_ms: int) -> None:
        """Have the next pass move what reports have of a sealed video: it begins at once, unless the last did within
        the hour. It leaves the copy as well, whose tests have passed it over since it was sealed.
        """
        await self.table.put(gone_row(video_id, now_ms))
        await self.table.put({**_key(video_id), "forgotten_ms": now_ms, "sealed": True})
        await self._open(now_ms, SEALED_EVERY_MS)

    async def sealed(self) -> frozenset[str]:
        """Sealed videos that reports may have still."""
        rows = self.table.query(
            "#batch_id = :partition AND #part > :after",
            filter_expression="attribute_exists(#sealed)",
            partition=_PARTITION,
            after="!~",
        )
        return frozenset([row["part"] async for row in rows])

    async def unsealed(self, video_id: str, chunks: Collection[tuple[str, int]], *, now_ms: int) -> None:
        """Take back that a video is sealed, and have these chunks, by their batches' ids and their numbers, reported
        anew.
        """
        with suppress(ConditionFailed):
            await self.table.delete(_key(video_id), "attribute_exists(#sealed)")
        with suppress(ConditionFailed):
            await self.table.delete(gone_key(video_id), "attribute_exists(#part)")
        if not chunks:
            return
        await self.table.write_many(puts=[_key(_chunk_part(batch_id, number)) for batch_id, number in sorted(chunks)])
        await self._open(now_ms, SEALED_EVERY_MS)

    async def marked_chunks(self) -> frozenset[tuple[str, int]]:
        """The chunks that are to be reported anew, by their batches' ids and their numbers; MOST_CHUNKS at most."""
        rows = self.table.query(
            "#batch_id = :partition AND begins_with(#part, :chunk)",
            limit=MOST_CHUNKS,
            partition=_PARTITION,
            chunk=_CHUNK,
        )
        return frozenset([_read_chunk(row["part"]) async for row in rows])

    async def chunk_written(self, batch_id: str, number: int) -> None:
        """Note that a chunk was reported anew."""
        with suppress(ConditionFailed):
            await self.table.delete(_key(_chunk_part(batch_id, number)), "attribute_exists(#part)")

    async def noted(self) -> dict[str, int]:
        """Up to 100,000 videos that are to be taken out, and when each was forgotten (epoch milliseconds)."""
        rows = self.table.query(
            "#batch_id = :partition AND #part > :after", limit=IDS_AT_ONCE, partition=_PARTITION, after="!~"
        )
        return {row["part"]: row["forgotten_ms"] async for row in rows if VIDEO_ID.fullmatch(row["part"])}

    async def due(self, now_ms: int) -> ErasurePass | None:
        """The pass, if it is to be begun or gone on with and nobody is at it. The index may lag behind the row."""
        rows = await self._open_index.due(_OPEN, _pass, now_ms=now_ms, limit=1)
        return rows[0] if rows else None

    async def count_due(self, now_ms: int) -> int:
        """1 where a pass is to be begun or is not at its end, else 0."""
        passes = await self._open_index.all(_OPEN, _pass, limit=1)
        return sum(one.began_ms is not None or (one.due_at_ms or 0) <= now_ms for one in passes)

    async def change(self, erasure: ErasurePass, **changes: Any) -> ErasurePass:
        """Change the pass, whose due time is as it was read. Raises ConditionFailed."""
        changed = replace(erasure, **changes)
        members: dict[str, Any] = {
            "due_at": changed.due_at_ms,
            "began_ms": changed.began_ms,
            "cursor_ms": changed.cursor_ms,
            "lacking": changed.lacking or None,
        }
        members |= {"last_ms": changed.last_ms, "open": None if changed.due_at_ms is None else _OPEN}
        sets = {name: value for name, value in members.items() if value is not None}
        gone = [f"#{name}" for name, value in members.items() if value is None]
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in sets)
        expression += " REMOVE " + ", ".join(gone) if gone else ""
        await self.table.update(_key(_SWEEP), expression, "#due_at = :was", **sets, was=erasure.due_at_ms)
        return changed

    async def end(self, erasure: ErasurePass, done: dict[str, int], *, now_ms: int) -> None:
        """End a pass that has taken out these videos. What was forgotten again meanwhile is for the next pass.

        Raises ConditionFailed where another worker goes on with the pass.
        """
        for video_id, forgotten_ms in done.items():
            with suppress(ConditionFailed):
                await self.table.delete(_key(video_id), "#forgotten_ms = :was", was=forgotten_ms)
        last_ms = erasure.began_ms or now_ms
        await self.change(erasure, due_at_ms=None, began_ms=None, cursor_ms=None, last_ms=last_ms, lacking=False)
        # Whoever has noted one since the pass read them may have found the pass open still.
        if await self.noted():
            await self._open(now_ms, SEALED_EVERY_MS if await self.sealed() else PASS_EVERY_MS)
        elif await self.marked_chunks():
            await self._open(now_ms, SEALED_EVERY_MS)

    async def mark_report(self, batch_id: str) -> None:
        """Note that chunks of a batch are reported anew, and its report as a whole is to be, too."""
        await self.table.put(_key(_REPORT + batch_id))

    async def marked_reports(self) -> AsyncIterator[str]:
        """The batches whose report as a whole is to be written anew."""
        rows = self.table.query(
            "#batch_id = :partition AND begins_with(#part, :report)", partition=_PARTITION, report=_REPORT
        )
        async for row in rows:
            yield row["part"].removeprefix(_REPORT)

    async def report_written(self, batch_id: str) -> None:
        """Take back `mark_report`."""
        with suppress(ConditionFailed):
            await self.table.delete(_key(_REPORT + batch_id), "attribute_exists(#part)")

    async def _open(self, now_ms: int, every_ms: int) -> None:
        row = await self.table.get(_key(_SWEEP)) or {}
        due_at = max(now_ms, row.get("last_ms", 0) + every_ms)
        if "open" in row:
            with suppress(ConditionFailed):
                # One that waits for its day comes sooner; one that is under way ends first.
                await self.table.update(
                    _key(_SWEEP),
                    "SET #due_at = :due_at",
                    "attribute_not_exists(#began_ms) AND #due_at > :due_at",
                    due_at=due_at,
                )
            return
        with suppress(ConditionFailed):
            await self.table.update(
                _key(_SWEEP),
                "SET #open = :open, #due_at = :due_at",
                "attribute_not_exists(#open)",
                open=_OPEN,
                due_at=due_at,
            )


def _key(part: str) -> dict[str, str]:
    return {"batch_id": _PARTITION, "part": part}


def _chunk_part(batch_id: str, number: int) -> str:
    return f"{_CHUNK}{batch_id}#{number:09d}"


def _read_chunk(part: str) -> tuple[str, int]:
    batch_id, _, number = part.removeprefix(_CHUNK).rpartition("#")
    return batch_id, int(number)


def _pass(row: dict[str, Any]) -> ErasurePass:
    return ErasurePass(
        row.get("due_at"),
        row.get("began_ms"),
        row.get("cursor_ms"),
        row.get("last_ms", 0),
        lacking=row.get("lacking", False),
    )
