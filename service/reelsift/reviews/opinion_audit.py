"""Second opinions as an audit reads them: each with its video. Those on sealed videos are in none."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date

from reelsift.aws.merging import merged
from reelsift.aws.opinions import Opinions
from reelsift.aws.review_rows import SHARDS
from reelsift.aws.reviews import Reviews
from reelsift.domain.opinion import Opinion
from reelsift.domain.video import Video
from reelsift.reviews.audit import days_of

PAGE = 100
"""Opinions of which the videos are read together: as many keys as one request takes (DynamoDB)."""


class OpinionAudit:
    """Reads opinions a page at a time."""

    def __init__(self, opinions: Opinions, reviews: Reviews) -> None:
        self._opinions = opinions
        self._reviews = reviews

    async def before(self, until_ms: int) -> AsyncIterator[tuple[Opinion, Video | None]]:
        """All before `until_ms` (epoch milliseconds), as `between` has them."""
        async for found in self._of_days(await self._opinions.days(), 0, until_ms):
            yield found

    async def between(self, since_ms: int, until_ms: int) -> AsyncIterator[tuple[Opinion, Video | None]]:
        """Those from `since_ms` on and before `until_ms` (epoch milliseconds), in the order of time. Those of the last
        moments may be missing: the index lags behind.
        """
        async for found in self._of_days(days_of(since_ms, until_ms), since_ms, until_ms):
            yield found

    async def _of_days(
        self, days: Iterable[date], since_ms: int, until_ms: int
    ) -> AsyncIterator[tuple[Opinion, Video | None]]:
        page: list[Opinion] = []
        for day in days:
            shards = [self._opinions.of_day(day.isoformat(), shard) for shard in range(SHARDS)]
            async for opinion in merged(shards, lambda opinion: -opinion.at_ms):
                if since_ms <= opinion.at_ms < until_ms:
                    page.append(opinion)
                if len(page) == PAGE:
                    for found in await self._with_videos(page):
                        yield found
                    page = []
        for found in await self._with_videos(page):
            yield found

    async def of_videos(
        self, video_ids: AsyncIterator[str], since_ms: int, until_ms: int
    ) -> AsyncIterator[tuple[Opinion, Video | None]]:
        """Those on these videos in that time, a video after the other, each once however often it is named."""
        seen: set[int] = set()
        async for video_id in video_ids:
            if int(video_id, 16) in seen:
                continue
            some = [one for one in await self._opinions.of_video(video_id) if since_ms <= one.at_ms < until_ms]
            if some:
                seen.add(int(video_id, 16))
            for found in await self._with_videos(some):
                yield found

    async def _with_videos(self, opinions: Sequence[Opinion]) -> list[tuple[Opinion, Video | None]]:
        rows, unreadable = await self._reviews.get_readable(list({opinion.video_id for opinion in opinions}))
        found = []
        for opinion in opinions:
            row = rows.get(opinion.video_id)
            # Of a row that cannot be read nobody knows whether it is sealed.
            if opinion.video_id in unreadable or (row is not None and row.sealed):
                continue
            found.append((opinion, None if row is None else row.video))
        return found
