"""Decisions, in the rows of their video: appended, never changed. Beside them what callers name their requests by."""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from reelsift.aws.review_items import DUE_INDEX
from reelsift.aws.review_rows import SHARDS, shard_of
from reelsift.aws.table import ConditionFailed, Item, Table
from reelsift.aws.unreadable import UnreadableRows
from reelsift.domain.decision import Decision, Private, SealedDecision, canonical

DECIDED_INDEX = "decided"
"""Index of decisions by their day, spread over the shards of their videos, and their time."""

UNARCHIVED_INDEX = "unarchived"
"""Sparse index of decisions that no export to the archive has brought yet, over the same shards, by their time."""

Place = tuple[int, str, int]
"""Where a decision stands in the index of days: when it was made (epoch milliseconds), its video and its number."""

_UNDRAWN = ".undrawn"
"""A partition of the index of items by due time, in which decisions stand until a worker has drawn. No queue is named
so.
"""

_PREFIX = "decision#"
_KEYED = "decision"
_SHARE = "second_opinions"
"""The attribute with the share of decisions that was in force when one was made."""

_IS_UNDRAWN = "attribute_exists(#due_queue)"
_RECORD = "record"
"""The attribute that the row of a decision lacks once it was moved to where only specialists see it."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """What was decided under a caller's key: on which video, the number, and the digest of the request. With `opinion`
    it was an opinion about the decision of that number.
    """

    video_id: str
    number: int
    request: str
    opinion: bool = False


@dataclass(frozen=True, slots=True)
class Undrawn:
    """A decision of which it is still to be drawn whether another person is asked: with which `share` (0-1), and from
    when on (epoch milliseconds), so that it can be taken back first.
    """

    decision: Decision
    share: float
    at_ms: int


async def days_of_index(table: Table, kind: str) -> list[date]:
    """The days of the index of days whose partitions begin so, in their order. It reads the index as a whole."""
    rows = table.scan(index=DECIDED_INDEX, attributes=("decided_day",))
    names = {row["decided_day"].rpartition("#")[0] async for row in rows}
    days = {name.removeprefix(kind) for name in names if name.startswith(kind)}
    return [date.fromisoformat(day) for day in sorted(days) if day[:1].isdigit()]


class Decisions:
    """Reads of decisions, and the parts of the transaction that writes one."""

    def __init__(self, table: Table) -> None:
        """`table` is that of the reviews."""
        self.table = table
        self._unreadable = UnreadableRows()

    async def get(self, video_id: str, number: int) -> Decision | None:
        """One decision: a consistent read. None where there is none, and where its video is sealed."""
        row = await self.table.get(_key(video_id, number))
        return _decision(row) if row and _RECORD in row else None

    async def of_video(self, video_id: str, *, newest_first: bool = False) -> AsyncIterator[Decision]:
        """All decisions on a video, in the order of their numbers or backwards: a consistent read, page by page. Of a
        sealed one there are none once they were moved.
        """
        rows = self.table.query(
            "#video_id = :video_id AND begins_with(#part, :prefix)",
            backwards=newest_first,
            video_id=video_id,
            prefix=_PREFIX,
        )
        async for row in rows:
            if _RECORD in row:
                yield _decision(row)

    async def of_day(self, day: str, shard: int) -> AsyncIterator[Decision | SealedDecision]:
        """Decisions of a day (ISO, UTC) on the videos of one of `review_rows.SHARDS` shards, in the order of time. The
        index may lag behind.
        """
        rows = self.table.query("#decided_day = :day", index=DECIDED_INDEX, day=f"{day}#{shard}")
        async for row in rows:
            yield _either(row)

    async def newest_of_day(
        self, day: str, shard: int, *, limit: int, behind: Place | None = None
    ) -> AsyncIterator[Decision | SealedDecision]:
        """Up to `limit` of the same, the newest first; with `behind`, those before that one."""
        partition = f"{day}#{shard}"
        rows = self.table.query(
            "#decided_day = :day",
            index=DECIDED_INDEX,
            backwards=True,
            limit=limit,
            behind=None
            if behind is None
            else {"decided_day": partition, "decided_ms": behind[0], **_key(behind[1], behind[2])},
            day=partition,
        )
        async for row in rows:
            yield _either(row)

    async def unarchived(self) -> AsyncIterator[Decision | SealedDecision]:
        """Decisions that are still to be exported. The index may lag behind: what was exported just now may come again,
        and what was decided just now is for the next time. What this version cannot read keeps its mark.
        """
        for shard in range(SHARDS):
            rows = self.table.query("#unarchived = :shard", index=UNARCHIVED_INDEX, shard=str(shard))
            async for row in rows:
                if (read := self._unreadable.read(row, _either)) is not None:
                    yield read

    async def archived(self, decision: Decision | SealedDecision) -> None:
        """Note that an export has brought a decision; not where it was sealed since it was read, or is so no more: then
        the next one brings it as it is now.
        """
        sealed = "attribute_not_exists" if isinstance(decision, SealedDecision) else "attribute_exists"
        with suppress(ConditionFailed):
            await self.table.update(
                _key(decision.video_id, decision.number), "REMOVE #unarchived", f"{sealed}(#{_RECORD})"
            )

    async def count_unarchived(self, at_most: int) -> int:
        """How many decisions are still to be exported; `at_most` where that is more."""
        number = 0
        for shard in range(SHARDS):
            if number < at_most:
                number += await self.table.count(
                    "#unarchived = :shard", index=UNARCHIVED_INDEX, at_most=at_most - number, shard=str(shard)
                )
        return number

    async def undrawn(self, now_ms: int, *, limit: int) -> list[Undrawn]:
        """Decisions of which it is to be drawn by now whether another person is asked, those first that wait longest.
        The index may lag behind. What this version cannot read is left out.
        """
        rows = self.table.query(
            "#due_queue = :undrawn AND #due_at <= :now", index=DUE_INDEX, limit=limit, undrawn=_UNDRAWN, now=now_ms
        )
        read = [self._unreadable.read(row, _undrawn) async for row in rows if _RECORD in row]
        return [undrawn for undrawn in read if undrawn is not None]

    def drawn_item(self, decision: Decision) -> Item:
        """For a transaction: it was drawn, by nobody before, and the decision is not sealed."""
        return self.table.transact_update(
            _key(decision.video_id, decision.number), f"REMOVE #due_queue, #due_at, #{_SHARE}", _IS_UNDRAWN
        )

    async def note_drawn(self, decision: Decision) -> None:
        """Note that nobody is asked about a decision."""
        with suppress(ConditionFailed):
            await self.table.update(
                _key(decision.video_id, decision.number), f"REMOVE #due_queue, #due_at, #{_SHARE}", _IS_UNDRAWN
            )

    async def restore(self, decision: Decision | SealedDecision, *, unsealed: bool = False) -> bool:
        """Write a decision as the archive has it, without its private part. False where its row is there; with
        `unsealed`, where that has a record.
        """
        condition = f"attribute_not_exists(#{_RECORD if unsealed else 'video_id'})"
        row = _stub(decision) if isinstance(decision, SealedDecision) else _record(decision)
        try:
            await self.table.put(row, condition)
        except ConditionFailed:
            return False
        return True

    async def forget(self, decision: Decision) -> None:
        """Delete the private part of a decision: its note, what was seen and the salt. The record stays as it is."""
        await self.table.update(
            _key(decision.video_id, decision.number), "REMOVE #private", "attribute_exists(#video_id)"
        )

    async def days(self) -> list[date]:
        """The days (UTC) on which anything was decided, in their order. It reads the index of days as a whole."""
        return await days_of_index(self.table, "")

    async def sealed(self, video_id: str) -> list[SealedDecision]:
        """What everybody may know of the decisions on a sealed video that were moved, in the order of their numbers: a
        consistent read.
        """
        rows = self.table.query(
            "#video_id = :video_id AND begins_with(#part, :prefix)", video_id=video_id, prefix=_PREFIX
        )
        return [_sealed(row) async for row in rows if _RECORD not in row]

    def put_items(self, decision: Decision, undrawn: Undrawn | None = None) -> dict[str, Item]:
        """For a transaction: the same, by the names of its parts."""
        return {"decision": self.put_item(decision, undrawn)}

    def put_item(self, decision: Decision, undrawn: Undrawn | None = None) -> Item:
        """For a transaction: a decision that is not there yet. If it is still to be drawn whether another person is
        asked, that is noted in its row.
        """
        mark = {} if undrawn is None else {"due_queue": _UNDRAWN, "due_at": undrawn.at_ms, _SHARE: undrawn.share}
        return self.table.transact_put({**row_of(decision), **mark}, "attribute_not_exists(#video_id)")

    async def under_key(self, key: str) -> Keyed | None:
        """What was decided under a caller's key: a consistent read."""
        row = await self.table.get(_key_of_request(key))
        return _keyed(row) if row else None

    async def under_keys(self, keys: Sequence[str]) -> dict[str, Keyed]:
        """The same for up to 100 keys: by key, those under which something was decided."""
        names = {_key_of_request(key)["video_id"]: key for key in keys}
        rows = await self.table.get_many([_key_of_request(key) for key in keys]) if names else []
        return {names[row["video_id"]]: _keyed(row) for row in rows}

    def key_item(self, key: str, keyed: Keyed) -> Item:
        """For a transaction: a caller's key that was not used yet."""
        row = {
            **_key_of_request(key),
            "decided": keyed.video_id,
            "number": keyed.number,
            "request": keyed.request,
            "opinion": keyed.opinion or None,
        }
        return self.table.transact_put(row, "attribute_not_exists(#video_id)")


