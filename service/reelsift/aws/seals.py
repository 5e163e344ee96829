"""Which sealed videos are still to be moved, in the reviews table, and what is left of those that were.

The decision that seals a video marks its row: from then on nobody reads more of it than `domain.seal.hidden` says. A
worker moves all that is known to the sealed place, and leaves the row as a stub. Specialists mark the stub for the way
back.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from reelsift.aws import review_rows
from reelsift.aws.review_rows import (
    APPEAL,
    BACK,
    EVENT,
    SHARDS,
    STUB,
    key_of,
    sealing_at_once,
    sealing_partition,
    untagged_at_once,
    untold_partition,
)
from reelsift.aws.sealed import SEALING_INDEX
from reelsift.aws.table import ConditionFailed, Item, Table
from reelsift.domain.seal import hidden
from reelsift.domain.status import VideoStatus

_OF_SEALING = ("sealing", "seal_at", "seal_since", "seal_tries", "seal_late", STUB, BACK)
_OF_TAGS = ("untagged", "tag_at", "tag_lease", "tag_until", "tag_late", "tag_mark", "tagged", "actions")
_OF_TELLING = ("untold", "tell_at", "tell_tries")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many rows are due, and since when the first waits of which something is not as it is to be (epoch
    milliseconds). What only waits for the end of an analysis, or for a last look, is not counted for that.
    """

    due: int
    since_ms: int | None


@dataclass(frozen=True, slots=True)
class Marked:
    """A row that a worker has taken up for a while, as it is: all of it. `tries` counts those that failed in a row."""

    row: Mapping[str, Any]
    status: VideoStatus

    @property
    def video_id(self) -> str:
        return self.status.video_id

    @property
    def is_stub(self) -> bool:
        """Whether the row itself was moved already."""
        return STUB in self.row

    @property
    def goes_back(self) -> bool:
        """Whether specialists have taken the seal away."""
        return BACK in self.row

    @property
    def was_late(self) -> bool:
        """Whether all was moved before, and this is the look for what slow workers may have left since."""
        return "seal_late" in self.row

    @property
    def tries(self) -> int:
        return int(self.row.get("seal_tries", 0))


