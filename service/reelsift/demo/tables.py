"""The tables of the demo's page."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from reelsift.demo.findings import EndedBatch
from reelsift.demo.promises import Promise
from reelsift.domain.job import Job
from reelsift.domain.line import OutcomeStatus
from reelsift.domain.policy import Verdict

_COLOURS = {
    Verdict.APPROVE: "green",
    Verdict.INCOMPLETE: "yellow",
    Verdict.REVIEW: "yellow",
    Verdict.REJECT: "bold red",
}


def verdicts(judged: Iterable[tuple[Job, Verdict]]) -> Table:
    """A video a row: its verdict and what it rests on."""
    table = _table()
    table.add_column("video", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("verdict", no_wrap=True)
    table.add_column("highest label", no_wrap=True, overflow="ellipsis", max_width=24)
    table.add_column("%", justify="right", no_wrap=True)
    table.add_column("labels", no_wrap=True)
    for job, verdict in judged:
        table.add_row(
            job.video.key,
            Text(verdict, style=_COLOURS[verdict]),
            job.result.peak_label or "-",
            "" if job.result.peak_confidence is None else f"{job.result.peak_confidence:.1f}",
            (job.result.model_version or "").rpartition("-")[2],
        )
    return table


def failures(batch: EndedBatch) -> Table:
    """The lines that failed: which, why, and the words of whoever refused."""
    table = _table()
    table.add_column("line", justify="right", no_wrap=True)
    table.add_column("reason", no_wrap=True)
    table.add_column("what is wrong", ratio=1)
    for outcome in batch.outcomes:
        if outcome.status is OutcomeStatus.FAILED:
            named = outcome.ref.uri in outcome.message or not outcome.ref.key
            words = outcome.message if named else f"{outcome.message} ({outcome.ref.uri})"
            table.add_row(outcome.id.line.rpartition(":")[2], outcome.reason, words)
    return table


def kept(promises: Iterable[Promise]) -> Table:
    """The promises, each with what was found, or with what speaks against it."""
    table = _table(header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for promise in promises:
        if promise.broken:
            table.add_row(Text("BROKEN", style="bold red"), promise.name, "\n".join(promise.broken))
        else:
            table.add_row(Text("kept", style="green"), promise.name, promise.found)
    return table


def _table(*, header: bool = True) -> Table:
    return Table(box=None, padding=(0, 2, 0, 0), header_style="bold", show_header=header, expand=True, pad_edge=False)
