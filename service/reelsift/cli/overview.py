"""The deployment at a glance: what runs, what waits, what died, and the newest batches."""

from collections.abc import Mapping
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from reelsift.cli.hold_words import held, listed
from reelsift.cli.presence_words import nobody_works, seen
from reelsift.cli.progress_view import in_trouble, paused
from reelsift.cli.terminal import printable
from reelsift.domain.batch import HELD
from reelsift.domain.budget import micros
from reelsift.queries.deployment_status import DeploymentStatus
from reelsift.queries.progress import Progress
from reelsift.reports import wording


def sentence(status: DeploymentStatus) -> str:
    """The status in one line, for a log."""
    demand = status.demand
    active_batches = sum(not progress.over and not progress.batch.direct for progress in status.batches)
    words = (
        f"{status.deployment}: {demand.held} of {demand.quota} slots in use, {sum(status.waiting.values()):,}"
        f" messages wait, {active_batches} of the newest batches under way"
    )
    dead = sum(status.dead.values())
    if dead:
        words += f", {dead:,} dead letters"
    if status.unattended:
        words += f", {seen(status.presence)}"
    if status.holds:
        words += f", {listed(hold.kind for hold in status.holds)} held"
    return f"{words}{f', {_spent(status)} today' if status.today is not None else ''}"


def draw(status: DeploymentStatus) -> RenderableType:
    """The status for people."""
    demand = status.demand
    facts = Table.grid(padding=(0, 2))
    facts.add_row("deployment", status.deployment)
    blocked = f", {demand.blocked} blocked by other applications" if demand.blocked else ""
    facts.add_row("slots", f"{demand.held} of {demand.quota} in use{blocked}")
    facts.add_row("workers", Text(_workers(status), style="yellow" if status.unattended else ""))
    facts.add_row("messages", _listed(status.waiting))
    facts.add_row("open jobs", _listed({state.lower(): number for state, number in demand.open_jobs.items()}))
    if demand.unexpanded:
        facts.add_row("chunks", f"{demand.unexpanded:,} not expanded yet")
    if status.today is not None:
        facts.add_row("today", Text(_spent(status), style="red" if _used_up(status) else ""))
    dead = sum(status.dead.values())
    if dead:
        words = f"{_listed(status.dead)}; `reelsift redrive` says why"
        facts.add_row("dead letters", Text(words, style="red"))
    holds = [Text(printable(held(hold, now_ms=status.presence.now_ms)), style="yellow") for hold in status.holds]
    troubled = [Text(printable(in_trouble(job)), style="yellow") for job in status.troubled]
    if not status.batches:
        return Group(facts, *holds, *troubled, Text("\nno batches yet: `reelsift submit` makes one"))
    waits = [Text(printable(paused(it.batch)), style="yellow") for it in status.batches if it.batch.state in HELD]
    return Group(facts, *holds, Text(), _batches(status.batches), *waits, *troubled)


def _workers(status: DeploymentStatus) -> str:
    return nobody_works(status.presence) if status.unattended else seen(status.presence)


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


def _spent(status: DeploymentStatus) -> str:
    """What the day has spent of what it may."""
    assert status.today is not None  # noqa: S101 - the caller asked
    assert status.daily_budget is not None  # noqa: S101 - the same
    today = status.today
    words = f"{wording.money(today.spent)} of {wording.money(micros(status.daily_budget))} spent"
    if today.reserved:
        words += f", {wording.money(today.reserved)} reserved for what runs"
    return words


def _used_up(status: DeploymentStatus) -> bool:
    """Whether nine tenths of the day's budget are gone: what would pass it waits for the next day."""
    committed = status.today.committed if status.today else 0
    return _dollars(committed) >= (status.daily_budget or 0) * Decimal("0.9")


def _dollars(amount: int) -> Decimal:
    return Decimal(amount) / 1_000_000


def _listed(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in numbers.items() if number) or "none"