class Seals:
    """Takes up rows that are to be moved, makes stubs of them, and rows of stubs."""

    def __init__(self, table: Table) -> None:
        """`table` is that of the reviews."""
        self.table = table

    async def due(self, now_ms: int, limit: int) -> list[str]:
        """Videos that are due, up to `limit` of each shard, those first that have waited longest. The index may lag."""
        if not await self.table.has_rows(SEALING_INDEX):
            return []
        found: list[str] = []
        for shard in range(SHARDS):
            rows = self.table.query(
                "#sealing = :partition AND #seal_at <= :now",
                index=SEALING_INDEX,
                limit=limit,
                attributes=("video_id",),
                partition=sealing_partition(shard),
                now=now_ms,
            )
            found += [row["video_id"] async for row in rows]
        return found

    async def marked(self) -> frozenset[str]:
        """All sealed videos of which something is still to be moved, or may be. The index may lag."""
        found: list[str] = []
        for shard in range(SHARDS):
            rows = self.table.query(
                "#sealing = :partition",
                index=SEALING_INDEX,
                filter_expression="attribute_exists(#sealed)",
                attributes=("video_id",),
                partition=sealing_partition(shard),
            )
            found += [row["video_id"] async for row in rows]
        return frozenset(found)

    async def waiting(self, now_ms: int, limit: int) -> "Waiting":
        """What is still to be moved, as far as `limit` rows of each shard say."""
        if not await self.table.has_rows(SEALING_INDEX):
            return Waiting(0, None)
        due, late = 0, list[int]()
        for shard in range(SHARDS):
            rows = self.table.query(
                "#sealing = :partition",
                index=SEALING_INDEX,
                limit=limit,
                attributes=("seal_at", "seal_since", "seal_tries", STUB, BACK),
                partition=sealing_partition(shard),
            )
            async for row in rows:
                due += row["seal_at"] <= now_ms
                if STUB not in row or BACK in row or "seal_tries" in row:
                    late.append(row["seal_since"])
        return Waiting(due, min(late, default=None))

    async def take(self, video_id: str, *, now_ms: int, until_ms: int) -> Marked | None:
        """Take up a row until `until_ms`; None where another worker was first, or nothing is to be done any more."""
        try:
            row = await self.table.update_and_read(
                key_of(video_id),
                "SET #seal_at = :until",
                "attribute_exists(#sealing) AND #seal_at <= :now",
                now=now_ms,
                until=until_ms,
            )
        except ConditionFailed:
            return None
        return Marked(row, review_rows.read_whole_row(row))

    async def renew(self, marked: Marked, until_ms: int) -> None:
        """Keep a row for longer. Raises ConditionFailed where specialists have decided meanwhile: begin anew."""
        await self.table.update(
            key_of(marked.video_id), "SET #seal_at = :until", _AS_READ, until=until_ms, **_read(marked)
        )

    async def put_off(self, marked: Marked, at_ms: int, *, tries: int = 0, late: bool = False) -> None:
        """Leave a row until `at_ms`; where it was decided meanwhile, it is due already. `late` says that everything is
        moved that there is.
        """
        sets, gone = {"seal_at": at_ms}, []
        for name, value in (("seal_tries", tries), ("seal_late", int(late))):
            if value:
                sets[name] = value
            else:
                gone.append(f"#{name}")
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in sets)
        expression += " REMOVE " + ", ".join(gone) if gone else ""
        with suppress(ConditionFailed):
            await self.table.update(key_of(marked.video_id), expression, _AS_READ, **sets, **_read(marked))

    async def done(self, marked: Marked) -> None:
        """Be done with a sealed video, unless specialists have decided it meanwhile."""
        with suppress(ConditionFailed):
            await self.table.update(
                key_of(marked.video_id),
                "REMOVE #sealing, #seal_at, #seal_since, #seal_tries, #seal_late",
                _AS_READ,
                **_read(marked),
            )

    async def done_back(self, video_id: str) -> None:
        """Be done with a video that is sealed no more, and of which nothing is. One that was sealed again is not."""
        with suppress(ConditionFailed):
            await self.table.update(
                key_of(video_id),
                f"REMOVE #sealing, #seal_at, #seal_since, #seal_tries, #{BACK}",
                f"attribute_exists(#{BACK}) AND attribute_not_exists(#sealed)",
            )

    async def read(self, video_id: str) -> Marked | None:
        """A row as it is now; None where the video is not sealed."""
        row = await self.table.get(key_of(video_id))
        if row is None or not row.get("sealed"):
            return None
        return Marked(row, review_rows.read_whole_row(row))

    async def make_stub(self, marked: Marked) -> None:
        """Leave of the row what everybody may know. Raises ConditionFailed where it is no longer as it was read: told
        meanwhile perhaps, or tagged.
        """
        row = marked.row
        events = [name for name in row if name.startswith((EVENT, APPEAL))]
        left = review_rows.row_of(hidden(marked.status)) | {STUB: True}
        left |= {
            f"{EVENT}{event.revision.number}": review_rows.event_members(event)
            for event in hidden(marked.status).unpublished
        }
        left |= {
            review_rows.appeal_name(appeal.appeal): review_rows.appeal_members(appeal)
            for appeal in hidden(marked.status).appeals
        }
        kept = {"video_id", "part", *left, *_OF_SEALING, *_OF_TAGS, *_OF_TELLING}
        gone = sorted(set(row) - kept)
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in left)
        expression += " REMOVE " + ", ".join(f"#{name}" for name in gone) if gone else ""
        condition = " AND ".join([_AS_READ, *(f"attribute_exists(#{name})" for name in events)])
        await self.table.update(key_of(marked.video_id), expression, condition, **left, **_read(marked))

    async def make_row(self, marked: Marked, whole: Mapping[str, Any]) -> None:
        """Put a row back in the place of its stub; `whole` are all of its attributes. What was told of it meanwhile is
        not told again. Raises ConditionFailed where specialists have decided it once more.
        """
        stub = marked.row
        told = {
            name
            for name in whole
            if name not in stub
            and (
                (name.startswith(EVENT) and int(name.removeprefix(EVENT)) <= marked.status.revision)
                or name.startswith(APPEAL)
                or name == "more_events"
            )
        }
        left = {
            name: value
            for name, value in whole.items()
            if name not in {"video_id", "part", "edition", "sealed", *told, *_OF_SEALING, *_OF_TAGS}
        }
        left |= {"edition": marked.status.edition + 1, **untagged_at_once(marked.video_id)}
        if any(name.startswith((EVENT, APPEAL)) for name in left):
            # Not among those of sealed videos any more.
            left |= {
                "untold": untold_partition(replace(marked.status, sealed=False)),
                "tell_at": left.get("tell_at", 0),
            }
        # It stays marked until nothing of it is sealed any more.
        gone = sorted(set(stub) - {"video_id", "part", *left, *_OF_TAGS, "sealing", "seal_at", "seal_since", BACK})
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in left)
        expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        await self.table.update(key_of(marked.video_id), expression, _AS_READ, **left, **_read(marked))

    def decided_item(self, stub_edition: int, changed: VideoStatus, *, now_ms: int) -> Item:
        """For the transaction of a specialist's decision: the stub knows how many decisions there are, and whether it
        is to become the row again. Holds only for a stub that nobody has written since it had this edition.
        """
        sets: dict[str, Any] = {
            "last_decision": changed.last_decision,
            "edition": stub_edition + 1,
            **sealing_at_once(changed.video_id, now_ms),
        }
        if not changed.sealed:
            sets[BACK] = True
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in sets)
        expression += f" REMOVE #{BACK}" if changed.sealed else ""
        return self.table.transact_update(
            key_of(changed.video_id),
            expression,
            f"#edition = :was_edition AND attribute_exists(#{STUB}) AND attribute_exists(#sealed)",
            was_edition=stub_edition,
            **sets,
        )


_AS_READ = "#edition = :was_edition AND attribute_exists(#sealing)"


def _read(marked: Marked) -> dict[str, Any]:
    return {"was_edition": marked.status.edition}
