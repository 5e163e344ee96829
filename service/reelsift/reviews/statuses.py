"""The status of videos that no job is to speak for: their object was refused before anything was started."""

from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.jobs import Jobs
from reelsift.aws.reviews import Reviews
from reelsift.aws.table import ConditionFailed
from reelsift.domain.context import Context
from reelsift.domain.failure import Failure
from reelsift.domain.line import LineId
from reelsift.domain.policy_version import Live
from reelsift.domain.status import VideoStatus
from reelsift.domain.status_changes import failed
from reelsift.domain.video import Video
from reelsift.events.teller import StatusTeller
from reelsift.reviews.items import Items
from reelsift.runtime.clock import Clock
from reelsift.runtime.live_policy import LivePolicies

_TRIES = 10


class Statuses:
    """Writes and tells that a video has failed. May be repeated, by any worker, until its line has ended."""

    def __init__(
        self, *, jobs: Jobs, reviews: Reviews, items: Items, teller: StatusTeller, policies: LivePolicies, clock: Clock
    ) -> None:
        self._jobs = jobs
        self._reviews = reviews
        self._items = items
        self._teller = teller
        self._policies = policies
        self._clock = clock

    async def failed(self, video: Video, failure: Failure, line: LineId, context: Context | None) -> VideoStatus | None:
        """A video cannot be analysed, and `line` asked for it. Returns its row, told as far as the bus takes it; None
        where there is none to write. A policy that clears no video has no video fail either.
        """
        async with self._policies.judging() as live:
            row = await self._written(video, failure, line, context, live)
        if row is not None:
            await self._items.settle(row)
        await self._teller.tell(row)
        return row

    async def _written(
        self, video: Video, failure: Failure, line: LineId, context: Context | None, live: Live
    ) -> VideoStatus | None:
        jobs = await self._jobs.of_video(video.video_id)
        for _ in range(_TRIES):
            was = await self._reviews.get(video.video_id)
            if was is not None and was.sealed:
                return was
            if not live.policy.needs or any(not job.has_result for job in jobs):
                # What is still to come says more: the object may have been fit to be read when that began.
                return was
            known = was or VideoStatus.new(video)
            now = self._clock.now_ms()
            row = failed(known, failure, video=video, policy=live.by, at_ms=now, asked_by=(line, context))
            if row == known:
                return was
            try:
                return await self._reviews.write(row, was)
            except ConditionFailed:
                continue
        raise AwsUnavailable(f"the status of {video.uri} changes all the time")
