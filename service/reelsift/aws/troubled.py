"""Jobs in trouble, as people are told of them."""

from reelsift.aws.jobs import Jobs
from reelsift.aws.reviews import Reviews
from reelsift.domain.job import Job


async def troubled_jobs(jobs: Jobs, reviews: Reviews, limit: int, batch_id: str | None = None) -> list[Job]:
    """Up to so many open jobs that AWS or this program fails over (`Jobs.in_trouble`), but for those of sealed videos,
    which are named to nobody. `limit` is 100 at most.
    """
    found = await jobs.in_trouble(limit, batch_id)
    rows = await reviews.get_many(sorted({job.key.video_id for job in found}))
    return [job for job in found if job.key.video_id not in rows or not rows[job.key.video_id].sealed]
