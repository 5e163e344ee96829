"""What specialists are told of a sealed video: all that was known of it, and what became of it since."""

from collections.abc import Sequence
from dataclasses import dataclass

from reelsift.aws.deployment import Deployment
from reelsift.aws.jobs import read_job
from reelsift.aws.objects import WorkBucket
from reelsift.aws.opinions import OPINION_PART, read_opinion
from reelsift.aws.sealed_reviews import SealedDecisions, SealedReviews
from reelsift.domain.decision import Decision, broken_link
from reelsift.domain.job import Job
from reelsift.domain.opinion import Opinion
from reelsift.domain.seal_record import Reported, Seal, Seen
from reelsift.domain.status import Revision, VideoStatus
from reelsift.reviews.reviewer import Reviewer
from reelsift.reviews.sealed_access import as_specialist, look
from reelsift.runtime.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True)
class SealedVideo:
    """A sealed video. `decisions`, `opinions` and `revisions` are all there have been, `broken_at` the first decision
    that is not what was decided, None where all are whole. `work` has what was moved out of the work bucket, by the
    keys that it had there. `lines` are the outcomes of lines about it, as their table had them, as far as they were
    moved. `looks` are those of specialists since it was sealed, this one among them.
    """

    seal: Seal
    row: VideoStatus
    revisions: Sequence[Revision]
    decisions: Sequence[Decision]
    opinions: Sequence[Opinion]
    broken_at: int | None
    jobs: Sequence[Job]
    lines: Sequence[dict[str, object]]
    reports: Sequence[Reported]
    looks: Sequence[Seen]
    work: WorkBucket


async def read_sealed(
    deployment: Deployment, video_id: str, how: str, clock: Clock = SystemClock(), who: Reviewer | None = None
) -> SealedVideo:
    """What is kept of a sealed video. That it was looked at, by which command (`how`) and by whom (`who`, else whoever
    runs this process), is taken down first.

    Raises VideoSealed for who is no specialist, and BeingSealed while it is still being moved.
    """
    seal = await look(deployment, video_id, how, clock, who)
    return await as_specialist(video_id, _read(deployment, video_id, seal))


async def _read(deployment: Deployment, video_id: str, seal: Seal | None) -> SealedVideo:
    sealed_rows = deployment.sealed_rows
    reviews = SealedReviews(deployment.reviews.table, sealed_rows)
    row = await reviews.get(video_id)
    decisions = [one async for one in SealedDecisions(deployment.decisions.table, sealed_rows).of_video(video_id)]
    if seal is None:
        seal = await sealed_rows.seal(video_id)
    assert seal is not None  # noqa: S101 - it is written before the row is moved
    objects = deployment.sealed_objects
    return SealedVideo(
        seal=seal,
        row=row,
        revisions=[revision async for revision in reviews.history(row)],
        decisions=decisions,
        opinions=[
            read_opinion(kept.row) async for kept in sealed_rows.of_video(video_id, "reviews", prefix=OPINION_PART)
        ],
        broken_at=broken_link(decisions, row.last_decision),
        jobs=[read_job(kept.row) async for kept in sealed_rows.of_video(video_id, "jobs")],
        lines=[dict(kept.row) async for kept in sealed_rows.of_video(video_id, "outcomes")],
        reports=await sealed_rows.reports(video_id),
        looks=await sealed_rows.looks(video_id),
        work=deployment.work if objects is None else objects.as_work,
    )
