"""What is unpublished in the reviews table: taken away once it is told, and found again where telling failed."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reelsift.aws import review_rows
from reelsift.aws.review_rows import EVENT, SEALED_UNTOLD, UNTOLD_PARTITIONS, key_of, untold_partition
from reelsift.aws.table import ConditionFailed, Table
from reelsift.aws.unreadable import UnreadableRows
from reelsift.domain.status import Unpublished, VideoStatus

UNTOLD_INDEX = "untold"
"""Sparse index of the rows that somebody is to look after, by when: their first telling failed, or waits."""

MOST_READ = 2000
"""Rows of a shard that are read at the most to find some that this version can read."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that this worker looks after for a while, and what of it is due: events of its own, in which nothing can
    be taken back any more, and events that did not fit into it.
    """

    row: VideoStatus
    due: tuple[Unpublished, ...]


class Untold:
    """Claims, and the removal of what was told."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._unreadable = UnreadableRows()

    async def put_aside(self, row: VideoStatus, tell_at_ms: int) -> None:
        """Have a row looked after from a time on (epoch milliseconds), since it could not be told."""
        await self.table.update(
            key_of(row.video_id),
            "SET #untold = :untold, #tell_at = :tell_at",
            "attribute_exists(#edition)",
            untold=untold_partition(row),
            tell_at=tell_at_ms,
        )

    async def due(self, now_ms: int, limit: int, *, newest: int = 0, sealed_alone: bool = False) -> list[VideoStatus]:
        """Rows to be looked after until `now_ms`, as the index has them, which may lag: so many of each partition at
        most, and those first whose time came first. Where there are more, the `newest` of each are added: what somebody
        has just decided does not wait until all is told that has gathered in an outage. With `sealed_alone` those of
        sealed videos.

        A row that a later version has written, or somebody edited, is logged and left out, and takes the place of none
        that can be told.
        """
        if not await self.table.has_rows(UNTOLD_INDEX):
            return []
        rows: list[VideoStatus] = []
        for partition in [SEALED_UNTOLD] if sealed_alone else UNTOLD_PARTITIONS:
            asked, read, found = 0, 0, list[VideoStatus]()
            while len(found) < limit and read == asked < MOST_READ:
                asked = min(10 * asked, MOST_READ) if asked else limit
                read, found = 0, []
                async for row in self._due(partition, now_ms, asked):
                    read += 1
                    if (readable := self._read(row)) is not None:
                        found.append(readable)
            rows += found[:limit]
            if newest and read == asked:
                known = {row.video_id for row in found[:limit]}
                rows += await self._not_in(known, self._due(partition, now_ms, newest, backwards=True))
        return sorted(rows, key=lambda row: row.tell_at_ms or 0)

    async def _not_in(self, known: Collection[str], found: AsyncIterator[dict[str, Any]]) -> list[VideoStatus]:
        """The rows that can be read, but for those of videos that are known."""
        rows = [self._read(row) async for row in found if row["video_id"] not in known]
        return [row for row in rows if row is not None]

    def _due(
        self, partition: str, now_ms: int, limit: int, *, backwards: bool = False
    ) -> AsyncIterator[dict[str, Any]]:
        return self.table.query(
            "#untold = :partition AND #tell_at <= :now",
            index=UNTOLD_INDEX,
            limit=limit,
            backwards=backwards,
            partition=partition,
            now=now_ms,
        )

    def _read(self, row: dict[str, Any]) -> VideoStatus | None:
        return self._unreadable.read(row, review_rows.read_row)

    async def count(self, at_most: int) -> int:
        """How many rows are to be looked after, now or later; of each partition `at_most` are counted."""
        if not await self.table.has_rows(UNTOLD_INDEX):
            return 0
        return sum(
            [
                await self.table.count("#untold = :partition", index=UNTOLD_INDEX, at_most=at_most, partition=partition)
                for partition in UNTOLD_PARTITIONS
            ]
        )

    async def claim(self, row: VideoStatus, *, now_ms: int, until_ms: int) -> Claimed | None:
        """Look after a row until `until_ms`, if it still is as it was read. None where it is not: another worker was
        first, or somebody has written it.

        Events that waited and are due are marked: whoever made them cannot take them back from now on.
        """
        due = tuple(event for event in row.unpublished if event.is_due(now_ms))
        marked = {
            event.revision.number: replace(event, claimed=True)
            for event in due
            if event.tell_at_ms is not None and not event.claimed
        }
        claimed = replace(
            row,
            tell_at_ms=until_ms,
            tell_tries=row.tell_tries + 1,
            edition=row.edition + 1 if marked else row.edition,
            unpublished=tuple(marked.get(event.revision.number, event) for event in row.unpublished),
        )
        in_history = {revision.number for revision in row.history}
        changes = {
            "tell_at": until_ms,
            "tell_tries": claimed.tell_tries,
            "edition": claimed.edition,
            **{
                f"{EVENT}{number}": review_rows.event_members(event, whole=number not in in_history)
                for number, event in marked.items()
            },
        }
        try:
            await self.table.update(
                key_of(row.video_id),
                "SET " + ", ".join(f"#{name} = :{name}" for name in changes),
                "#edition = :was_edition AND #tell_at = :was_tell_at",
                was_edition=row.edition,
                was_tell_at=row.tell_at_ms,
                **changes,
            )
        except ConditionFailed:
            return None
        return Claimed(claimed, tuple(marked.get(event.revision.number, event) for event in due))

    async def further_events(self, video_id: str, limit: int) -> list[Unpublished]:
        """Events of a video that did not fit into its row, the oldest first."""
        rows = self.table.query(
            "#video_id = :video AND begins_with(#part, :event_part)",
            filter_expression="attribute_exists(#event)",
            video=video_id,
            event_part=review_rows.EVENT_PART,
        )
        found: list[Unpublished] = []
        async for row in rows:
            found.append(review_rows.read_event_row(row))
            if len(found) == limit:
                break
        return found

    async def told(self, video_id: str, revisions: Collection[int], appeals: Collection[str] = ()) -> None:
        """Take away events that were told, exactly these: revisions, and what became of appeals, by their ids."""
        if gone := _names(revisions, appeals):
            names = ", ".join(f"#{name}" for name in gone)
            await self.table.update(key_of(video_id), f"REMOVE {names}", "attribute_exists(#edition)")

    async def further_told(self, video_id: str, revisions: Sequence[int]) -> None:
        """Take away events that did not fit into the row and were told. Their rows stay, with nothing in them."""
        for number in revisions:
            key = {"video_id": video_id, "part": review_rows.event_part(number)}
            await self.table.update(key, "REMOVE #event", "attribute_exists(#event)")

    async def settled(
        self, row: VideoStatus, revisions: Collection[int], appeals: Collection[str] = (), *, more_events: bool
    ) -> None:
        """Take away events of a claimed row that were told, and look after it no longer, or again when the next event
        that waits is due. Where somebody has written it meanwhile, events alone go: the row is looked at once more.
        """
        left = [event for event in row.unpublished if event.revision.number not in revisions]
        left_appeals = [appeal for appeal in row.appeals if appeal.appeal not in appeals]
        gone = _names(revisions, appeals)
        values: dict[str, int] = {"was_edition": row.edition}
        expression = ""
        if left or left_appeals or more_events:
            waits = [event.tell_at_ms for event in left if event.tell_at_ms is not None and not event.claimed]
            if waits and len(waits) == len(left) and not left_appeals and not more_events:
                expression = "SET #tell_at = :tell_at "
                values["tell_at"] = min(waits)
                gone.append("tell_tries")
        else:
            gone += ["untold", "tell_at", "tell_tries", "more_events"]
        if gone:
            expression += "REMOVE " + ", ".join(f"#{name}" for name in gone)
        if not expression:
            return
        try:
            await self.table.update(key_of(row.video_id), expression, "#edition = :was_edition", **values)
        except ConditionFailed:
            await self.told(row.video_id, revisions, appeals)


def _names(revisions: Collection[int], appeals: Collection[str]) -> list[str]:
    """The attributes of these events."""
    return [f"{EVENT}{number}" for number in sorted(revisions)] + list(map(review_rows.appeal_name, sorted(appeals)))
