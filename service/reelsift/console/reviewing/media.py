"""Links to the videos that people review: signed for the content that was analysed, and taken down before that."""

from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any

from reelsift.aws.media_links import Media
from reelsift.aws.reviewer_rows import DAY_MS, SignedLink
from reelsift.console.refusals import Refused
from reelsift.console.resources import Resources
from reelsift.console.viewer import Role, Viewer
from reelsift.domain.status import VideoStatus
from reelsift.domain.video import Video
from reelsift.errors import NotClaimed, NothingKnown, ObjectUnknown, VideoSealed
from reelsift.queries.sealed_video import read_sealed

LINK_AUDIT_DAYS = 90
"""For so long it is known which links were signed for whom."""

_PLAYED_TYPES = frozenset({"video/mp4", "video/webm", "video/ogg", "video/quicktime", "video/x-m4v"})
"""What browsers play, as far as the container tells. Of what is in it they find out for themselves."""

_PLAYED_NAMES = frozenset({".mp4", ".m4v", ".mov", ".webm", ".ogv"})

_SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream"})
"""Content types of objects of which nobody has said what they are."""


async def media_link(resources: Resources, viewer: Viewer, video_id: str) -> dict[str, Any]:
    """A link to a video that the viewer is at, or may see anyway, for the content that was analysed.

    Raises NotClaimed, NothingKnown, ObjectUnknown, VideoSealed; Refused where the object holds another content by now.
    """
    deployment = resources.deployment
    row, why = await _row(resources, viewer, video_id)
    if row.video is None:
        raise ObjectUnknown(video_id)
    media = await content_as_analysed(resources, row.video)
    now_ms, seconds = resources.clock.now_ms(), deployment.settings.console_link_s
    version = row.video.version_id if row.video.pinned else None
    # First it is known that there may be a link, then there is one.
    await deployment.reviewer_rows.note_link(
        SignedLink(viewer.who.by, video_id, version, now_ms, why), kept_ms=LINK_AUDIT_DAYS * DAY_MS
    )
    return {
        "url": await deployment.media_links.sign(row.video, seconds=seconds),
        "expires_ms": now_ms + seconds * 1000,
        "content_type": media.content_type,
        "playable": is_playable(media.content_type, row.video.key),
    }


async def content_as_analysed(resources: Resources, video: Video) -> Media:
    """What the object is now. Raises Refused where it is not what was analysed any more, or gone."""
    media = await resources.deployment.media_links.look(video)
    if media is None:
        raise Refused(
            HTTPStatus.CONFLICT,
            "content_changed",
            "The object is gone, or the version of it that was analysed.",
            gone=True,
        )
    if media.etag != video.etag:
        raise Refused(
            HTTPStatus.CONFLICT,
            "content_changed",
            "The object holds another content by now than the one that was analysed.",
            gone=False,
        )
    return media


def is_playable(content_type: str, key: str) -> bool:
    """Whether browsers are likely to play it."""
    kind = content_type.partition(";")[0].strip().casefold()
    if kind in _SAYS_NOTHING:
        return PurePosixPath(key).suffix.casefold() in _PLAYED_NAMES
    return kind in _PLAYED_TYPES


async def _row(resources: Resources, viewer: Viewer, video_id: str) -> tuple[VideoStatus, str]:
    """The row of a video that the viewer may see, and as what they do."""
    deployment = resources.deployment
    row = await deployment.reviews.get(video_id)
    if row is None:
        raise NothingKnown(video_id)
    if row.sealed:
        if not viewer.has(Role.SPECIALIST):
            raise VideoSealed(video_id)
        # Who looks is taken down there too.
        sealed = await read_sealed(deployment, video_id, "console", resources.clock, viewer.who)
        return sealed.row, "sealed"
    claim = await deployment.review_items.claim_of(video_id)
    if claim is not None and claim.principal == viewer.principal:
        return row, "review"
    if viewer.has(Role.LEAD):
        return row, "lead"
    raise NotClaimed(video_id)
