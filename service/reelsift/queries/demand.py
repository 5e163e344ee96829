"""What the whole deployment has to do, and what it does now."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from reelsift.aws.deployment import Deployment
from reelsift.aws.queue import QUEUE_NAMES
from reelsift.domain.batch import BatchState
from reelsift.domain.hold import Kind
from reelsift.domain.job import JobState
from reelsift.reviews.left_claims import LEFT_CLAIM_MS, count_left_claims
from reelsift.runtime.clock import now_ms

UNTOLD_COUNTED = 1_000

UNTOLD_LOOKED_AT = 20
"""Videos of each shard that are asked since when they wait."""

SEALING_LOOKED_AT = 100
"""Sealed videos of each shard that are counted: there are few."""

RETOLD_WITHIN_MS = 3_600_000
"""Within an hour every row is looked after once more, however often that was in vain."""

CHUNKS_COUNTED = 1_000
"""Unsent chunks of one batch that are counted, ten million lines: more than any fleet is scaled for. Of a billion lines
every worker would count a hundred thousand chunks each minute.
"""


DIRECT_COUNTED = 20
"""Batches without a manifest that are to be closed and are counted: one is enough for a worker to stay."""


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
    untold: int = 0
    """Videos of which something is still to be told, now or when its time comes."""
    oldest_untold_s: float = 0.0
    """How long the first of these has been due; 0 where none is."""
    untagged: int = 0
    """Videos whose objects are due to be tagged."""
    sealing: int = 0
    """Sealed videos of which something is due to be moved."""
    oldest_unsealed_s: float = 0.0
    """How long the first of these has waited that is not where only specialists see it, or not protected."""

    @property
    def backlog(self) -> int:
        in_tables = self.unexpanded + self.untold + self.untagged + self.sealing
        return self.messages + sum(self.open_jobs.values()) + in_tables

    def backlog_while(self, held: Collection[Kind]) -> int:
        """The backlog while no worker can tell events, or write tags: of these one counts at most. It keeps a fleet
        awake that goes on with them later, and makes none larger that can do nothing about them.
        """
        untold = min(1, self.untold) if Kind.EVENTS in held else self.untold
        untagged = min(1, self.untagged) if Kind.TAGS in held else self.untagged
        return self.backlog - self.untold - self.untagged + untold + untagged


async def measure(deployment: Deployment) -> Demand:
    """Read slots, queues and open jobs."""
    quota = await deployment.quota.value()
    slots = await deployment.slots.all()
    now = now_ms()
    held = sum(slot.holder is not None for slot in slots)
    blocked = sum(slot.blocked(now) for slot in slots if slot.number < quota)
    sealing = await deployment.seals.waiting(now, SEALING_LOOKED_AT)
    return Demand(
        quota=quota,
        held=held,
        blocked=blocked,
        free=max(0, quota - held - blocked),
        messages=sum([await deployment.queues[name].depth() for name in QUEUE_NAMES]),
        open_jobs=await deployment.jobs.count_open(),
        unexpanded=await count_unexpanded(deployment),
        untold=await count_untold(deployment),
        oldest_untold_s=await oldest_untold_s(deployment, now),
        untagged=await count_untagged(deployment, now),
        sealing=sealing.due,
        oldest_unsealed_s=0 if sealing.since_ms is None else max(0, now - sealing.since_ms) / 1000,
    )


async def count_untold(deployment: Deployment) -> int:
    """Videos of which something is unpublished; of each shard of the index no more than UNTOLD_COUNTED are counted."""
    return await deployment.untold.count(UNTOLD_COUNTED) if deployment.event_bus is not None else 0


async def count_untagged(deployment: Deployment, now: int) -> int:
    """Videos whose objects are due to be tagged at `now` (epoch milliseconds); of each shard of the index no more than
    UNTOLD_COUNTED are counted.
    """
    return await deployment.untagged.count_due(now, UNTOLD_COUNTED) if deployment.untagged is not None else 0


async def oldest_untold_s(deployment: Deployment, now: int) -> float:
    """How long (seconds) a revision has been due at `now` (epoch milliseconds) and is not told: the longest, of the
    videos that are told next.
    """
    if deployment.event_bus is None:
        return 0
    # A row that somebody looks after, perhaps in vain, is not due meanwhile.
    rows = await deployment.untold.due(now + RETOLD_WITHIN_MS, UNTOLD_LOOKED_AT)
    due = [event.due_ms for row in rows for event in row.unpublished if event.is_due(now)]
    return max(0, now - min(due, default=now)) / 1000


async def count_unexpanded(deployment: Deployment) -> int:
    """What stands in the tables only and wants a worker: manifests and data files to read, chunks to send, reports to
    write, batches to check or to close, parts of the archive to be walked, reviewers who seem to have left. Of a batch
    that is paused, nothing.
    """
    batches, chunks = deployment.batches, deployment.chunks
    unexpanded = await batches.count_due_work() + await deployment.source_files.count_due_work()
    unexpanded += await chunks.count_due_reports() + await deployment.forgotten.count_due(now_ms())
    unexpanded += await count_left_claims(deployment, before_ms=now_ms() - LEFT_CLAIM_MS)
    unexpanded += await batches.count_due_direct(now_ms(), DIRECT_COUNTED)
    to_send = Counter(chunk.batch_id for chunk in await chunks.at_work() if chunk.sent < chunk.end or chunk.resend)
    for batch in await batches.active(limit=1000):
        if batch.state is BatchState.PAUSED:
            continue
        if batch.reevaluation is not None:
            unexpanded += max(1, await deployment.walks.count_open(batch.batch_id, at_most=CHUNKS_COUNTED))
            continue
        unsent = await chunks.count_unsent(batch.batch_id, at_most=CHUNKS_COUNTED)
        # Where no chunk waits, lines may have been lost, or the batch be at its end: somebody has to check.
        unexpanded += max(1, unsent + to_send[batch.batch_id])
    return unexpanded
