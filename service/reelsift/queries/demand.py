"""What the whole deployment has to do, and what it does now."""

from dataclasses import dataclass

from reelsift.aws.deployment import QUEUE_NAMES, Deployment
from reelsift.domain.job import JobState
from reelsift.runtime.clock import now_ms


@dataclass(frozen=True, slots=True)
class Demand:
    """What waits and what runs. `backlog` is what scaling follows: everything a worker would have to do."""

    quota: int
    held: int
    blocked: int
    free: int
    messages: int
    open_jobs: dict[JobState, int]
    unexpanded: int

    @property
    def backlog(self) -> int:
        return self.messages + sum(self.open_jobs.values()) + self.unexpanded


async def measure(deployment: Deployment) -> Demand:
    """Read slots, queues and open jobs."""
    quota = await deployment.quota.value()
    slots = await deployment.slots.all()
    now = now_ms()
    held = sum(slot.holder is not None for slot in slots)
    blocked = sum(slot.blocked(now) for slot in slots if slot.number < quota)
    return Demand(
        quota=quota,
        held=held,
        blocked=blocked,
        free=max(0, quota - held - blocked),
        messages=sum([await deployment.queues[name].depth() for name in QUEUE_NAMES]),
        open_jobs=await deployment.jobs.count_open(),
        unexpanded=await deployment.batches.count_unexpanded(),
    )
