"""Which videos have the same content, by its SHA-256: rows of the reviews table that name videos by their ids alone."""

from reelsift.aws.table import Table
from reelsift.domain.video import VIDEO_ID, Video

_OWN = "content"
"""The part under which a video names its content, so that both rows are found when it is to be forgotten."""


class SameContents:
    """Known are contents whose digest S3 knows (of objects that were uploaded with one) and that somebody has asked
    for: lines that share analyses, and decisions.
    """

    def __init__(self, table: Table) -> None:
        """`table` is that of the reviews."""
        self._table = table

    async def note(self, video: Video) -> None:
        """Let a content name a video that has it. Of a video whose digest is not known nothing is noted."""
        if video.sha256 is None or video.size is None:
            return
        content = _partition(video.sha256, video.size)
        own = {"video_id": video.video_id, "part": _OWN}
        await self._table.update(own, "SET #content = :content", content=content)
        await self._table.update({"video_id": content, "part": video.video_id}, "SET #size = :size", size=video.size)

    async def others(self, video_id: str, *, limit: int) -> list[str]:
        """The ids of other videos that are known to have the content of this one: up to `limit`, in their order."""
        content = await self._of(video_id)
        if content is None:
            return []
        rows = self._table.query("#video_id = :content", limit=limit + 1, content=content)
        found = [str(row["part"]) async for row in rows]
        return [other for other in found if other != video_id and VIDEO_ID.fullmatch(other)][:limit]

    async def forget(self, video_id: str) -> int:
        """Delete the rows that say which content a video has. Returns how many there were."""
        content = await self._of(video_id)
        if content is None:
            return 0
        # The video's own last: whoever was killed in between finds the other by it.
        await self._table.write_many(deletes=[{"video_id": content, "part": video_id}])
        await self._table.write_many(deletes=[{"video_id": video_id, "part": _OWN}])
        return 2

    async def _of(self, video_id: str) -> str | None:
        row = await self._table.get({"video_id": video_id, "part": _OWN})
        return None if row is None else str(row["content"])


def _partition(sha256: str, size: int) -> str:
    return f"content#{sha256}:{size}"
