"""Second opinions, in the rows of their video beside its decisions: appended, and never changed but for one that is
taken back at once.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

from reelsift.aws.decisions import DECIDED_INDEX, UNARCHIVED_INDEX, days_of_index
from reelsift.aws.review_rows import SHARDS, shard_of
from reelsift.aws.table import ConditionFailed, Item, Table
from reelsift.aws.unreadable import UnreadableRows
from reelsift.domain.decision import Private, canonical
from reelsift.domain.opinion import Opinion

OPINION_PART = "opinion#"
"""Begins the part of an opinion's row, before the number of the decision that it is about."""

_RECORD = "record"
"""The attribute that a row lacks once its opinion was taken back."""

_INDEXED = "opinion"
"""Opinions stand in the indexes of decisions, in partitions of their own."""


class Opinions:
    """Reads of opinions, and the part of the transaction that writes one."""

    def __init__(self, table: Table) -> None:
        """`table` is that of the reviews."""
        self.table = table
        self._unreadable = UnreadableRows()

    async def get(self, video_id: str, decision: int) -> Opinion | None:
        """That about one decision: a consistent read."""
        row = await self.table.get(_key(video_id, decision))
        return read_opinion(row) if row and _RECORD in row else None

    async def of_video(self, video_id: str) -> list[Opinion]:
        """All about a video, in the order of its decisions: a consistent read. Of a sealed one there are none once they
        were moved.
        """
        rows = self.table.query(
            "#video_id = :video_id AND begins_with(#part, :prefix)", video_id=video_id, prefix=OPINION_PART
        )
        return [read_opinion(row) async for row in rows if _RECORD in row]

    async def of_day(self, day: str, shard: int) -> AsyncIterator[Opinion]:
        """Those of a day (ISO, UTC) on the videos of one of `review_rows.SHARDS` shards, in the order of time. The
        index may lag behind.
        """
        rows = self.table.query("#decided_day = :day", index=DECIDED_INDEX, day=_partition(day, shard))
        async for row in rows:
            yield read_opinion(row)

    async def days(self) -> list[date]:
        """The days (UTC) of any of them, in their order. It reads the index of days as a whole."""
        return await days_of_index(self.table, f"{_INDEXED}#")

    async def unarchived(self) -> AsyncIterator[Opinion]:
        """Those that are still to be exported, as far as this version can read them. The index may lag behind."""
        for shard in range(SHARDS):
            rows = self.table.query("#unarchived = :shard", index=UNARCHIVED_INDEX, shard=_partition("", shard))
            async for row in rows:
                if (read := self._unreadable.read(row, read_opinion)) is not None:
                    yield read

    async def archived(self, opinion: Opinion) -> None:
        """Note that an export has brought an opinion; not where its video was sealed meanwhile."""
        with suppress(ConditionFailed):
            await self.table.update(
                _key(opinion.video_id, opinion.decision), "REMOVE #unarchived", "attribute_exists(#video_id)"
            )

    async def count_unarchived(self, at_most: int) -> int:
        """How many are still to be exported; `at_most` where that is more."""
        number = 0
        for shard in range(SHARDS):
            if number < at_most:
                number += await self.table.count(
                    "#unarchived = :shard",
                    index=UNARCHIVED_INDEX,
                    at_most=at_most - number,
                    shard=_partition("", shard),
                )
        return number

    async def restore(self, opinion: Opinion) -> bool:
        """Write an opinion as the archive has it, without its private part. False where its row is there."""
        try:
            await self.table.put(_record(opinion), f"attribute_not_exists(#{_RECORD})")
        except ConditionFailed:
            return False
        return True

    async def forget(self, opinion: Opinion) -> None:
        """Delete the private part of an opinion: its note and the salt. The record stays as it is."""
        await self.table.update(
            _key(opinion.video_id, opinion.decision), "REMOVE #private", "attribute_exists(#video_id)"
        )

    def put_item(self, opinion: Opinion) -> Item:
        """For a transaction: an opinion about a decision of which there is none yet."""
        assert opinion.private is not None  # noqa: S101 - only what was forgotten has none, and that is not written here
        row = {
            **_record(opinion),
            "private": canonical(opinion.private.members()),
            "unarchived": _partition("", shard_of(opinion.video_id)),
        }
        return self.table.transact_put(row, f"attribute_not_exists(#{_RECORD})")

    def take_back_item(self, opinion: Opinion) -> Item:
        """For a transaction: takes an opinion back, and leaves a row that says nothing."""
        return self.table.transact_update(
            _key(opinion.video_id, opinion.decision),
            f"REMOVE #{_RECORD}, #private, #digest, #decided_day, #decided_ms, #unarchived",
            "#digest = :digest",
            digest=opinion.digest,
        )


def read_opinion(row: Mapping[str, Any]) -> Opinion:
    """The opinion that a row is about."""
    private = Private.read(json.loads(row["private"])) if "private" in row else None
    return Opinion.read(json.loads(row[_RECORD]), private)


def _key(video_id: str, decision: int) -> dict[str, str]:
    return {"video_id": video_id, "part": f"{OPINION_PART}{decision:06}"}


def _record(opinion: Opinion) -> dict[str, Any]:
    """All but the private part."""
    day = datetime.fromtimestamp(opinion.at_ms / 1000, UTC).date().isoformat()
    return {
        **_key(opinion.video_id, opinion.decision),
        _RECORD: canonical(opinion.record()),
        "digest": opinion.digest,
        "decided_day": _partition(day, shard_of(opinion.video_id)),
        "decided_ms": opinion.at_ms,
    }


def _partition(day: str, shard: int) -> str:
    return f"{_INDEXED}#{day}#{shard}"
