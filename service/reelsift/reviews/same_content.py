"""Other videos of the same content as one that is decided."""

from dataclasses import dataclass

from reelsift.aws.deployment import Deployment
from reelsift.aws.table import READ_ITEMS
from reelsift.reviews.target import Target

MOST = 1000
"""Others that are found. What is copied more often is a case for a file of decisions."""


@dataclass(frozen=True, slots=True)
class Other:
    """Another video of the same content; `uri` is None where only its id is known."""

    video_id: str
    uri: str | None


async def find_others(deployment: Deployment, target: Target) -> list[Other]:
    """Those that are known to have the content of a video, MOST of them; none where its SHA-256 is not known, and of a
    sealed one. It is noted that this video has it.
    """
    row = await deployment.reviews.get(target.video_id)
    if row is not None and row.sealed:
        # Nothing is noted of it any more where others read it.
        return []
    if target.video is not None:
        await deployment.same_contents.note(target.video)
    ids = await deployment.same_contents.others(target.video_id, limit=MOST)
    uris: dict[str, str] = {}
    for start in range(0, len(ids), READ_ITEMS):
        rows = await deployment.reviews.get_many(ids[start : start + READ_ITEMS])
        uris |= {video_id: row.video.uri for video_id, row in rows.items() if row.video is not None and not row.sealed}
    return [Other(video_id, uris.get(video_id)) for video_id in ids]
