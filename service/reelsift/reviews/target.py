"""Which video is meant by what a person names."""

from dataclasses import dataclass

from reelsift.aws.deployment import Deployment
from reelsift.aws.objects import ObjectUnusable
from reelsift.domain.failure import Reason
from reelsift.domain.video import VIDEO_ID, ObjectRef, Video
from reelsift.errors import NotAVideo, NothingKnown, ObjectGone, OtherContent, VideoUnreadable
from reelsift.manifests.locations import is_location, read_object_location


@dataclass(frozen=True, slots=True)
class Target:
    """A video that can be decided. `video` is None where only its row is known."""

    video_id: str
    video: Video | None = None


async def find_target(deployment: Deployment, named: str, *, etag: str | None = None) -> Target:
    """The video that is meant by `named`: a video id, or a location; then what it holds now, analysed or not. `etag` is
    what it has to hold.

    Raises NotAVideo, NothingKnown, ObjectGone, OtherContent, VideoUnreadable.
    """
    if VIDEO_ID.fullmatch(named):
        return await _by_id(deployment, named)
    if not is_location(named):
        raise NotAVideo(named)
    try:
        ref = read_object_location(named)
    except ValueError as error:
        raise NotAVideo(named, str(error)) from error
    video = await _now(deployment, ref, named)
    if etag is not None and video.etag != etag:
        raise OtherContent(named, video.etag, etag)
    return Target(video.video_id, video)


async def _now(deployment: Deployment, ref: ObjectRef, named: str) -> Video:
    """What an object holds. One that cannot be analysed can be decided all the same."""
    try:
        return await deployment.videos.head(ref, checksum=True)
    except ObjectUnusable as refusal:
        if refusal.video is not None:
            return refusal.video
        if refusal.failure.reason is not Reason.OBJECT_MISSING:
            raise VideoUnreadable(named, refusal.failure) from None
    contents = await deployment.reviews.contents_of_key(ref.bucket, ref.key)
    if not contents:
        raise NothingKnown(named)
    raise ObjectGone(named, [content.video_id for content in contents])


async def _by_id(deployment: Deployment, video_id: str) -> Target:
    if await deployment.reviews.get(video_id) is not None:
        return Target(video_id)
    # Its analysis runs, or has failed for what is no status.
    jobs = await deployment.jobs.of_video(video_id)
    if not jobs:
        raise NothingKnown(video_id)
    return Target(video_id, jobs[0].video)
