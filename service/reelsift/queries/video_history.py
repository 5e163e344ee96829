"""Every revision of a video's status and every decision on it, also of content that was overwritten or deleted."""

from collections.abc import Sequence
from dataclasses import dataclass

from reelsift.aws.deployment import Deployment
from reelsift.domain.decision import Decision, broken_link
from reelsift.domain.opinion import Opinion
from reelsift.domain.status import Revision, VideoStatus
from reelsift.domain.video import VIDEO_ID
from reelsift.errors import NoHistory, NotAVideo
from reelsift.manifests.locations import is_location, read_object_location
from reelsift.queries.sealed_video import read_sealed

CONTENTS_READ = 100
"""Contents of one key that are read in one request."""


@dataclass(frozen=True, slots=True)
class VideoHistory:
    """One content: what is known of it now, and all its revisions, decisions and second opinions, the oldest first.

    `broken_at` is the number of the first decision that is not what was decided, because it or one before it was
    changed or taken away; None where all are whole.
    """

    row: VideoStatus
    revisions: Sequence[Revision]
    decisions: Sequence[Decision] = ()
    broken_at: int | None = None
    opinions: Sequence[Opinion] = ()


async def read_history(deployment: Deployment, named: str) -> list[VideoHistory]:
    """`named` is a video id, or `s3://bucket/key` or another location of an object: then every content is meant that
    the key has had and that has a status, the one that changed last at the end. S3 is not asked.

    Raises NotAVideo, and NoHistory where there is none; VideoSealed for who is no specialist, where it is sealed.
    """
    if VIDEO_ID.fullmatch(named):
        video_ids = [named]
    else:
        video_ids = await contents_named(deployment, named)
    rows: dict[str, VideoStatus] = {}
    for start in range(0, len(video_ids), CONTENTS_READ):
        rows |= await deployment.reviews.get_many(video_ids[start : start + CONTENTS_READ])
    found = [row for row in rows.values() if row.revision]
    if not found:
        raise NoHistory(named)
    found.sort(key=lambda row: row.changed_ms or 0)
    return [await history_of(deployment, row) for row in found]


async def history_of(deployment: Deployment, row: VideoStatus) -> VideoHistory:
    """The history of one content, by its row. Raises VideoSealed for who is no specialist, where it is sealed."""
    if row.sealed:
        sealed = await read_sealed(deployment, row.video_id, "history")
        return VideoHistory(sealed.row, sealed.revisions, sealed.decisions, sealed.broken_at, sealed.opinions)
    revisions = [revision async for revision in deployment.reviews.history(row)]
    if not row.last_decision:
        return VideoHistory(row, revisions)
    # Decisions that were made since the row was read are not known to it.
    made = [decision async for decision in deployment.decisions.of_video(row.video_id)]
    known = [decision for decision in made if decision.number <= row.last_decision]
    opinions = await deployment.opinions.of_video(row.video_id)
    return VideoHistory(row, revisions, known, broken_link(known, row.last_decision), opinions)


async def contents_named(deployment: Deployment, named: str) -> list[str]:
    """The ids of the contents that a key has had and that have a status, by a location. Raises NotAVideo."""
    if not is_location(named):
        raise NotAVideo(named)
    try:
        ref = read_object_location(named)
    except ValueError as error:
        raise NotAVideo(named, str(error)) from error
    return [content.video_id for content in await deployment.reviews.contents_of_key(ref.bucket, ref.key)]
