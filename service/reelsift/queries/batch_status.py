"""Where a batch stands: its progress, what runs of it, what it may still take, and the deployment around it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reelsift.aws.deployment import Deployment
from reelsift.aws.troubled import troubled_jobs
from reelsift.batches.paid_videos import PaidVideos, read_paid_videos
from reelsift.domain.batch import HELD
from reelsift.domain.hold import Hold, Kind
from reelsift.domain.job import Job, JobState
from reelsift.domain.presence import Presence
from reelsift.errors import BatchHasNoEnd
from reelsift.queries.demand import Demand, measure
from reelsift.queries.deployment_status import TROUBLED_SHOWN, hold_members, troubled_members
from reelsift.queries.forecast import Forecast, forecast
from reelsift.queries.progress import Progress, Rate, read_progress
from reelsift.runtime.clock import now_ms

HOLDING = frozenset({JobState.STARTING, JobState.RUNNING})
"""The states of a job that holds a slot."""

POLL_S = 1.0
"""Between two readings of a batch that is followed."""

LONGEST_POLL_S = 30.0

CHUNKS_A_SECOND = 100
"""For so many chunks a batch is read a second later."""


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """A batch at one moment, and the deployment around it.

    `rate` is the lines that end in a second. `running` jobs of it hold a slot; they may cost `reserved_micros`
    (millionths of a US dollar) at most, 0 for a batch without a limit. Its report lies in `work_bucket`.
    """

    progress: Progress
    rate: float
    demand: Demand
    forecast: Forecast
    presence: Presence
    running: int = 0
    reserved_micros: int = 0
    work_bucket: str = ""
    troubled: Sequence[Job] = ()
    """Some of its jobs that AWS or reelsift fails over."""
    starts_held: Hold | None = None
    """Why nothing at all is started, of whatever batch; None where that is not so."""

    @property
    def unattended(self) -> bool:
        """Whether something of the batch is to be done, and no worker is there to do it."""
        progress = self.progress
        held = progress.batch.state in HELD and not progress.in_flight
        return self.presence.silent and not progress.over and not held

    @property
    def waits_for_workers_that_do_not_follow(self) -> bool:
        """Whether it is a re-evaluation of which only the last pass is left, which may come minutes later."""
        terms = self.progress.batch.reevaluation
        return terms is not None and terms.number > 1 and not self.progress.over

    @property
    def report(self) -> str | None:
        """The URI of its report's manifest; None before the report is written."""
        key = self.progress.batch.report_key
        return f"s3://{self.work_bucket}/{key}" if key and self.progress.over else None


class BatchMonitor:
    """Reads the status of one batch again and again, so that its rate is that of the last minute."""

    def __init__(self, deployment: Deployment, batch_id: str) -> None:
        self._deployment = deployment
        self._batch_id = batch_id
        self._rate = Rate()
        self._others: PaidVideos | None = None

    async def follow(self) -> AsyncIterator[BatchStatus]:
        """Its status, again and again until it is over and its report is written, of a re-evaluation until its first
        pass is over; a large batch, with more chunks to
        count, is read less often.

        Raises NoSuchBatch, and BatchHasNoEnd for one that only counts lines sent straight to the queue.
        """
        while True:
            status = await self.status()
            batch = status.progress.batch
            if batch.direct and not status.progress.over:
                raise BatchHasNoEnd(self._batch_id)
            yield status
            if status.progress.over or status.waits_for_workers_that_do_not_follow:
                return
            await asyncio.sleep(min(LONGEST_POLL_S, POLL_S + batch.chunks / CHUNKS_A_SECOND))

    async def status(self) -> BatchStatus:
        """The batch as it is now. Raises NoSuchBatch."""
        deployment = self._deployment
        progress = await read_progress(deployment, self._batch_id)
        batch = progress.batch
        rate, demand = self._rate.see(progress), await measure(deployment)
        reserved = 0
        if batch.max_cost_micros is not None:
            reserved = (await deployment.budgets.of_batch(batch.batch_id)).reserved
        return BatchStatus(
            progress=progress,
            rate=rate,
            demand=demand,
            forecast=forecast(
                progress, rate, demand, await self._paid(progress), start_rate=deployment.settings.start_rate
            ),
            presence=await deployment.workers.presence(now_ms=now_ms()),
            running=0 if progress.over else await self._running(),
            reserved_micros=reserved,
            work_bucket=deployment.work.bucket,
            troubled=()
            if progress.over
            else await troubled_jobs(deployment.jobs, deployment.reviews, TROUBLED_SHOWN, self._batch_id),
            starts_held=None if progress.over else (await deployment.hold_switch.read()).get(Kind.STARTS),
        )

    async def _paid(self, progress: Progress) -> PaidVideos:
        """By the batch's own videos, until there are enough of them by the newest batches'."""
        own = PaidVideos(progress.counts)
        if own.enough or not progress.waiting:
            return own
        if self._others is None:
            self._others = await read_paid_videos(
                self._deployment.batches, self._deployment.chunks, self._deployment.settings.analyses, progress.batch
            )
        return self._others

    async def _running(self) -> int:
        jobs = await self._deployment.jobs.count_open(self._batch_id)
        return sum(jobs.get(state, 0) for state in HOLDING)


def members(status: BatchStatus) -> dict[str, Any]:
    """The status as JSON members: times in epoch milliseconds, money in US dollars."""
    progress, demand, coming = status.progress, status.demand, status.forecast
    batch, counts = progress.batch, progress.counts
    return {
        "batch": batch.batch_id,
        "name": batch.name,
        "source": batch.source,
        "state": str(progress.state),
        "priority": batch.priority,
        "created_ms": batch.created_ms,
        "finished_ms": batch.finished_ms,
        "files": batch.files,
        "files_read": progress.files_read if batch.files is not None else None,
        "listed": progress.listed,
        "passed_over": dict(progress.passed_over),
        "total": batch.total,
        "succeeded": counts.succeeded,
        "partly_failed": counts.partly_failed,
        "failed": counts.failed,
        "skipped": counts.skipped,
        "waiting": progress.waiting,
        "worker_seen_ms": status.presence.seen_ms,
        "sent": progress.in_flight,
        "running": status.running,
        "lines_per_minute": round(status.rate * 60, 3),
        "eta_s": None if coming.seconds is None else round(coming.seconds, 1),
        "eta_by": coming.basis,
        "billed_minutes": round(counts.billed_ms / 60_000, 3),
        "minutes_to_come": None if coming.billed_ms is None else round(coming.billed_ms / 60_000, 3),
        "money_usd": float(progress.money),
        "reserved_usd": _usd(status.reserved_micros),
        "money_to_come_usd": _usd(coming.cost_micros),
        "max_cost_usd": _usd(batch.max_cost_micros),
        "in_trouble": [troubled_members(job) for job in status.troubled],
        "held_because": batch.held_because,
        "starts_held": None if status.starts_held is None else hold_members(status.starts_held),
        "stopped": batch.stopped,
        "report": status.report,
        "report_failed": batch.report_failed,
        "slots": {"in_use": demand.held, "quota": demand.quota, "blocked": demand.blocked},
    }


def _usd(micros: int | None) -> float | None:
    return None if micros is None else float(Decimal(micros) / 1_000_000)
