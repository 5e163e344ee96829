"""The whole examination, in the order in which one thing needs another."""

from collections.abc import AsyncIterator

from reelsift.aws.checkup.buckets import check_buckets
from reelsift.aws.checkup.event_bus import check_event_bus
from reelsift.aws.checkup.finding import Finding, Grade
from reelsift.aws.checkup.holds import check_holds
from reelsift.aws.checkup.identity import check_identity
from reelsift.aws.checkup.jobs import check_jobs
from reelsift.aws.checkup.policy import check_policy
from reelsift.aws.checkup.queues import check_queues
from reelsift.aws.checkup.quota import check_quota
from reelsift.aws.checkup.reasons import check_reasons
from reelsift.aws.checkup.role import check_role
from reelsift.aws.checkup.sealing import check_sealing
from reelsift.aws.checkup.tables import check_tables
from reelsift.aws.checkup.topics import check_topics
from reelsift.aws.checkup.video_region import check_video_region
from reelsift.aws.checkup.workers import check_workers
from reelsift.aws.clients import Clients
from reelsift.settings import Settings


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """What is found, one thing after the other. Ends early where the credentials are no good: nothing can be asked."""
    async with Clients(settings.home_region) as clients:
        identity = await check_identity(clients)
        yield identity
        if identity.grade is Grade.BROKEN:
            return
        for check in (
            check_video_region,
            check_queues,
            check_tables,
            check_buckets,
            check_topics,
            check_event_bus,
            check_role,
            check_sealing,
            check_quota,
            check_policy,
            check_reasons,
            check_workers,
            check_holds,
            check_jobs,
        ):
            async for finding in check(clients, settings):
                yield finding
