"""Every revision of a video's status, also of content that was overwritten or deleted."""

from collections.abc import Sequence
from dataclasses import dataclass

from reelsift.aws.deployment import Deployment
from reelsift.domain.status import Revision, VideoStatus
from reelsift.domain.video import VIDEO_ID
from reelsift.errors import NoHistory, NotAVideo
from reelsift.manifests.locations import is_location, read_object_location

CONTENTS_READ = 100
"""Contents of one key that are read in one request."""


@dataclass(frozen=True, slots=True)
class VideoHistory:
    """One content: what is known of it now, and all its revisions, the oldest first."""

    row: VideoStatus
    revisions: Sequence[Revision]


async def read_history(deployment: Deployment, named: str) -> list[VideoHistory]:
    """`named` is a video id, or `s3://bucket/key` or another location of an object: then every content is meant that
    the key has had and that has a status, the one that changed last at the end. S3 is not asked.

    Raises NotAVideo, and NoHistory where there is none.
    """
    if VIDEO_ID.fullmatch(named):
        video_ids = [named]
    else:
        video_ids = await _contents(deployment, named)
    rows: dict[str, VideoStatus] = {}
    for start in range(0, len(video_ids), CONTENTS_READ):
        rows |= await deployment.reviews.get_many(video_ids[start : start + CONTENTS_READ])
    found = [row for row in rows.values() if row.revision]
    if not found:
        raise NoHistory(named)
    found.sort(key=lambda row: row.changed_ms or 0)
    return [VideoHistory(row, [revision async for revision in deployment.reviews.history(row)]) for row in found]


async def _contents(deployment: Deployment, named: str) -> list[str]:
    if not is_location(named):
        raise NotAVideo(named)
    try:
        ref = read_object_location(named)
    except ValueError as error:
        raise NotAVideo(named, str(error)) from error
    return [content.video_id for content in await deployment.reviews.contents_of_key(ref.bucket, ref.key)]
