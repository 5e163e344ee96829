"""The deployment at a glance: what runs, what waits, what died, and the newest batches."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from reelsift.aws.deployment import QUEUE_NAMES, Deployment
from reelsift.cli.progress_view import paused
from reelsift.cli.terminal import printable
from reelsift.domain.batch import HELD, Batch
from reelsift.domain.budget import Budget, day_of, micros
from reelsift.queries.demand import Demand, measure
from reelsift.queries.progress import Progress, progress_of
from reelsift.reports import wording
from reelsift.runtime.clock import now_ms

BATCHES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Overview:
    """`waiting` and `dead` are messages by queue, approximate as SQS says them. `today` is what the day (UTC) has
    reserved and spent, None where there is no daily budget (`daily_budget`, US dollars): then nobody counts.
    """

    deployment: str
    demand: Demand
    waiting: Mapping[str, int]
    dead: Mapping[str, int]
    batches: list[Progress]
    today: Budget | None = None
    daily_budget: Decimal | None = None


class DeploymentMonitor:
    """Looks at a deployment again and again."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._over: dict[Batch, Progress] = {}

    async def look(self) -> Overview:
        deployment, settings = self._deployment, self._deployment.settings
        today = None
        if settings.daily_budget is not None:
            today = await deployment.budgets.of_day(day_of(now_ms()))
        progresses = [await self._progress(batch) for batch in await deployment.batches.recent(BATCHES_SHOWN)]
        # Of a batch that is over nothing changes any more, so that its chunks are read once.
        self._over = {progress.batch: progress for progress in progresses if progress.over}
        return Overview(
            deployment=settings.deployment,
            demand=await measure(deployment),
            waiting={name: await deployment.queues[name].depth() for name in QUEUE_NAMES},
            dead={name: await deployment.dead[name].depth() for name in QUEUE_NAMES},
            batches=progresses,
            today=today,
            daily_budget=settings.daily_budget,
        )

    async def _progress(self, batch: Batch) -> Progress:
        return self._over.get(batch) or await progress_of(self._deployment, batch)


def members(overview: Overview) -> dict[str, Any]:
    """What `status --json` prints."""
    demand = overview.demand
    return {
        "deployment": overview.deployment,
        "slots": {"in_use": demand.held, "quota": demand.quota, "blocked": demand.blocked},
        "queues": dict(overview.waiting),
        "dead_letters": dict(overview.dead),
        "open_jobs": {str(state): number for state, number in demand.open_jobs.items()},
        "unexpanded_chunks": demand.unexpanded,
        "today": _today(overview),
        "batches": [
            {
                "batch": progress.batch.batch_id,
                "name": progress.batch.name,
                "state": str(progress.state),
                "created_ms": progress.batch.created_ms,
                "priority": progress.batch.priority,
                "held_because": progress.batch.held_because,
                "total": progress.batch.total,
                "succeeded": progress.counts.succeeded,
                "failed": progress.counts.failed,
                "skipped": progress.counts.skipped,
                "billed_minutes": round(progress.counts.billed_ms / 60_000, 3),
                "money_usd": float(progress.money),
            }
            for progress in overview.batches
        ],
    }


def _today(overview: Overview) -> dict[str, float] | None:
    if overview.today is None or overview.daily_budget is None:
        return None
    return {
        "spent_usd": float(_dollars(overview.today.spent)),
        "reserved_usd": float(_dollars(overview.today.reserved)),
        "daily_budget_usd": float(overview.daily_budget),
    }


def sentence(overview: Overview) -> str:
    """The overview in one line, for a log."""
    demand = overview.demand
    active_batches = sum(not progress.over and not progress.batch.direct for progress in overview.batches)
    words = (
        f"{overview.deployment}: {demand.held} of {demand.quota} slots in use, {sum(overview.waiting.values()):,}"
        f" messages wait, {active_batches} of the newest batches under way"
    )
    dead = sum(overview.dead.values())
    if dead:
        words += f", {dead:,} dead letters"
    return f"{words}{f', {_spent(overview)} today' if overview.today is not None else ''}"


def draw(overview: Overview) -> RenderableType:
    """The overview for people."""
    demand = overview.demand
    facts = Table.grid(padding=(0, 2))
    facts.add_row("deployment", overview.deployment)
    blocked = f", {demand.blocked} blocked by other applications" if demand.blocked else ""
    facts.add_row("slots", f"{demand.held} of {demand.quota} in use{blocked}")
    facts.add_row("messages", _listed(overview.waiting))
    facts.add_row("open jobs", _listed({state.lower(): number for state, number in demand.open_jobs.items()}))
    if demand.unexpanded:
        facts.add_row("chunks", f"{demand.unexpanded:,} not expanded yet")
    if overview.today is not None:
        facts.add_row("today", Text(_spent(overview), style="red" if _used_up(overview) else ""))
    dead = sum(overview.dead.values())
    if dead:
        words = f"{_listed(overview.dead)}; `reelsift redrive` says why"
        facts.add_row("dead letters", Text(words, style="red"))
    if not overview.batches:
        return Group(facts, Text("\nno batches yet: `reelsift submit` makes one"))
    held = [Text(printable(paused(it.batch)), style="yellow") for it in overview.batches if it.batch.state in HELD]
    return Group(facts, Text(), _batches(overview.batches), *held)


def _batches(batches: list[Progress]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", expand=True)
    table.add_column("batch", no_wrap=True)
    for column in ("lines", "ended", "failed"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("name", no_wrap=True, overflow="ellipsis", ratio=1)
    for progress in batches:
        batch, counts = progress.batch, progress.counts
        table.add_row(
            batch.batch_id,
            "-" if batch.total is None else f"{batch.total:,}",
            f"{counts.ended:,}",
            Text(f"{counts.failed:,}", style="red" if counts.failed else ""),
            Text(str(progress.state), style="yellow" if batch.state in HELD else ""),
            printable(batch.name),
        )
    return table


def _spent(overview: Overview) -> str:
    """What the day has spent of what it may."""
    assert overview.today is not None  # noqa: S101 - the caller asked
    assert overview.daily_budget is not None  # noqa: S101 - the same
    today = overview.today
    words = f"{wording.money(today.spent)} of {wording.money(micros(overview.daily_budget))} spent"
    if today.reserved:
        words += f", {wording.money(today.reserved)} reserved for what runs"
    return words


def _used_up(overview: Overview) -> bool:
    """Whether nine tenths of the day's budget are gone: what would pass it waits for the next day."""
    committed = overview.today.committed if overview.today else 0
    return _dollars(committed) >= (overview.daily_budget or 0) * Decimal("0.9")


def _dollars(amount: int) -> Decimal:
    return Decimal(amount) / 1_000_000


def _listed(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in numbers.items() if number) or "none"
