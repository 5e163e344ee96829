"""Everything that the tables have of one video, as rows: read to be moved to the sealed place, deleted, and put back.

Outcomes of lines are not among it: which lines a video has had is written nowhere.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from reelsift.aws import review_rows
from reelsift.aws.review_rows import EVENT_PART, STATUS
from reelsift.aws.sealed_rows import SealedRow
from reelsift.aws.table import ConditionFailed, Table
from reelsift.domain.job import JobState
from reelsift.domain.seal import bare
from reelsift.domain.video import Video

_DECISION_PART = "decision#"
_CONTENT_PART = "content"
_OF_A_STUB = ("digest", "decided_day", "decided_ms")
"""What is left of the row of a decision: that there is one, and its digest."""


class KnownRows:
    """Rows of several tables; what is under way is left alone."""

    def __init__(self, *, jobs: Table, labels: Table, reviews: Table) -> None:
        self._jobs = jobs
        self._labels = labels
        self._reviews = reviews

    async def of_video(self, video_id: str, video: Video | None) -> AsyncIterator[SealedRow]:
        """The rows of a video, but for its status, open jobs, and what is still to be told. By `video` the row is found
        that says which contents its key has had.
        """
        async for row in self._jobs.query("#video_id = :video", video=video_id):
            if row["state"] == str(JobState.CLOSED):
                yield _sealed_row("jobs", row, "video_id", "analysis")
        async for row in self._labels.query("#video_id = :video", video=video_id):
            yield _sealed_row("labels", row, "video_id", "analysis_label")
        async for row in self._beside(video_id):
            yield _sealed_row("reviews", row, "video_id", "part")
        if video is not None:
            found = await self._reviews.get(review_rows.content_key(video))
            if found is not None:
                yield _sealed_row("reviews", found, "video_id", "part")

    async def _beside(self, video_id: str) -> AsyncIterator[dict[str, Any]]:
        """The rows of the reviews table beside that of the status."""
        async for row in self._reviews.query("#video_id = :video", video=video_id):
            part = row["part"]
            moved = part.startswith(_DECISION_PART) and "record" not in row
            # What is still to be told is told as an event of a sealed video.
            if part == STATUS or moved or (part.startswith(EVENT_PART) and "event" in row):
                continue
            if part == _CONTENT_PART:
                # The video's own last: whoever was killed in between finds the other by it.
                other = await self._reviews.get({"video_id": row["content"], "part": video_id})
                if other is not None:
                    yield other
            yield row

    async def open_jobs(self, video_id: str) -> int:
        """How many analyses of a video are under way."""
        rows = self._jobs.query("#video_id = :video", attributes=("video_id", "state"), video=video_id)
        return len([row async for row in rows if row["state"] != str(JobState.CLOSED)])

    async def bare_events(self, video_id: str) -> None:
        """Leave of events that did not fit into the row of the video what is told of a sealed one."""
        async for row in self._reviews.query(
            "#video_id = :video AND begins_with(#part, :event)", video=video_id, event=EVENT_PART
        ):
            if "event" in row:
                members = review_rows.event_members(bare(review_rows.read_event_row(row)), whole=True)
                with suppress(ConditionFailed):
                    await self._reviews.update(
                        {"video_id": video_id, "part": row["part"]},
                        "SET #event = :event",
                        "attribute_exists(#event)",
                        event=members,
                    )

    async def delete(self, rows: Sequence[SealedRow]) -> None:
        """Delete rows that were copied. Of a decision the digest stays, so that it is known that there is one; of a job
        that was begun anew meanwhile everything.
        """
        deletes: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in rows:
            if row.table == "jobs":
                await self._delete_job(row)
            elif _is_decision(row):
                await self._reviews.update(
                    row.key,
                    "SET #sealed = :sealed REMOVE "
                    + ", ".join(f"#{name}" for name in sorted(set(row.row) - {*row.key, *_OF_A_STUB, "unarchived"})),
                    "attribute_exists(#video_id)",
                    sealed=True,
                )
            else:
                deletes[row.table].append(row.key)
        await self._labels.write_many(deletes=deletes["labels"])
        await self._reviews.write_many(deletes=deletes["reviews"])

    async def put_back(self, rows: Sequence[SealedRow]) -> None:
        """Write rows where they were, whatever has come there since: of a sealed video nothing comes but a stub."""
        puts: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in rows:
            # What the archive has of a sealed decision is that it is sealed.
            again = {"unarchived": str(review_rows.shard_of(row.row["video_id"]))} if _is_decision(row) else {}
            puts[row.table].append({**row.row, **again})
        await self._jobs.write_many(puts=puts["jobs"])
        await self._labels.write_many(puts=puts["labels"])
        await self._reviews.write_many(puts=puts["reviews"])

    async def _delete_job(self, row: SealedRow) -> None:
        with suppress(ConditionFailed):
            await self._jobs.delete(
                row.key,
                "#state = :state AND #attempt = :attempt",
                state=str(JobState.CLOSED),
                attempt=row.row["attempt"],
            )


def _is_decision(row: SealedRow) -> bool:
    return row.table == "reviews" and str(row.key["part"]).startswith(_DECISION_PART)


def _sealed_row(table: str, row: Mapping[str, Any], *key: str) -> SealedRow:
    return SealedRow(table, {name: row[name] for name in key}, row)
