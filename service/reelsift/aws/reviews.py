"""The reviews table: what is known of a video as a whole. Its `status` row has the verdict, the status and what is to
be told of it.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from reelsift.aws import review_rows
from reelsift.aws.merging import merged
from reelsift.aws.opinions import OPINION_PART
from reelsift.aws.review_rows import APPEAL, EVENT, SHARDS, UNSENT, key_of
from reelsift.aws.table import ConditionFailed, Item, Table, TransactionRefused
from reelsift.aws.unreadable import UnreadableRows
from reelsift.domain.policy import Verdict
from reelsift.domain.status import Revision, Status, VideoStatus
from reelsift.domain.video import Video

FLAGGED_INDEX = "flagged"
"""Sparse index of the videos whose verdict is not `approve`, by the time of the verdict."""

STATUS_INDEX = "by_status"
"""Sparse index of the videos whose status is not `approved`, by the time since when it is so. Sealed ones are in
neither.
"""

Place = tuple[int, str]
"""Where a video stands in an index: by a time (epoch milliseconds), and its id."""

_NOWHERE: Mapping[int, Place] = MappingProxyType({})

_DECISION_PART = "decision#"
"""Begins the part of a decision's row."""

MOST_HISTORY = 50
"""Revisions that a row has in its history. Of more, the older half becomes a row of its own."""

MOST_EVENTS = 20
"""Unpublished revisions in the row of a video; further ones are rows of their own."""


@dataclass(frozen=True, slots=True)
class Content:
    """A content that a key has had: one video."""

    video_id: str
    bucket: str
    key: str
    etag: str


class BesideRefused(Exception):
    """A row was not written: what was to be written beside it was refused."""


