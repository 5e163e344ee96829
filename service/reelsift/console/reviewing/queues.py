"""What waits, by queue, as reviewers are told: what is disguised counts as the common queue's."""

import asyncio
from typing import Any

from reelsift.console.resources import Resources
from reelsift.console.reviewing.disguise import HIDDEN_QUEUES
from reelsift.console.reviewing.limits import Limits
from reelsift.console.viewer import Viewer
from reelsift.domain.handling import DEFAULT_QUEUE
from reelsift.queries.review_queues import QueueState


async def queue_list(resources: Resources, viewer: Viewer) -> list[dict[str, Any]]:
    """The queues that somebody sees as JSON, by name, as they were within the last seconds."""
    states, stored = await asyncio.gather(
        resources.queue_states(), resources.deployment.reviewer_rows.limits(viewer.who.by)
    )
    limits = Limits.stored(stored)
    return [_members(state) for state in merged(states) if limits.may_see(state.queue)]


def merged(states: list[QueueState]) -> list[QueueState]:
    """The queues of which reviewers are told, with what is hidden added to the common one."""
    hidden = [state for state in states if state.queue in HIDDEN_QUEUES]
    common = next((state for state in states if state.queue == DEFAULT_QUEUE), QueueState(DEFAULT_QUEUE))
    for state in hidden:
        common = _added(common, state)
    others = [state for state in states if state.queue not in {*HIDDEN_QUEUES, DEFAULT_QUEUE}]
    return sorted([common, *others], key=lambda state: state.queue)


def _added(one: QueueState, other: QueueState) -> QueueState:
    return QueueState(
        queue=one.queue,
        waiting=one.waiting + other.waiting,
        more=one.more or other.more,
        past_due=one.past_due + other.past_due,
        past_due_more=one.past_due_more or other.past_due_more,
        oldest_ms=min((ms for ms in (one.oldest_ms, other.oldest_ms) if ms is not None), default=None),
        next_due_ms=min((ms for ms in (one.next_due_ms, other.next_due_ms) if ms is not None), default=None),
    )


def _members(state: QueueState) -> dict[str, Any]:
    return {
        "name": state.queue,
        "waiting": state.waiting,
        "waiting_is_more": state.more,
        "oldest_ms": state.oldest_ms,
        "next_due_ms": state.next_due_ms,
        "past_due": state.past_due,
    }