def _keyed(row: Mapping[str, Any]) -> Keyed:
    return Keyed(row["decided"], row["number"], row["request"], row.get("opinion", False))


def _key(video_id: str, number: int) -> dict[str, str]:
    return {"video_id": video_id, "part": f"{_PREFIX}{number:06}"}


def _key_of_request(key: str) -> dict[str, str]:
    # A hash: keys may be of any length, and may tell more than the table should.
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return {"video_id": f"idempotency#{digest}", "part": _KEYED}


def row_of(decision: Decision) -> dict[str, Any]:
    """The row of a decision that no archive has yet. The parts are texts: DynamoDB's numbers do not come back in the
    form that digests were made of.
    """
    assert decision.private is not None  # noqa: S101 - only what was forgotten has none, and that is not written here
    return {
        **_record(decision),
        "private": canonical(decision.private.members()),
        "unarchived": str(shard_of(decision.video_id)),
    }


def _record(decision: Decision) -> dict[str, Any]:
    """All but the private part."""
    return {
        **_key(decision.video_id, decision.number),
        _RECORD: canonical(decision.record()),
        "digest": decision.digest,
        **_decided(decision.video_id, decision.at_ms),
    }


def stub_of(decision: Decision) -> dict[str, Any]:
    """What stands in the place of the row of a decision on a sealed video."""
    return _stub(SealedDecision(decision.video_id, decision.number, decision.at_ms, decision.digest)) | {
        "unarchived": str(shard_of(decision.video_id))
    }


