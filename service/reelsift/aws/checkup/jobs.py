"""Whether AWS, or reelsift itself, fails over single videos."""

from collections.abc import AsyncIterator

from reelsift.aws.checkup.finding import Finding, Grade, Remedy, guarded
from reelsift.aws.clients import Clients
from reelsift.aws.jobs import Jobs
from reelsift.aws.reviews import Reviews
from reelsift.aws.table import Table
from reelsift.aws.troubled import troubled_jobs
from reelsift.domain.job import Job
from reelsift.reports.trouble_words import trouble
from reelsift.settings import Settings

SUBJECT = "jobs"

_NAMED = 10
"""Jobs that are named one by one."""

_MISSING = "check REELSIFT_DEPLOYMENT and the region, or deploy first"


async def check_jobs(clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    troubled: list[Job] = []
    yield await guarded(SUBJECT, _check(clients, settings, troubled), missing=_MISSING)
    for job in troubled[:_NAMED]:
        state = f"{job.analysis} is {job.state}: {trouble(job)}"
        yield Finding(job.video.uri, Grade.WARNING, state, Remedy.WAIT_OR_GIVE_UP)


async def _check(clients: Clients, settings: Settings, troubled: list[Job]) -> Finding:
    """Fills `troubled`."""
    jobs = Jobs(Table(clients.dynamodb, settings.table_name("jobs")))
    reviews = Reviews(Table(clients.dynamodb, settings.table_name("reviews")), with_events=False)
    troubled += await troubled_jobs(jobs, reviews, _NAMED + 1)
    if not troubled:
        return Finding(SUBJECT, Grade.OK, "none is in trouble")
    number = f"more than {_NAMED}" if len(troubled) > _NAMED else str(len(troubled))
    return Finding(SUBJECT, Grade.WARNING, f"{number} in trouble, named below", Remedy.WAIT_OR_GIVE_UP)
