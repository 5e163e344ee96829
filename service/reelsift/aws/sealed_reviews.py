"""What specialists read and write of sealed videos: rows and decisions out of the sealed table, as if they were where
they were.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from reelsift.aws import review_rows
from reelsift.aws.decisions import Decisions, Undrawn, read_decision, row_of, stub_of
from reelsift.aws.review_rows import STATUS, key_of, read_whole_row
from reelsift.aws.reviews import Reviews
from reelsift.aws.sealed_rows import SealedRow, SealedRows
from reelsift.aws.seals import Seals
from reelsift.aws.table import Item, Table
from reelsift.domain.decision import Decision
from reelsift.domain.status import Revision, VideoStatus
from reelsift.domain.video import Video
from reelsift.errors import BeingSealed, NotSealed

_DECISION_PART = "decision#"


class SealedReviews(Reviews):
    """Rows of sealed videos, all of them. What is written goes to the sealed table, and the stub learns that there is
    one decision more, and whether it is to become the row again.
    """

    def __init__(self, table: Table, sealed_rows: SealedRows) -> None:
        """`table` is that of the reviews, `sealed_rows` the sealed one."""
        super().__init__(table, with_events=True, with_tags=False)
        self._sealed_rows = sealed_rows
        self._seals = Seals(table)
        self._kept: dict[str, tuple[Mapping[str, Any], int]] = {}
        """Rows as they were read, and the edition of the stub then: that counts on alone where its events are told."""

    async def get(self, video_id: str) -> VideoStatus:
        """The row of a video that is sealed. Raises NotSealed, and BeingSealed while it is still being moved."""
        marked = await self._seals.read(video_id)
        if marked is None:
            raise NotSealed(video_id)
        kept = await self._sealed_rows.get(video_id, "reviews", STATUS) if marked.is_stub else None
        if kept is None:
            raise BeingSealed(video_id)
        # Whoever decides in between is seen when both are written, each on condition that it is as it was read.
        self._kept[video_id] = kept.row, marked.status.edition
        return read_whole_row(kept.row)

    async def note_content(self, video: Video) -> None:
        """Nothing is noted of what is sealed: it is found by its id."""

    def write_items(self, row: VideoStatus, was: VideoStatus | None) -> tuple[VideoStatus, dict[str, Item]]:
        """Parts of a specialist's transaction. It is the part `status` or `copy` that is refused where somebody was
        first.
        """
        assert was is not None  # noqa: S101 - a sealed video has a row
        plan = self._plan(row, was)
        gone = set(plan.expression.partition(" REMOVE ")[2].replace("#", "").split(", "))
        read, stub_edition = self._kept[row.video_id]
        kept = {name: value for name, value in read.items() if name not in gone}
        kept |= {name: value for name, value in plan.values.items() if name != "was_edition"}
        moved = {
            part: self._sealed_rows.add_item(
                row.video_id,
                SealedRow(
                    "reviews",
                    {"video_id": row.video_id, "part": part},
                    {"video_id": row.video_id, "part": part, **attributes},
                ),
            )
            for part, attributes in plan.rows.items()
        }
        now_ms = self.table.now_ms() or plan.stored.changed_ms or 0
        return plan.stored, {
            "status": self._seals.decided_item(stub_edition, plan.stored, now_ms=now_ms),
            "copy": self._sealed_rows.replace_item(
                row.video_id, SealedRow("reviews", key_of(row.video_id), kept), edition=was.edition
            ),
            **moved,
        }

    async def history(self, row: VideoStatus) -> AsyncIterator[Revision]:
        """All revisions of a sealed video, the oldest first."""
        first = row.history[0].number if row.history else 0
        if first > 1:
            async for moved in self._sealed_rows.of_video(row.video_id, "reviews", prefix=review_rows.HISTORY_PART):
                for members in moved.row["revisions"]:
                    revision = review_rows.read_revision(members)
                    if revision.number < first:
                        yield revision
        for revision in row.history:
            yield revision


class SealedDecisions(Decisions):
    """Decisions on sealed videos, all of them."""

    def __init__(self, table: Table, sealed_rows: SealedRows) -> None:
        """`table` is that of the reviews, `sealed_rows` the sealed one."""
        super().__init__(table)
        self._sealed_rows = sealed_rows

    async def get(self, video_id: str, number: int) -> Decision | None:
        """One decision: a consistent read."""
        kept = await self._sealed_rows.get(video_id, "reviews", f"{_DECISION_PART}{number:06}")
        return None if kept is None else read_decision(kept.row)

    async def of_video(self, video_id: str, *, newest_first: bool = False) -> AsyncIterator[Decision]:
        """All decisions on a video, in the order of their numbers or backwards."""
        kept = [row async for row in self._sealed_rows.of_video(video_id, "reviews", prefix=_DECISION_PART)]
        for row in reversed(kept) if newest_first else kept:
            yield read_decision(row.row)

    def put_items(self, decision: Decision, undrawn: Undrawn | None = None) -> dict[str, Item]:
        """For a transaction: a decision that is not there yet, and what everybody may know of it. Nobody else is ever
        asked about it.
        """
        assert undrawn is None  # noqa: S101 - of a sealed video nothing is asked
        row = row_of(decision)
        key = {name: row[name] for name in ("video_id", "part")}
        return {
            "decision": self._sealed_rows.add_item(decision.video_id, SealedRow("reviews", key, row)),
            "decision stub": self.table.transact_put(stub_of(decision), "attribute_not_exists(#video_id)"),
        }
