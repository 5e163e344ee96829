"""Rows of the reviews table, as workers write them."""

from reelsift.aws.reviews import Reviews
from reelsift.domain.status import VideoStatus
from reelsift.domain.status_changes import judged
from reelsift.domain.video_verdict import VideoVerdict


async def write_verdict(reviews: Reviews, verdict: VideoVerdict) -> VideoStatus:
    """What a new verdict makes of the row of its video."""
    was = await reviews.get(verdict.video.video_id)
    return await reviews.write(judged(was or VideoStatus.new(verdict.video), verdict), was)


async def verdict_of(reviews: Reviews, video_id: str) -> VideoVerdict | None:
    row = await reviews.get(video_id)
    return None if row is None else row.verdict