class Reviews:
    """Reads and conditional writes of the rows of videos, which are only ever updated."""

    def __init__(self, table: Table, *, with_events: bool, with_tags: bool = False) -> None:
        """`with_events`: whether revisions are to be told. Where nobody listens verdicts leave nothing to be told.
        `with_tags`: whether objects are to be tagged with the status. Then a revision and the note that its tags are to
        be written are one update.

        What a person makes is noted either way: they decide with settings of their own, and those of workers tell what
        becomes of it.
        """
        self.table = table
        self.unreadable = UnreadableRows()
        self._with_events = with_events
        self._with_tags = with_tags

    async def get(self, video_id: str) -> VideoStatus | None:
        """The row of a video as it is now: a consistent read."""
        row = await self.table.get(key_of(video_id))
        return review_rows.read_row(row) if row else None

    async def get_many(self, video_ids: Sequence[str]) -> dict[str, VideoStatus]:
        """The rows of up to 100 videos, by their ids, of those that have one."""
        rows = await self.table.get_many([key_of(video_id) for video_id in video_ids]) if video_ids else []
        return {row["video_id"]: review_rows.read_row(row) for row in rows}

    async def get_readable(self, video_ids: Sequence[str]) -> tuple[dict[str, VideoStatus], frozenset[str]]:
        """The same for who only looks: but for rows that this version cannot read, which `unreadable` counts, and the
        ids of these. Nobody knows whether they are sealed.
        """
        rows = await self.table.get_many([key_of(video_id) for video_id in video_ids]) if video_ids else []
        read = {row["video_id"]: self.unreadable.read(row, review_rows.read_row) for row in rows}
        found = {video_id: row for video_id, row in read.items() if row is not None}
        return found, frozenset(read.keys() - found.keys())

    async def write(
        self, row: VideoStatus, was: VideoStatus | None, *, beside: Mapping[str, Item] = MappingProxyType({})
    ) -> VideoStatus:
        """Write a row as it is to be, on condition that nobody has written it since `was` was read; with None, that
        there is none. Returns it as it is stored. Raises ConditionFailed.

        With parts `beside` it, both are written, or neither: raises BesideRefused where it is for one of these.

        One update, but for a row that has grown too long: then a transaction moves what is oldest of its history, or
        an event, into a row of its own, so that no revision is ever missing. What was sent or told meanwhile stays so.
        Of a sealed video only what seals it writes the row: whoever comes meanwhile was not first either.
        """
        if was is not None and was.sealed:
            raise ConditionFailed(self.table.name)
        if row.video is not None and (was is None or was.video is None or not was.revision):
            await self.note_content(row.video)
        plan = self._plan(row, was)
        if not plan.rows and not beside:
            await self.table.update(key_of(row.video_id), plan.expression, plan.condition, **plan.values)
            return plan.stored
        try:
            await self.table.transact({**self._parts(plan), **beside})
        except TransactionRefused as refusal:
            if refusal.parts <= beside.keys():
                raise BesideRefused from None
            raise ConditionFailed(self.table.name) from refusal
        return plan.stored

    def write_items(self, row: VideoStatus, was: VideoStatus | None) -> tuple[VideoStatus, dict[str, Item]]:
        """The same as parts of somebody's transaction, and the row as it is stored once that is written. It is the
        part `status` that is refused where somebody was first.
        """
        plan = self._plan(row, was)
        return plan.stored, self._parts(plan)

    def unchanged(self, row: VideoStatus) -> Item:
        """For a transaction: holds only where nobody has written the row since it was read."""
        return self.table.transact_check(key_of(row.video_id), "#edition = :edition", edition=row.edition)

    async def alert_sent(self, video_id: str, alert_id: str) -> None:
        """Note that an alert was sent; one that was sent twice is noted twice."""
        name = UNSENT + alert_id
        await self.table.update(key_of(video_id), f"REMOVE #{name}", "attribute_exists(#video_id)")

    async def history(self, row: VideoStatus) -> AsyncIterator[Revision]:
        """All revisions of a video, the oldest first: those that were moved out of its row too."""
        first = row.history[0].number if row.history else 0
        if first > 1:
            older = self.table.query(
                "#video_id = :video AND begins_with(#part, :history)",
                video=row.video_id,
                history=review_rows.HISTORY_PART,
            )
            async for moved in older:
                for members in moved["revisions"]:
                    revision = review_rows.read_revision(members)
                    if revision.number < first:
                        yield revision
        for revision in row.history:
            yield revision

    async def flagged(
        self, verdict: Verdict, *, since_ms: int = 0, limit: int | None = None, after: Place | None = None
    ) -> AsyncGenerator[VideoStatus, None]:
        """Videos of a verdict other than `approve`, newest first, but for rows that this version cannot read; with
        `after`, the time of a verdict and its video, only those behind it. The index may lag behind the rows.
        """
        rows = self.table.query(
            "#flagged = :verdict AND #judged_ms >= :since",
            index=FLAGGED_INDEX,
            backwards=True,
            limit=limit,
            behind=None if after is None else {"flagged": str(verdict), "judged_ms": after[0], **key_of(after[1])},
            verdict=str(verdict),
            since=since_ms,
        )
        async for row in self._readable(rows):
            yield row

    async def with_status(
        self, status: Status, *, since_ms: int = 0, limit: int | None = None, after: Mapping[int, Place] = _NOWHERE
    ) -> AsyncGenerator[VideoStatus, None]:
        """Videos of a status other than `approved`, the latest to get it first, but for rows that this version cannot
        read; `limit` of each shard at most. With `after`, by shards since when videos have the status and which, only
        those behind these. The index may lag behind the rows.
        """
        async for row in self._readable(
            merged(
                [self._of_shard(status, shard, since_ms, limit, after.get(shard)) for shard in range(SHARDS)],
                lambda row: row["changed_ms"],
            )
        ):
            yield row

    def _of_shard(
        self, status: Status, shard: int, since_ms: int, limit: int | None, after: Place | None
    ) -> AsyncIterator[dict[str, Any]]:
        partition = review_rows.status_partition(status, shard)
        return self.table.query(
            "#status_shard = :partition AND #changed_ms >= :since",
            index=STATUS_INDEX,
            backwards=True,
            limit=limit,
            behind=None if after is None else {"status_shard": partition, "changed_ms": after[0], **key_of(after[1])},
            partition=partition,
            since=since_ms,
        )

    async def with_revision(
        self, *, bucket: str | None = None, prefix: str = "", since_ms: int | None = None, after: str | None = None
    ) -> AsyncIterator[VideoStatus]:
        """Every video that has a status, in no order but always the same: of a bucket and a prefix, and such as have
        the status since a time. With `after`, a video id, only those behind it. Reads the whole table, and leaves out
        rows that this version cannot read.
        """
        conditions = ["#part = :status_part", "attribute_exists(#changed_ms)"]
        values: dict[str, Any] = {"status_part": review_rows.STATUS}
        for given, name, condition in (
            (bucket, "bucket", "#bucket = :bucket"),
            (prefix or None, "prefix", "begins_with(#key, :prefix)"),
            (since_ms, "since", "#changed_ms >= :since"),
        ):
            if given is not None:
                conditions.append(condition)
                values[name] = given
        rows = self.table.scan(
            filter_expression=" AND ".join(conditions), after=None if after is None else key_of(after), **values
        )
        async for row in self._readable(rows):
            yield row

    async def note_content(self, video: Video) -> None:
        """Let a key name a content that it has, before the video gets its first status: so each that has one is found
        by its key, whatever became of the object. `write` does so by itself.
        """
        await self.table.update(
            review_rows.content_key(video),
            "SET #bucket = :bucket, #key = :key, #etag = :etag",
            bucket=video.bucket,
            key=video.key,
            etag=video.etag,
        )

    async def entomb(self, row: VideoStatus) -> None:
        """Leave of a row only the tombstone: the revision, and by which decision the status is, so that both go on from
        there. A status by a verdict is forgotten with it. Raises ConditionFailed where the row is no longer as read.
        """
        decided = row.standing > 0
        tombstone = VideoStatus(
            row.video_id,
            None,
            status=row.status if decided else None,
            restriction=row.restriction if decided else None,
            revision=row.revision,
            last_decision=row.last_decision,
            standing=row.standing,
        )
        await self.write(tombstone, row)
        for alert_id in row.verdict.unsent if row.verdict is not None else ():
            await self.alert_sent(row.video_id, alert_id)

    async def forget_parts(self, video_id: str) -> int:
        """Delete the rows beside a video's own, but for decisions and opinions: what people are asked, claims, history,
        events. Returns how many there were.
        """
        rows = self.table.query("#video_id = :video", attributes=("video_id", "part"), video=video_id)
        kept = (review_rows.STATUS, _DECISION_PART, OPINION_PART)
        keys = [row async for row in rows if not row["part"].startswith(kept)]
        await self.table.write_many(deletes=keys)
        return len(keys)

    async def forget_content(self, video: Video) -> None:
        """Delete the row by which a video is found by its key."""
        with suppress(ConditionFailed):
            await self.table.delete(review_rows.content_key(video), "attribute_exists(#part)")

    async def contents_of_key(self, bucket: str, key: str) -> list[Content]:
        """The contents that a key has had and that have a status, in no order."""
        rows = self.table.query("#video_id = :key", key=review_rows.key_partition(bucket, key))
        return [Content(row["part"], row["bucket"], row["key"], row["etag"]) async for row in rows]

    async def _readable(self, rows: AsyncIterator[dict[str, Any]]) -> AsyncIterator[VideoStatus]:
        async for row in rows:
            if (read := self.unreadable.read(row, review_rows.read_row)) is not None:
                yield read

    def _parts(self, plan: "_Plan") -> dict[str, Item]:
        key = key_of(plan.stored.video_id)
        status = self.table.transact_update(key, plan.expression, plan.condition, **plan.values)
        # Updates too: a worker may put no row of this table anew, and delete none.
        beside = {
            part: self.table.transact_update(
                {"video_id": plan.stored.video_id, "part": part},
                "SET " + ", ".join(f"#{name} = :{name}" for name in attributes),
                **attributes,
            )
            for part, attributes in plan.rows.items()
        }
        return {"status": status} | beside

    def _plan(self, row: VideoStatus, was: VideoStatus | None) -> "_Plan":
        row = replace(row, edition=(was.edition if was is not None else 0) + 1)
        if not self._with_events:
            had = {event.revision.number for event in was.unpublished} if was is not None else set[int]()
            kept = [event for event in row.unpublished if event.revision.number in had or _is_by_person(event.revision)]
            row = replace(row, unpublished=tuple(kept))
        rows: dict[str, dict[str, Any]] = {}
        moved: tuple[Revision, ...] = ()
        if len(row.history) > MOST_HISTORY:
            half = len(row.history) // 2
            moved, row = row.history[:half], replace(row, history=row.history[half:])
            revisions = [review_rows.revision_members(revision) for revision in moved]
            rows[f"{review_rows.HISTORY_PART}{moved[0].number:09d}"] = {"revisions": revisions}
        if len(row.unpublished) > MOST_EVENTS:
            further = row.unpublished[MOST_EVENTS:]
            looked_at = row.tell_at_ms if row.tell_at_ms is not None else further[0].due_ms
            row = replace(row, unpublished=row.unpublished[:MOST_EVENTS], more_events=True, tell_at_ms=looked_at)
            for event in further:
                part = review_rows.event_part(event.revision.number)
                rows[part] = {"event": review_rows.event_members(event, whole=True)}
        changes, gone = _changes(row, was, frozenset(revision.number for revision in moved))
        if row.video is None:
            # A failure to tag names the object.
            gone += review_rows.OF_TAGS
        elif row.status is not None and self._is_to_be_tagged(row, was):
            changes |= review_rows.untagged_at_once(row.video_id)
        if row.sealed:
            # It may be on its way back from an earlier seal.
            gone += [review_rows.BACK]
            changes |= review_rows.sealing_at_once(row.video_id, self.table.now_ms() or row.changed_ms or 0)
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in changes)
        expression += " REMOVE " + ", ".join(f"#{name}" for name in gone) if gone else ""
        if was is None:
            return _Plan(row, expression, "attribute_not_exists(#edition)", changes, rows)
        return _Plan(row, expression, "#edition = :was_edition", changes | {"was_edition": was.edition}, rows)

    def _is_to_be_tagged(self, row: VideoStatus, was: VideoStatus | None) -> bool:
        if self._with_tags:
            return was is None or _tags_of(was) != _tags_of(row)
        turned = row.revision != (0 if was is None else was.revision)
        found_again = was is not None and was.video is None
        by_person = _is_by_person(row.history[-1]) if row.history else row.standing > 0
        return (turned or found_again) and by_person


