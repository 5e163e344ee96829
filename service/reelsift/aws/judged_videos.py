"""What the reviews table says of videos that were judged, in short: for those who go over all of them."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from reelsift.aws import review_rows
from reelsift.aws.table import Table
from reelsift.domain.analysis import Analysis
from reelsift.domain.judged_video import Found, JudgedVideo
from reelsift.domain.policy import Verdict
from reelsift.domain.status import Status, VideoStatus

_ATTRIBUTES = (
    *("video_id", "bucket", "key", "verdict", "status", "standing", "attempts", "reasons", "batch", "judged_ms"),
    "sealed",
)


class JudgedVideos:
    """Reads of the whole table. Videos without a verdict, sealed and forgotten ones are left out."""

    def __init__(self, table: Table) -> None:
        """`table` is that of the reviews."""
        self._table = table

    async def all(self, *, since_ms: int = 0, segment: tuple[int, int] = (0, 1)) -> AsyncGenerator[JudgedVideo, None]:
        """Those of one part of the table, such as (0, 4), whose verdict was made since a time (epoch milliseconds)."""
        rows = self._table.scan(
            filter_expression="#part = :status_part AND attribute_exists(#rests_on) AND #judged_ms >= :since",
            attributes=_ATTRIBUTES,
            segment=segment,
            status_part=review_rows.STATUS,
            since=since_ms,
        )
        async for row in rows:
            if not row.get("sealed", False):
                yield _read(row)


def judged_video(row: VideoStatus) -> JudgedVideo | None:
    """The same of one row that was read as a whole; None for what is left out."""
    if row.video is None or row.verdict is None or row.sealed:
        return None
    return JudgedVideo(
        video_id=row.video_id,
        bucket=row.video.bucket,
        key=row.video.key,
        verdict=row.verdict.verdict,
        status=row.status,
        attempts=row.verdict.basis.attempts,
        decided=row.standing > 0,
        found=Found.of(row.verdict.reasons),
        batch=None if row.asked_by is None else row.asked_by[0],
        judged_ms=row.verdict.judged_ms,
    )


def _read(row: Mapping[str, Any]) -> JudgedVideo:
    return JudgedVideo(
        video_id=row["video_id"],
        bucket=row["bucket"],
        key=row["key"],
        verdict=Verdict(row["verdict"]) if "verdict" in row else None,
        status=Status(row["status"]) if "status" in row else None,
        attempts={Analysis(analysis): attempt for analysis, attempt in row["attempts"].items()},
        decided=row.get("standing", 0) > 0,
        found=Found.of(map(review_rows.read_peak, row["reasons"][:1])),
        batch=row.get("batch"),
        judged_ms=row["judged_ms"],
    )
