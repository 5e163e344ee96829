"""Videos that are to be known no more: what is removed at once, and what stays and why."""

from contextlib import suppress
from dataclasses import dataclass

from reelsift.aws.claims import Content
from reelsift.aws.deployment import Deployment
from reelsift.aws.objects import ObjectUnusable
from reelsift.aws.table import ConditionFailed
from reelsift.domain.failure import Reason
from reelsift.domain.job import Job, JobState
from reelsift.domain.status import VideoStatus
from reelsift.domain.video import VIDEO_ID, ObjectRef, Video
from reelsift.errors import NotAVideo, NothingKnown, ObjectGone, VideoBusy, VideoSealed, VideoUnreadable
from reelsift.manifests.locations import is_location, read_object_location
from reelsift.runtime.clock import Clock, SystemClock

OBJECTS = ("raw", "results", "videos", "alerts")
"""Folders of the work bucket in which a video has a folder of its own."""

_TRIES = 5
"""So often somebody else may write the row of a video while it is being forgotten."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a video before it is forgotten. `decisions` are those that still have their private part."""

    video_id: str
    jobs: list[Job]
    row: VideoStatus | None
    decisions: int

    @property
    def video(self) -> Video | None:
        """The object; None where nothing names it any more."""
        if self.row is not None and self.row.video is not None:
            return self.row.video
        return self.jobs[0].video if self.jobs else None


@dataclass(slots=True)
class Forgotten:
    """What was removed: rows, and versions of objects. `decisions` and `opinions` have lost their private part."""

    video_id: str
    jobs: int = 0
    labels: int = 0
    review_rows: int = 0
    decisions: int = 0
    opinions: int = 0
    objects: int = 0


async def find(deployment: Deployment, named: str) -> str:
    """The id of the video that is meant: a video id, or a location, whatever is there now or, if nothing is, was there.

    Raises NotAVideo, NothingKnown, VideoUnreadable, and ObjectGone where the key had several contents.
    """
    if VIDEO_ID.fullmatch(named):
        return named
    if not is_location(named):
        raise NotAVideo(named)
    try:
        ref = read_object_location(named)
    except ValueError as error:
        raise NotAVideo(named, str(error)) from error
    try:
        return (await deployment.videos.head(ref)).video_id
    except ObjectUnusable as refusal:
        if refusal.video is not None:
            return refusal.video.video_id
        if refusal.failure.reason is not Reason.OBJECT_MISSING:
            raise VideoUnreadable(named, refusal.failure) from None
    return await _gone(deployment, ref, named)


async def _gone(deployment: Deployment, ref: ObjectRef, named: str) -> str:
    contents = [content.video_id for content in await deployment.reviews.contents_of_key(ref.bucket, ref.key)]
    if not contents:
        raise NothingKnown(named)
    if len(contents) > 1:
        raise ObjectGone(named, contents)
    return contents[0]


async def what_is_known(deployment: Deployment, video_id: str) -> Known:
    """What there is to forget of a video.

    Raises NothingKnown; VideoSealed; VideoBusy where an analysis of it is not over, or a change of its status is still
    to be told.
    """
    jobs, row = await deployment.jobs.of_video(video_id), await deployment.reviews.get(video_id)
    decisions = [one async for one in deployment.decisions.of_video(video_id) if one.private is not None]
    if row is None and not jobs and not decisions:
        raise NothingKnown(video_id)
    if row is not None and row.sealed:
        raise VideoSealed(video_id)
    under_way = [str(job.analysis) for job in jobs if job.state is not JobState.CLOSED]
    if under_way:
        raise VideoBusy(video_id, under_way)
    # Where nobody listens nothing will be told: what is left of that goes with the rest.
    listens = deployment.event_bus is not None
    if listens and row is not None and (row.unpublished or row.more_events or row.appeals):
        raise VideoBusy(video_id, [])
    return Known(video_id, jobs, row, len(decisions))


async def forget(deployment: Deployment, video_id: str, clock: Clock = SystemClock()) -> Forgotten:
    """Remove what is known of a video, but the tombstone: its revision, and what was decided, without who looks how.

    Every step may be repeated, and the rows by which the video is found go last: whoever was killed runs it again.
    Reports follow within a day: the fleet takes the video out of them. Raises as `what_is_known` does.
    """
    forgotten = Forgotten(video_id)
    known = await what_is_known(deployment, video_id)
    # First: whatever becomes of this process, reports will not keep it.
    await deployment.forgotten.note(video_id, now_ms=clock.now_ms())
    forgotten.labels = await deployment.labels.forget(video_id)
    for folder in OBJECTS:
        forgotten.objects += await deployment.work.erase_below(f"{folder}/{video_id}/")
    if deployment.outbox is not None and known.video is not None:
        await deployment.outbox.forget(known.video.bucket, known.video.key)
    forgotten.decisions = await _forget_decisions(deployment, video_id)
    forgotten.opinions = await _forget_opinions(deployment, video_id)
    forgotten.review_rows = await _leave_tombstone(deployment, known)
    # Once more: an opinion leaves the row of its video as it is, so one may have come until that was a tombstone.
    forgotten.opinions += await _forget_opinions(deployment, video_id)
    for job in known.jobs:
        forgotten.jobs += await _forget_job(deployment, job)
    # Once more: a line may have met the old result until now.
    await deployment.forgotten.note(video_id, now_ms=clock.now_ms())
    return forgotten


async def _forget_decisions(deployment: Deployment, video_id: str) -> int:
    """Take the private part off each decision. Its record stays: decisions have to be accounted for."""
    forgotten = 0
    async for decision in deployment.decisions.of_video(video_id):
        if decision.private is not None:
            with suppress(ConditionFailed):
                await deployment.decisions.forget(decision)
                forgotten += 1
    return forgotten


async def _forget_opinions(deployment: Deployment, video_id: str) -> int:
    """The same of second opinions."""
    forgotten = 0
    for opinion in await deployment.opinions.of_video(video_id):
        if opinion.private is not None:
            with suppress(ConditionFailed):
                await deployment.opinions.forget(opinion)
                forgotten += 1
    return forgotten


async def _leave_tombstone(deployment: Deployment, known: Known) -> int:
    """Take everything out of the reviews table but the tombstone and the records. Returns how many rows went."""
    reviews = deployment.reviews
    removed = await deployment.same_contents.forget(known.video_id)
    removed += await reviews.forget_parts(known.video_id)
    if known.video is not None:
        # While the row still names the object: it is how this row is found again.
        await reviews.forget_content(known.video)
    row = known.row
    for _ in range(_TRIES):
        if row is None:
            return removed
        try:
            await reviews.entomb(row)
        except ConditionFailed:
            row = (await what_is_known(deployment, known.video_id)).row
        else:
            # Once more: until the row was a tombstone, somebody may have opened an item, or claimed the video.
            return removed + await reviews.forget_parts(known.video_id)
    raise VideoBusy(known.video_id, [])


async def _forget_job(deployment: Deployment, job: Job) -> int:
    """Delete a job, and the claim that its video has on its content."""
    if job.content.sha256 is not None and job.video.size is not None:
        content = Content(job.content.sha256, job.video.size, job.analysis)
        await deployment.claims.release(content, job.key.video_id)
    try:
        await deployment.jobs.forget(job)
    except ConditionFailed:
        if await deployment.jobs.get(job.key) is None:
            return 0
        raise VideoBusy(job.key.video_id, [str(job.analysis)]) from None
    return 1
