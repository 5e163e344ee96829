"""Which videos have the same content, by its SHA-256: rows of the reviews table that name videos by their ids alone."""

from reelsift.aws.table import Table
from reelsift.domain.video import VIDEO_ID, Video


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
        key = {"video_id": _partition(video.sha256, video.size), "part": video.video_id}
        await self._table.update(key, "SET #size = :size", size=video.size)

    async def others(self, video_id: str, sha256: str, size: int, *, limit: int) -> list[str]:
        """The ids of other videos that are known to have a content: up to `limit`, in their order."""
        rows = self._table.query("#video_id = :content", limit=limit + 1, content=_partition(sha256, size))
        found = [str(row["part"]) async for row in rows]
        return [other for other in found if other != video_id and VIDEO_ID.fullmatch(other)][:limit]


def _partition(sha256: str, size: int) -> str:
    return f"content#{sha256}:{size}"
