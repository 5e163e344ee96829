"""What is to be tagged, in the reviews table: rows of videos whose objects may not say their status yet.

Whoever writes tags has a lease on the row: of two writers the later one wins (S3), so there should be one.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from reelsift.aws import review_rows
from reelsift.aws.review_rows import SHARDS, key_of, untagged_partition
from reelsift.aws.sealed_rows import SealedRows
from reelsift.aws.table import ConditionFailed, Table
from reelsift.domain.object_tags import TagFailure
from reelsift.domain.status import VideoStatus
from reelsift.domain.video import NULL_VERSION, Video

UNTAGGED_INDEX = "untagged"
"""Sparse index of the rows whose objects are to be tagged, by when."""

_VERSION_PART = "version#"

_IS_OURS = "#tag_lease = :lease"


@dataclass(frozen=True, slots=True)
class Due:
    """A row that is to be tagged, as the index has it. `lapsed` is whether a writer had it and did not end; `taken`
    whether one has it now: somebody has changed the row meanwhile.
    """

    video_id: str
    lapsed: bool
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Tagging:
    """A row that this worker tags for a while.

    `versions` are all that lines have named of the object. `mark` counts how often a line has named the object since
    the status was known; `actions` are the failed tries so far, and `failure` the last of them, if tagging has failed
    since it last went well. Until `late_ms` (epoch milliseconds, 0: none) a request of a writer may be under way whose
    lease was taken over.
    """

    row: VideoStatus
    lease: str
    versions: frozenset[str]
    mark: int = 0
    actions: int = 0
    failure: TagFailure | None = None
    late_ms: int = 0


class Untagged:
    """Leases, and what is noted of them. None of it touches what else the row says."""

    def __init__(self, table: Table, sealed_rows: SealedRows | None = None) -> None:
        """`sealed_rows` has what is known of sealed videos: their objects are tagged like those of any other."""
        self.table = table
        self._sealed_rows = sealed_rows

    async def named(self, video: Video) -> None:
        """Note that a line names this object, which may be one more of a video that has its status already: an object
        that was put once more has the same content, and no tags. What could not be tagged, and was given up, is tried
        anew: somebody may have mended what kept it from it.
        """
        row = await self.table.get(key_of(video.video_id))
        known = review_rows.read_row(row) if row is not None and "edition" in row else None
        fixed = video.version_id is not None and video.version_id != NULL_VERSION
        given_up = row is not None and "tag_failure" in row and "again_at_ms" not in row["tag_failure"]
        if known is not None and fixed and video.version_id in known.versions and not given_up:
            return
        if video.version_id is not None:
            part = {"video_id": video.video_id, "part": _VERSION_PART + video.version_id}
            await self.table.update(part, "SET #bucket = :bucket", bucket=video.bucket)
        if known is not None or video.version_id is not None:
            # The status may have come, and its tags been written, between the read and the note.
            await self.again(video.video_id)

    async def again(self, video_id: str) -> bool:
        """Have the objects of a video looked at; False where it has no status, so that there is nothing to write."""
        try:
            await self.table.update(
                key_of(video_id),
                "SET #untagged = :untagged, #tag_at = :tag_at ADD #tag_mark :one",
                "attribute_exists(#status)",
                one=1,
                **review_rows.untagged_at_once(video_id),
            )
        except ConditionFailed:
            return False
        return True

    async def has_any(self) -> bool:
        """Whether any row is to be tagged, now or later. The index may lag behind the rows."""
        return await self.table.has_rows(UNTAGGED_INDEX)

    async def due(self, shard: int, now_ms: int, limit: int) -> list[Due]:
        """Rows of one shard that are due, what waits longest first. The index may lag behind the rows."""
        rows = self.table.query(
            "#untagged = :partition AND #tag_at <= :now",
            index=UNTAGGED_INDEX,
            limit=limit,
            attributes=("video_id", "tag_until"),
            partition=untagged_partition(shard),
            now=now_ms,
        )
        return [
            Due(row["video_id"], lapsed="tag_until" in row, taken=row.get("tag_until", 0) > now_ms)
            async for row in rows
        ]

    async def take_away(self, shard: int, *, before_ms: int, limit: int) -> int:
        """Take away the notes of a shard about what nobody tags: of videos whose status is older than `before_ms`
        (epoch milliseconds). Returns how many were looked at.
        """
        looked_at = 0
        rows = self.table.query(
            "#untagged = :partition",
            index=UNTAGGED_INDEX,
            limit=limit,
            attributes=("video_id",),
            partition=untagged_partition(shard),
        )
        async for row in rows:
            looked_at += 1
            with suppress(ConditionFailed):
                await self.table.update(
                    key_of(row["video_id"]),
                    "REMOVE #untagged, #tag_at",
                    "attribute_exists(#untagged) AND attribute_not_exists(#tag_lease) AND #changed_ms < :before",
                    before=before_ms,
                )
        return looked_at

    async def count_due(self, now_ms: int, at_most: int) -> int:
        """How many rows are due; of each shard `at_most` are counted."""
        if not await self.has_any():
            return 0
        counted = [
            await self.table.count(
                "#untagged = :partition AND #tag_at <= :now",
                index=UNTAGGED_INDEX,
                at_most=at_most,
                partition=untagged_partition(shard),
                now=now_ms,
            )
            for shard in range(SHARDS)
        ]
        return sum(counted)

    async def lease(self, due: Due, lease: str, *, now_ms: int, until_ms: int, late_ms: int) -> Tagging | None:
        """Take a row that is due; None where another worker was first, or nothing is to be done any more. `late_ms` is
        when no request can be under way any more of a writer whose lease is taken over.

        The row is due again at the end of the lease, and so stands in nobody's way meanwhile.
        """
        expression = "SET #tag_lease = :lease, #tag_until = :until, #tag_at = :until"
        condition = "attribute_exists(#untagged) AND #tag_at <= :now AND "
        values: dict[str, Any] = {"lease": lease, "until": until_ms, "now": now_ms}
        if due.lapsed:
            expression += ", #tag_late = :late"
            condition += "#tag_until <= :now"
            values["late"] = late_ms
        else:
            condition += "attribute_not_exists(#tag_lease)"
        try:
            row = await self.table.update_and_read(key_of(due.video_id), expression, condition, **values)
        except ConditionFailed:
            return None
        return await self._tagging(row, lease)

    async def read(self, tagging: Tagging) -> Tagging | None:
        """The same row as it is now; None where the lease is lost."""
        row = await self.table.get(key_of(tagging.row.video_id))
        if row is None or row.get("tag_lease") != tagging.lease:
            return None
        return await self._tagging(row, tagging.lease)

    async def renew(self, tagging: Tagging, until_ms: int) -> bool:
        """Keep the lease for longer; False where it is lost."""
        return await self._update(tagging, "SET #tag_until = :until, #tag_at = :until", _IS_OURS, until=until_ms)

    async def done(self, tagging: Tagging, now_ms: int) -> bool:
        """Note that every object has the status of this revision, unless the row has changed since it was read: then
        False. Where a request may be under way of a writer whose lease was taken over, the row is due once more.
        """
        lease = "#tag_lease, #tag_until, #tag_failure"
        if tagging.late_ms > now_ms:
            expression = f"SET #tagged = :revision, #tag_at = :at REMOVE {lease}"
            return await self._unchanged(tagging, expression, revision=tagging.row.revision, at=tagging.late_ms)
        expression = f"SET #tagged = :revision REMOVE #untagged, #tag_at, #tag_late, {lease}"
        return await self._unchanged(tagging, expression, revision=tagging.row.revision)

    async def put_off(self, tagging: Tagging, at_ms: int) -> None:
        """Leave the row to whoever finds it at that time; at once, if it has changed since it was read."""
        release = "REMOVE #tag_lease, #tag_until"
        if not await self._unchanged(tagging, f"SET #tag_at = :at {release}", at=at_ms):
            await self._update(tagging, f"SET #tag_at = :at_once {release}", _IS_OURS, at_once=0)

    async def failed(self, tagging: Tagging, failure: TagFailure) -> Tagging | None:
        """Note a failed try, before anybody is told of it; None where the lease is lost."""
        expression = "SET #tag_failure = :failure, #actions = :number"
        members = _members(tagging, failure)
        noted = await self._update(tagging, expression, _IS_OURS, failure=members, number=failure.number)
        return replace(tagging, failure=failure, actions=failure.number) if noted else None

    async def told(self, tagging: Tagging, failure: TagFailure) -> None:
        """Note that all who are to know of a failure do. The row is due again when it is to be tried again, or never if
        that is given up; at once, if it has changed since it was read.
        """
        members = _members(tagging, replace(failure, told=True))
        release = "#tag_lease, #tag_until"
        if failure.again_at_ms is not None:
            expression = f"SET #tag_failure = :failure, #tag_at = :again REMOVE {release}"
            noted = await self._unchanged(tagging, expression, failure=members, again=failure.again_at_ms)
        else:
            expression = f"SET #tag_failure = :failure REMOVE #untagged, #tag_at, {release}"
            noted = await self._unchanged(tagging, expression, failure=members)
        if not noted:
            expression = f"SET #tag_failure = :failure, #tag_at = :at_once REMOVE {release}"
            await self._update(tagging, expression, _IS_OURS, failure=members, at_once=0)

    @staticmethod
    async def _moved(stub: VideoStatus, sealed_rows: SealedRows) -> tuple[VideoStatus, set[str]]:
        """A video of which a stub is left, with its object; and the versions that lines have named."""
        kept = await sealed_rows.get(stub.video_id, "reviews", review_rows.STATUS)
        if kept is None:
            return stub, set()
        whole = review_rows.read_whole_row(kept.row)
        versions = sealed_rows.of_video(stub.video_id, "reviews", prefix=_VERSION_PART)
        named = {str(row.key["part"]).removeprefix(_VERSION_PART) async for row in versions}
        return replace(stub, video=whole.video, versions=whole.versions), named

    async def _unchanged(self, tagging: Tagging, expression: str, **values: Any) -> bool:
        """Update a row that is as it was read, and still ours."""
        condition = f"{_IS_OURS} AND #edition = :was_edition AND "
        condition += "#tag_mark = :was_mark" if tagging.mark else "attribute_not_exists(#tag_mark)"
        if tagging.mark:
            values["was_mark"] = tagging.mark
        return await self._update(tagging, expression, condition, was_edition=tagging.row.edition, **values)

    async def _update(self, tagging: Tagging, expression: str, condition: str, **values: Any) -> bool:
        with suppress(ConditionFailed):
            await self.table.update(key_of(tagging.row.video_id), expression, condition, lease=tagging.lease, **values)
            return True
        return False

    async def _tagging(self, row: Mapping[str, Any], lease: str) -> Tagging:
        status = review_rows.read_whole_row(row)
        parts = self.table.query(
            "#video_id = :video AND begins_with(#part, :version)", video=status.video_id, version=_VERSION_PART
        )
        named = {part["part"].removeprefix(_VERSION_PART) async for part in parts}
        if review_rows.STUB in row and self._sealed_rows is not None:
            status, moved = await self._moved(status, self._sealed_rows)
            named |= moved
        return Tagging(
            row=status,
            lease=lease,
            versions=frozenset(status.versions) | named,
            mark=row.get("tag_mark", 0),
            actions=row.get("actions", 0),
            failure=TagFailure.read(row["tag_failure"]) if "tag_failure" in row else None,
            late_ms=row.get("tag_late", 0),
        )


def _members(tagging: Tagging, failure: TagFailure) -> dict[str, Any]:
    """A failure as the row has it: of a sealed video it names no object there."""
    return (replace(failure, message="", version_id=None) if tagging.row.sealed else failure).members()
