"""Batches as a lead sees them: how far they are, what they cost, and what was found in one."""

import asyncio
from typing import Any

from reelsift.console.call import Call
from reelsift.console.leading.cursor import cursor, going_on, no_such_place, place_asked
from reelsift.console.leading.found import found_members, page_of
from reelsift.domain.batch import Batch
from reelsift.queries.batch_status import members
from reelsift.queries.deployment_status import hold_members, progress_members
from reelsift.queries.findings import Query
from reelsift.runtime.clock import now_ms

PAGE = 20

_FAR_MS = 10**14
"""Later than any batch."""


async def batches(call: Call) -> dict[str, Any]:
    """A page of batches, the newest first, and whether somebody works on them."""
    until_ms, seen = _place(place_asked(call))
    page = list[Batch]()
    more = False
    with going_on(call):
        async for batch in call.deployment.batches.until(until_ms):
            if batch.batch_id in seen:
                continue
            more = len(page) == PAGE
            if more:
                break
            page.append(batch)
    progresses = await asyncio.gather(*map(call.resources.lead_desk.progress, page))
    after = None
    if more:
        last_ms = page[-1].created_ms
        of_that_time = [batch.batch_id for batch in page if batch.created_ms == last_ms]
        after = [last_ms, of_that_time + (seen if last_ms == until_ms else [])]
    presence = await call.deployment.workers.presence(now_ms=now_ms())
    holds = await call.deployment.hold_switch.read()
    return {
        "batches": [progress_members(progress) for progress in progresses],
        "worker_seen_ms": presence.seen_ms,
        "unattended": presence.silent and any(not progress.over for progress in progresses),
        "held": [hold_members(hold) for hold in holds.values()],
        "after": cursor(after),
    }


def _place(place: Any) -> tuple[int, list[str]]:
    if place is None:
        return _FAR_MS, []
    match place:
        case [int(until_ms), list(seen)]:
            return until_ms, [str(each) for each in seen]
    raise no_such_place()


async def batch(call: Call) -> dict[str, Any]:
    """Where a batch stands, as `reelsift status` says it."""
    return members(await call.resources.lead_desk.status(call.path("batch_id")))


async def findings(call: Call) -> dict[str, Any]:
    """A page of the videos of a batch whose verdict is not `approve`."""
    page = await page_of(call, Query(batch_id=call.path("batch_id"), flagged=True))
    return {
        "videos": [found_members(found) for found in page.found],
        "after": cursor(page.after),
    }
