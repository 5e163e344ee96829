"""Progress as a person reads it: one picture for `status` and, redrawn, for `--watch`."""

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from reelsift.cli import amounts
from reelsift.cli.progress import Progress, eta_s
from reelsift.cli.terminal import printable
from reelsift.worker.gauges import Demand


def draw(progress: Progress, rate: float, demand: Demand) -> RenderableType:
    """A bar, counts, pace, money and slots in four lines."""
    batch, counts = progress.batch, progress.counts
    title = Text(f"{batch.batch_id}  {progress.state}", style="bold")
    if batch.name != batch.batch_id:
        title.append(f"  {printable(batch.name)}", style="not bold")
    title.truncate(200, overflow="ellipsis")
    tally = Text(f"succeeded {counts.succeeded:,}   ")
    tally.append(f"failed {counts.failed:,}", style="red" if counts.failed else "")
    tally.append(f"   skipped {counts.skipped:,}")
    if progress.waiting is not None:
        tally.append(f"   waiting {progress.waiting:,}")
    return Group(title, *_bar(progress), tally, Text(_pace(progress, rate)), Text(_means(progress, demand)))


def sentence(progress: Progress, rate: float) -> str:
    """Progress in one line, for a log."""
    counts = progress.counts
    ended = f"{counts.ended:,} of {progress.batch.total:,}" if progress.batch.total is not None else f"{counts.ended:,}"
    return f"{progress.batch.batch_id}: {ended} lines ended, {counts.failed:,} failed; {_pace(progress, rate)}"


def _bar(progress: Progress) -> list[RenderableType]:
    total = progress.batch.total
    if total is None:
        return []
    ended = progress.counts.ended
    grid = Table.grid(expand=True, padding=(0, 1, 0, 0))
    grid.add_column(ratio=1)
    grid.add_column(justify="right", no_wrap=True)
    share = 100 * ended // total if total else 100
    grid.add_row(
        ProgressBar(max(1, total), ended, complete_style="cyan", finished_style="green"),
        f"{ended:,} of {total:,} ({share} %)",
    )
    return [grid]


def _pace(progress: Progress, rate: float) -> str:
    if progress.complete:
        return f"done in {amounts.span(progress.elapsed_ms / 1000)}"
    remaining = eta_s(progress, rate)
    pace = f"{rate * 60:,.1f} lines a minute"
    return pace if remaining is None else f"{pace}, about {amounts.span(remaining)} to go"


def _means(progress: Progress, demand: Demand) -> str:
    blocked = f", {demand.blocked} blocked by other applications" if demand.blocked else ""
    return (
        f"{amounts.minutes(progress.counts.billed_ms)} minutes, {amounts.money(progress.money)}"
        f"   slots {demand.held} of {demand.quota} in use{blocked}"
    )
