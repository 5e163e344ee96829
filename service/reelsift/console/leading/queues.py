"""Queues as a lead sees them: what waits, since when, by when, and how long it would take."""

from typing import Any

from reelsift.console.call import Call
from reelsift.queries.review_queues import QueueState
from reelsift.reviews.listing import claims

CLAIMS_LOOKED_AT = 200
"""Of each shard: more people than that are at work in no deployment."""


async def queues(call: Call) -> dict[str, Any]:
    """Each queue, all together, who is at work, and how long what waits would take them."""
    now_ms = call.resources.clock.now_ms()
    states = await call.resources.queue_states()
    at_work = await claims(call.deployment, CLAIMS_LOOKED_AT)
    people = len({claim.principal for claim in at_work})
    time = await call.resources.lead_desk.decision_time()
    waiting = sum(state.waiting for state in states)
    return {
        "now_ms": now_ms,
        "queues": [_members(state, people, time.seconds) for state in states],
        "waiting": waiting,
        "more": any(state.more for state in states),
        "past_due": sum(state.past_due for state in states),
        "past_due_more": any(state.past_due_more for state in states),
        "people": people,
        "claims": len(at_work),
        "decision_s": time.seconds,
        "measured_decisions": time.measured,
        "work_s": waiting * time.seconds,
        "empty_in_s": waiting * time.seconds / people if people else None,
    }


def _members(state: QueueState, people: int, decision_s: float) -> dict[str, Any]:
    work_s = state.waiting * decision_s
    return {
        "queue": state.queue,
        "waiting": state.waiting,
        "more": state.more,
        "past_due": state.past_due,
        "past_due_more": state.past_due_more,
        "oldest_ms": state.oldest_ms,
        "next_due_ms": state.next_due_ms,
        "work_s": work_s,
        "empty_in_s": work_s / people if people else None,
    }