@dataclass(frozen=True, slots=True)
class _Plan:
    """A write of a row: how it is stored then, the update, and by part the rows of what no longer fits into it."""

    stored: VideoStatus
    expression: str
    condition: str
    values: dict[str, Any]
    rows: dict[str, dict[str, Any]]


def _changes(row: VideoStatus, was: VideoStatus | None, moved: Collection[int]) -> tuple[dict[str, Any], list[str]]:
    """The attributes to be set, and those to be removed. What alerts and events were there before is not touched: they
    may have been sent meanwhile. An event whose revision is `moved` out of the history says it itself from now on.
    """
    had_alerts = was.verdict.unsent if was is not None and was.verdict is not None else frozenset[str]()
    had = {event.revision.number: event for event in was.unpublished} if was is not None else {}
    has = {event.revision.number: event for event in row.unpublished}
    changes = review_rows.row_of(row)
    changes |= {UNSENT + alert: True for alert in (row.verdict.unsent - had_alerts if row.verdict is not None else ())}
    for number, event in has.items():
        if number in moved or had.get(number) != event:
            changes[f"{EVENT}{number}"] = review_rows.event_members(event, whole=number in moved)
    had_appeals = {appeal.appeal for appeal in was.appeals} if was is not None else set()
    for appeal in row.appeals:
        if appeal.appeal not in had_appeals:
            changes[review_rows.appeal_name(appeal.appeal)] = review_rows.appeal_members(appeal)
    # Also where it is to be looked after as it was read: whoever did that may have ended meanwhile.
    untold = "more_events" in changes or any(name.startswith((EVENT, APPEAL)) for name in changes)
    place = review_rows.untold_partition(row)
    moved_on = was is None or was.tell_at_ms != row.tell_at_ms or review_rows.untold_partition(was) != place
    if row.tell_at_ms is not None and (untold or moved_on):
        changes |= {
            "untold": place,
            "tell_at": row.tell_at_ms,
        }
    gone = [name for name in review_rows.MAY_LACK if name not in changes]
    gone += [f"{EVENT}{number}" for number in had if number not in has]
    has_appeals = {appeal.appeal for appeal in row.appeals}
    gone += [review_rows.appeal_name(appeal) for appeal in sorted(had_appeals - has_appeals)]
    if was is not None and was.tell_at_ms is not None and row.tell_at_ms is None:
        gone += ["untold", "tell_at", "tell_tries"]
    return changes, gone


def _is_by_person(revision: Revision) -> bool:
    return revision.by.person is not None


def _tags_of(row: VideoStatus) -> tuple[int, tuple[str, ...], bool]:
    """What decides which tags there are to be. One that was restored from the archive names no object at first."""
    return row.revision, row.versions, row.video is None