def _stub(decision: SealedDecision) -> dict[str, Any]:
    return {
        **_key(decision.video_id, decision.number),
        "sealed": True,
        "digest": decision.digest,
        **_decided(decision.video_id, decision.at_ms),
    }


def _decided(video_id: str, at_ms: int) -> dict[str, Any]:
    day = datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()
    return {"decided_day": f"{day}#{shard_of(video_id)}", "decided_ms": at_ms}


def _either(row: Mapping[str, Any]) -> Decision | SealedDecision:
    return _decision(row) if _RECORD in row else _sealed(row)


def _undrawn(row: Mapping[str, Any]) -> Undrawn:
    return Undrawn(_decision(row), float(row[_SHARE]), row["due_at"])


def _sealed(row: Mapping[str, Any]) -> SealedDecision:
    return SealedDecision(row["video_id"], _number(row), row["decided_ms"], row["digest"])


def _number(row: Mapping[str, Any]) -> int:
    return int(row["part"].removeprefix(_PREFIX))


def read_decision(row: Mapping[str, Any]) -> Decision:
    """The decision that a row is about, which was not moved."""
    return _decision(row)


def _decision(row: Mapping[str, Any]) -> Decision:
    private = Private.read(json.loads(row["private"])) if "private" in row else None
    return Decision.read(json.loads(row["record"]), private)
