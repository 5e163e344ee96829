"""Where a deployment stands: what runs, what waits, what died, and the newest batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reelsift.aws.deployment import Deployment
from reelsift.aws.queue import QUEUE_NAMES
from reelsift.aws.troubled import troubled_jobs
from reelsift.domain.batch import Batch
from reelsift.domain.budget import Budget, day_of
from reelsift.domain.hold import Hold
from reelsift.domain.job import Job
from reelsift.domain.presence import Presence
from reelsift.queries.demand import Demand, measure
from reelsift.queries.progress import Progress, progress_of
from reelsift.runtime.clock import now_ms

NEWEST_BATCHES = 10

TROUBLED_SHOWN = 5
"""Jobs in trouble that a status names."""


@dataclass(frozen=True, slots=True)
class DeploymentStatus:
    """A deployment at one moment. `waiting` and `dead` are messages by queue, approximate as SQS says them.

    `today` is what the day (UTC) has reserved and spent, None where there is no daily budget (`daily_budget`, US
    dollars): then nobody counts.
    """

    deployment: str
    demand: Demand
    presence: Presence
    waiting: Mapping[str, int]
    dead: Mapping[str, int]
    batches: list[Progress]
    troubled: Sequence[Job] = ()
    """Some of the jobs that AWS or reelsift fails over."""
    today: Budget | None = None
    daily_budget: Decimal | None = None
    holds: Sequence[Hold] = ()
    """What the whole deployment leaves undone for now."""

    @property
    def unattended(self) -> bool:
        """Whether something is to be done, and no worker is there to do it."""
        return self.presence.silent and self.demand.backlog > 0


class DeploymentMonitor:
    """Reads the status of a deployment again and again; of a batch that is over the chunks are read once."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._over: dict[Batch, Progress] = {}

    async def status(self) -> DeploymentStatus:
        """The deployment as it is now."""
        deployment, settings = self._deployment, self._deployment.settings
        today = None
        if settings.daily_budget is not None:
            today = await deployment.budgets.of_day(day_of(now_ms()))
        progresses = [await self._progress(batch) for batch in await deployment.batches.recent(NEWEST_BATCHES)]
        self._over = {progress.batch: progress for progress in progresses if progress.over}
        return DeploymentStatus(
            deployment=settings.deployment,
            demand=await measure(deployment),
            presence=await deployment.workers.presence(now_ms=now_ms()),
            waiting={name: await deployment.queues[name].depth() for name in QUEUE_NAMES},
            dead={name: await deployment.dead[name].depth() for name in QUEUE_NAMES},
            batches=progresses,
            troubled=await troubled_jobs(deployment.jobs, deployment.reviews, TROUBLED_SHOWN),
            today=today,
            daily_budget=settings.daily_budget,
            holds=tuple((await deployment.hold_switch.read()).values()),
        )

    async def _progress(self, batch: Batch) -> Progress:
        return self._over.get(batch) or await progress_of(self._deployment, batch)


def troubled_members(job: Job) -> dict[str, Any]:
    """A job in trouble as JSON members."""
    return {
        "video": job.video.uri,
        "video_id": job.key.video_id,
        "analysis": str(job.analysis),
        "state": str(job.state),
        "trouble_s": round(job.trouble.ms / 1000),
        "cause": job.trouble.cause,
        "program_failures": job.program_failures,
        "workers_died": max(0, job.taken_up - 1),
    }


def hold_members(hold: Hold) -> dict[str, Any]:
    """A hold as JSON members."""
    return {"kind": str(hold.kind), "by": hold.by, "since_ms": hold.since_ms, "note": hold.note}


def members(status: DeploymentStatus) -> dict[str, Any]:
    """The status as JSON members: times in epoch milliseconds, money in US dollars."""
    demand = status.demand
    return {
        "deployment": status.deployment,
        "slots": {"in_use": demand.held, "quota": demand.quota, "blocked": demand.blocked},
        "worker_seen_ms": status.presence.seen_ms,
        "queues": dict(status.waiting),
        "dead_letters": dict(status.dead),
        "open_jobs": {str(state): number for state, number in demand.open_jobs.items()},
        "in_trouble": [troubled_members(job) for job in status.troubled],
        "unexpanded_chunks": demand.unexpanded,
        "today": _today(status),
        "held": [hold_members(hold) for hold in status.holds],
        "batches": [progress_members(progress) for progress in status.batches],
    }


def progress_members(progress: Progress) -> dict[str, Any]:
    """How far a batch is, as JSON members."""
    batch, counts = progress.batch, progress.counts
    return {
        "batch": batch.batch_id,
        "name": batch.name,
        "state": str(progress.state),
        "created_ms": batch.created_ms,
        "priority": batch.priority,
        "held_because": batch.held_because,
        "total": batch.total,
        "succeeded": counts.succeeded,
        "failed": counts.failed,
        "skipped": counts.skipped,
        "billed_minutes": round(counts.billed_ms / 60_000, 3),
        "money_usd": float(progress.money),
    }


def _today(status: DeploymentStatus) -> dict[str, float] | None:
    if status.today is None or status.daily_budget is None:
        return None
    return {
        "spent_usd": float(Decimal(status.today.spent) / 1_000_000),
        "reserved_usd": float(Decimal(status.today.reserved) / 1_000_000),
        "daily_budget_usd": float(status.daily_budget),
    }
