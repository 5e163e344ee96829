"""The table of what is sealed: rows of other tables as they were, by their video, and the record of each seal.

Only the task role and specialists may use it.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reelsift.aws.review_rows import SHARDS, shard_of
from reelsift.aws.sealed import LISTED_INDEX
from reelsift.aws.table import BATCH_ITEMS, ConditionFailed, Item, Table
from reelsift.domain.seal_record import Reported, Seal, Seen

LONGEST_PART = 900
"""Bytes of a part that spells out the key of a row; of a longer one it has a digest (DynamoDB takes 1,024)."""

_SEAL = "seal"
_REPORT = "report#"
_SEEN = "seen#"


class CopyDamaged(Exception):
    """A row that was copied does not read back as it was written."""


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A row of another table as it was: which table (by its name in the schema), its key, and all of it."""

    table: str
    key: Mapping[str, Any]
    row: Mapping[str, Any]

    def part(self, video_id: str) -> str:
        """Under which it is kept: the same for the same row."""
        values = [str(value) for value in self.key.values() if value != video_id]
        part = "#".join([self.table, *values])
        if len(part.encode("utf-8", "surrogatepass")) <= LONGEST_PART:
            return part
        return f"{self.table}#sha256#{hashlib.sha256(part.encode('utf-8', 'surrogatepass')).hexdigest()}"


class SealedRows:
    """Reads and writes of rows that are kept for a video, and of the record of its seal."""

    def __init__(self, table: Table) -> None:
        self.table = table

    async def keep(self, video_id: str, rows: Sequence[SealedRow]) -> None:
        """Keep up to BATCH_ITEMS rows, and read them again. Raises CopyDamaged where they are not as they were given:
        then nothing of them may be deleted.
        """
        assert len(rows) <= BATCH_ITEMS  # noqa: S101 - who keeps more does it in pieces
        if not rows:
            return
        items = {row.part(video_id): row for row in rows}
        await self.table.write_many(puts=[_item(video_id, part, row) for part, row in items.items()])
        stored = await self.table.get_many([_key(video_id, part) for part in items])
        kept = {item["part"]: _read(item) for item in stored}
        # As DynamoDB has them: what it keeps of a number need not be what was written.
        damaged = [part for part, row in items.items() if part not in kept or kept[part] != row]
        if damaged:
            raise CopyDamaged(f"{len(damaged)} rows of video {video_id} do not read back as they were copied")

    async def of_video(self, video_id: str, table: str | None = None, *, prefix: str = "") -> AsyncIterator[SealedRow]:
        """The rows that are kept, in the order of their parts; those of one table alone, and of those whose key begins
        with `prefix`.
        """
        if table is None:
            items = self.table.query("#video_id = :video_id", video_id=video_id)
        else:
            items = self.table.query(
                "#video_id = :video_id AND begins_with(#part, :begins)", video_id=video_id, begins=f"{table}#{prefix}"
            )
        async for item in items:
            if "table" in item:
                yield _read(item)

    async def get(self, video_id: str, table: str, *key: str) -> SealedRow | None:
        """One row, by the values of its key but for the id of the video: a consistent read."""
        item = await self.table.get(_key(video_id, "#".join([table, *key])))
        return None if item is None else _read(item)

    async def let_go(self, video_id: str, rows: Sequence[SealedRow]) -> None:
        """Delete rows that are kept, once they are back where they were."""
        await self.table.write_many(deletes=[_key(video_id, row.part(video_id)) for row in rows])

    def replace_item(self, video_id: str, row: SealedRow, *, edition: int) -> Item:
        """For a transaction: a row of a status, as it is to be; holds only where the one that is kept has `edition`."""
        return self.table.transact_put(
            _item(video_id, row.part(video_id), row), "#row.#edition = :was_edition", was_edition=edition
        )

    def add_item(self, video_id: str, row: SealedRow) -> Item:
        """For a transaction: a row that is not kept yet."""
        return self.table.transact_put(_item(video_id, row.part(video_id), row), "attribute_not_exists(#video_id)")

    async def seal(self, video_id: str) -> Seal | None:
        """The record of a seal: a consistent read. None where there was none."""
        item = await self.table.get(_key(video_id, _SEAL))
        return None if item is None else _seal(item)

    async def note_seal(self, seal: Seal) -> Seal:
        """Write the record of a seal, unless it is there and on. Returns the one that is there."""
        row = {**_key(seal.video_id, _SEAL), **_members(seal)}
        try:
            await self.table.put(row, "attribute_not_exists(#video_id) OR attribute_exists(#lifted_ms)")
        except ConditionFailed:
            there = await self.seal(seal.video_id)
            assert there is not None  # noqa: S101 - nobody deletes it
            return there
        return seal

    async def lifted(self, video_id: str, *, now_ms: int) -> None:
        """Note that a seal was taken away. Reports to authorities and who has looked stay."""
        await self.table.update(
            _key(video_id, _SEAL),
            "SET #lifted_ms = :now REMOVE #listed",
            "attribute_exists(#video_id)",
            now=now_ms,
        )

    async def listed(self, shard: int) -> AsyncIterator[Seal]:
        """The seals of a shard that are on, the newest first. The index may lag behind."""
        rows = self.table.query("#listed = :shard", index=LISTED_INDEX, backwards=True, shard=str(shard))
        async for item in rows:
            yield _seal(item)

    async def seals(self) -> list[Seal]:
        """All seals that are on, the newest first: there are few."""
        found = [seal for shard in range(SHARDS) async for seal in self.listed(shard)]
        return sorted(found, key=lambda seal: seal.sealed_ms, reverse=True)

    async def report(self, video_id: str, reported: Reported) -> bool:
        """Take down a report to an authority. False where one of this number is there."""
        row = {**_key(video_id, _REPORT + reported.number), **reported.members()}
        try:
            await self.table.put(row, "attribute_not_exists(#video_id)")
        except ConditionFailed:
            return False
        return True

    async def reports(self, video_id: str) -> list[Reported]:
        """The reports to authorities, in the order of their numbers."""
        rows = self.table.query(
            "#video_id = :video_id AND begins_with(#part, :report)", video_id=video_id, report=_REPORT
        )
        return [Reported.read(item) async for item in rows]

    async def saw(self, video_id: str, seen: Seen) -> None:
        """Take down that a specialist has looked, before they see anything."""
        part = f"{_SEEN}{seen.at_ms:013d}-{seen.nonce}"
        await self.table.put({**_key(video_id, part), **seen.members()})

    async def looks(self, video_id: str) -> list[Seen]:
        """Who has looked since the video was sealed, the first first."""
        rows = self.table.query("#video_id = :video_id AND begins_with(#part, :seen)", video_id=video_id, seen=_SEEN)
        return [Seen.read(item) async for item in rows]


def _key(video_id: str, part: str) -> dict[str, str]:
    return {"video_id": video_id, "part": part}


def _item(video_id: str, part: str, row: SealedRow) -> dict[str, Any]:
    return {**_key(video_id, part), "table": row.table, "key": dict(row.key), "row": dict(row.row)}


def _read(item: Mapping[str, Any]) -> SealedRow:
    return SealedRow(item["table"], item["key"], item["row"])


def _members(seal: Seal) -> dict[str, Any]:
    return seal.members() | {"listed": str(shard_of(seal.video_id))}


def _seal(item: Mapping[str, Any]) -> Seal:
    return Seal.read(item["video_id"], item)
