"""Other videos of the same content as one that is decided."""

from dataclasses import dataclass

from reelsift.aws.deployment import Deployment
from reelsift.reviews.target import Target

MOST = 1000
"""Others that are found. What is copied more often is a case for a file of decisions."""


@dataclass(frozen=True, slots=True)
class Other:
    """Another video of the same content; `uri` is None where only its id is known."""

    video_id: str
    uri: str | None


async def find_others(deployment: Deployment, target: Target) -> list[Other]:
    """Those that are known to have the content of a video, MOST of them; none where its SHA-256 is not known. It is
    noted that this video has it.
    """
    video = target.video
    if video is not None:
        await deployment.same_contents.note(video)
    sha256, size = (None, None) if video is None else (video.sha256, video.size)
    if sha256 is None or size is None:
        # By its id, or uploaded without a digest: a line that shares may have asked S3 for it.
        jobs = await deployment.jobs.of_video(target.video_id)
        known = next((job for job in jobs if job.content.sha256 is not None and job.video.size is not None), None)
        if known is None:
            return []
        sha256, size = known.content.sha256, known.video.size
    assert sha256 is not None and size is not None  # noqa: S101, PT018 - one of both had them
    ids = await deployment.same_contents.others(target.video_id, sha256, size, limit=MOST)
    uris: dict[str, str] = {}
    for start in range(0, len(ids), 100):
        rows = await deployment.reviews.get_many(ids[start : start + 100])
        uris |= {video_id: row.video.uri for video_id, row in rows.items() if row.video is not None and not row.sealed}
    return [Other(video_id, uris.get(video_id)) for video_id in ids]
