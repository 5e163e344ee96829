"""Jobs for tests, made from single members whichever group they stand in."""

from dataclasses import fields, replace
from typing import Any

from reelsift.aws.deployment import Deployment
from reelsift.domain.analysis import Analysis
from reelsift.domain.job import Asked, Job, JobState, Reserved, Result, SharedContent, Start, Times
from reelsift.domain.line import LineId
from reelsift.domain.video import Video

VIDEO = Video(bucket="b", key="a.mp4", etag="e" * 32, size=1_000_000)
LINE = LineId("batch", "m:1", 0)

_GROUPS = {
    "asked": Asked,
    "start": Start,
    "reserved": Reserved,
    "result": Result,
    "times": Times,
    "content": SharedContent,
}


def make_job(state: JobState = JobState.WAITING, **members: Any) -> Job:
    """A job of `VIDEO` that `LINE` asked for, with these members: `slot=3` is `start.slot`."""
    plain = Job(
        video=VIDEO,
        analysis=Analysis.CONTENT_MODERATION,
        attempt=1,
        state=state,
        asked=Asked(LINE, "min_confidence=50"),
        times=Times(created_ms=1),
    )
    return change_job(plain, **members)


def change_job(job: Job, **members: Any) -> Job:
    """The job with other members."""
    for group, kind in _GROUPS.items():
        own = {field.name: members.pop(field.name) for field in fields(kind) if field.name in members}
        if own:
            job = replace(job, **{group: replace(getattr(job, group), **own)})
    return replace(job, **members)


async def write_jobs(deployment: Deployment, *jobs: Job) -> None:
    """Write jobs that are not there yet."""
    await deployment.jobs.table.transact({job.key: deployment.jobs.put_item(job, None) for job in jobs})
