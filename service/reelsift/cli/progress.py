"""How far a batch is, what it has cost, and how fast it goes."""

from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reelsift.aws.deployment import Deployment
from reelsift.cli.exits import CommandError
from reelsift.domain.batch import Batch, BatchState, Counts, total_counts
from reelsift.worker.clock import now_ms
from reelsift.worker.gauges import Demand

WINDOW_MS = 60_000
"""A rate that was watched is that of the last minute."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A batch at one moment (`at_ms`, epoch milliseconds); `money` in US dollars is what its lines have paid for."""

    batch: Batch
    counts: Counts
    at_ms: int
    money: Decimal

    @property
    def waiting(self) -> int | None:
        """Lines without an outcome; None where more may always come."""
        return None if self.batch.total is None else max(0, self.batch.total - self.counts.ended)

    @property
    def complete(self) -> bool:
        """Whether every line has its outcome: the counts know it before a worker has noted it in the batch."""
        return self.waiting == 0

    @property
    def state(self) -> BatchState:
        if self.complete:
            return BatchState.COMPLETE
        return self.batch.state

    @property
    def elapsed_ms(self) -> int:
        """From submitting to the end, or until now."""
        until = self.batch.finished_ms if self.complete and self.batch.finished_ms else self.at_ms
        return max(1, until - self.batch.created_ms)


class Rate:
    """Lines a second: of the last minute where it was watched, else since the batch was made."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int]] = deque()

    def see(self, progress: Progress) -> float:
        """The rate with what `progress` adds to what was seen before."""
        self._seen.append((progress.at_ms, progress.counts.ended))
        while progress.at_ms - self._seen[0][0] > WINDOW_MS:
            self._seen.popleft()
        since_ms, ended = self._seen[0]
        if progress.complete or progress.counts.ended == ended:
            return progress.counts.ended / progress.elapsed_ms * 1000
        return (progress.counts.ended - ended) / (progress.at_ms - since_ms) * 1000


async def read_progress(deployment: Deployment, batch_id: str) -> Progress:
    """Raises CommandError where there is no such batch."""
    batch = await deployment.batches.get(batch_id)
    if batch is None:
        raise CommandError(f"there is no batch {batch_id}; `reelsift status` lists the newest")
    return await progress_of(deployment, batch)


async def progress_of(deployment: Deployment, batch: Batch) -> Progress:
    counts = total_counts([chunk async for chunk in deployment.batches.chunks(batch.batch_id)])
    return Progress(batch, counts, now_ms(), Decimal(counts.cost_micros) / 1_000_000)


def members(progress: Progress, rate: float, demand: Demand) -> dict[str, Any]:
    """What `status BATCH --json` prints."""
    batch, counts = progress.batch, progress.counts
    return {
        "batch": batch.batch_id,
        "name": batch.name,
        "source": batch.source,
        "state": str(progress.state),
        "created_ms": batch.created_ms,
        "finished_ms": batch.finished_ms,
        "total": batch.total,
        "succeeded": counts.succeeded,
        "failed": counts.failed,
        "skipped": counts.skipped,
        "waiting": progress.waiting,
        "lines_per_minute": round(rate * 60, 3),
        "eta_s": eta_s(progress, rate),
        "billed_minutes": round(counts.billed_ms / 60_000, 3),
        "money_usd": float(progress.money),
        "slots": {"in_use": demand.held, "quota": demand.quota, "blocked": demand.blocked},
    }


def eta_s(progress: Progress, rate: float) -> float | None:
    """Seconds until the end at this rate; None where nobody can say."""
    if progress.waiting is None or progress.complete or rate <= 0:
        return None
    return round(progress.waiting / rate, 1)
