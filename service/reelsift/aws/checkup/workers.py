"""Whether a worker runs, where there is something for it to do."""

import time
from collections.abc import AsyncIterator

from reelsift.aws.batches import Batches
from reelsift.aws.checkup.finding import Finding, Grade, Remedy, guarded
from reelsift.aws.clients import Clients
from reelsift.aws.jobs import Jobs
from reelsift.aws.open_index import OpenIndex
from reelsift.aws.queue import QUEUE_NAMES, Queue
from reelsift.aws.table import Table
from reelsift.aws.workers import Workers
from reelsift.domain.batch import BatchState
from reelsift.domain.presence import Presence
from reelsift.reports import wording
from reelsift.settings import Settings

SUBJECT = "workers"

_ACTIVE_READ = 1000
"""Batches that are looked through for one that is not paused."""

_MISSING = "check REELSIFT_DEPLOYMENT and the region, or deploy first"


async def check_workers(clients: Clients, settings: Settings) -> AsyncIterator[Finding]:
    yield await guarded(SUBJECT, _check(clients, settings), missing=_MISSING)


async def _check(clients: Clients, settings: Settings) -> Finding:
    batches = Table(clients.dynamodb, settings.table_name("batches"))
    presence = await Workers(batches).presence(now_ms=int(time.time() * 1000))
    state = _words(presence)
    if not presence.silent:
        return Finding(SUBJECT, Grade.OK, state)
    if not await _work_waits(clients, settings, batches):
        return Finding(SUBJECT, Grade.OK, f"{state}, and nothing waits for one")
    return Finding(SUBJECT, Grade.WARNING, f"{state}, and work waits", Remedy.START_A_WORKER)


async def _work_waits(clients: Clients, settings: Settings, table: Table) -> bool:
    """Whether a worker would have something to do: a message, an open job, or a batch that is not paused."""
    for name in QUEUE_NAMES:
        url = (await clients.sqs.get_queue_url(QueueName=settings.queue_name(name)))["QueueUrl"]
        if await Queue(clients.sqs, url).depth():
            return True
    batches = Batches(table, OpenIndex(table))
    if await batches.count_due_work() or await batches.count_due_direct(int(time.time() * 1000), at_most=1):
        return True
    if any(batch.state is not BatchState.PAUSED for batch in await batches.active(limit=_ACTIVE_READ)):
        return True
    return bool(await Jobs(Table(clients.dynamodb, settings.table_name("jobs"))).count_open())


def _words(presence: Presence) -> str:
    if presence.silent_ms is None:
        return "none has ever reported"
    span = wording.span(presence.silent_ms)
    return f"none has reported for {span}" if presence.silent else f"one reported {span} ago"
