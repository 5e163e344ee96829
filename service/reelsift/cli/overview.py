"""The deployment at a glance: what runs, what waits, what died, and the newest batches."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from reelsift.aws.deployment import QUEUE_NAMES, Deployment
from reelsift.cli.progress import Progress, progress_of
from reelsift.cli.terminal import printable
from reelsift.worker.gauges import Demand, measure

BATCHES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Overview:
    """`waiting` and `dead` are messages by queue, approximate as SQS says them."""

    deployment: str
    demand: Demand
    waiting: Mapping[str, int]
    dead: Mapping[str, int]
    batches: list[Progress]


async def read_overview(deployment: Deployment) -> Overview:
    return Overview(
        deployment=deployment.settings.deployment,
        demand=await measure(deployment),
        waiting={name: await deployment.queues[name].depth() for name in QUEUE_NAMES},
        dead={name: await deployment.dead[name].depth() for name in QUEUE_NAMES},
        batches=[await progress_of(deployment, batch) for batch in await deployment.batches.recent(BATCHES_SHOWN)],
    )


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
        "batches": [
            {
                "batch": progress.batch.batch_id,
                "name": progress.batch.name,
                "state": str(progress.state),
                "created_ms": progress.batch.created_ms,
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
    dead = sum(overview.dead.values())
    if dead:
        words = f"{_listed(overview.dead)}; `reelsift redrive` says why"
        facts.add_row("dead letters", Text(words, style="red"))
    if not overview.batches:
        return Group(facts, Text("\nno batches yet: `reelsift submit` makes one"))
    return Group(facts, Text(), _batches(overview.batches))


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
            str(progress.state),
            printable(batch.name),
        )
    return table


def _listed(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in numbers.items() if number) or "none"
