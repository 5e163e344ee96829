"""`reelsift report`: what became of every line of a batch."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from reelsift.cli import amounts
from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import margin, printable, warn

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.cli.completion_report import Tally
    from reelsift.cli.progress import Progress


def report(
    batch: Annotated[str, typer.Argument(help="A batch's id.")],
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object a line, with everything, not CSV.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="The rows alone, without a summary on stderr.")] = False,
) -> None:
    """Print what became of every line, in the order of the manifest, and a summary on stderr.

    The columns are those of S3 Batch Operations' completion reports, after a row that names them; ResultMessage is
    JSON with verdict, peak, reason, line and minutes. Lines without an outcome yet are left out. Exit 3 if some FAILED.
    """
    if as_json and as_csv:
        raise CommandError("--json and --csv exclude each other", Exit.WRONG_USE)
    raise typer.Exit(on_deployment(lambda deployment: _report(deployment, batch, as_json=as_json, as_csv=as_csv)))


async def _report(deployment: "Deployment", batch_id: str, *, as_json: bool, as_csv: bool) -> Exit:
    from reelsift.cli.completion_report import COLUMNS, Tally, csv_row, csv_text, members, read_outcomes
    from reelsift.cli.progress import read_progress

    progress = await read_progress(deployment, batch_id)
    tally = Tally()
    if not as_json:
        sys.stdout.write(csv_text([COLUMNS]))
    async for outcomes in read_outcomes(deployment, progress.batch):
        tally.add(outcomes)
        if as_json:
            sys.stdout.writelines(f"{json.dumps(members(outcome))}\n" for outcome in outcomes)
        else:
            sys.stdout.write(csv_text(csv_row(outcome) for outcome in outcomes))
    sys.stdout.flush()
    if not as_csv:
        _summarise(progress, tally)
    if progress.waiting:
        warn(f"{amounts.count(progress.waiting, 'line')} of {batch_id} had no outcome yet and are not in this report")
    return Exit.LINES_FAILED if tally.reasons else Exit.DONE


def _summarise(progress: "Progress", tally: "Tally") -> None:
    batch, counts = progress.batch, progress.counts
    table = Table.grid(padding=(0, 2))
    table.add_row("batch", f"{batch.batch_id}, {progress.state}")
    table.add_row("name", printable(batch.name))
    ended = f"{counts.succeeded:,} succeeded, {counts.failed:,} failed, {counts.skipped:,} skipped"
    total = "" if batch.total is None else f" of {batch.total:,}"
    table.add_row("lines", f"{counts.ended:,}{total}: {ended}")
    for reason, number in tally.reasons.most_common():
        table.add_row("", f"failed {number:,}: {reason}")
    if tally.verdicts:
        words = ", ".join(f"{number:,} {verdict}" for verdict, number in tally.verdicts.most_common())
        table.add_row("verdicts", words)
    table.add_row("minutes", amounts.minutes(counts.billed_ms))
    table.add_row("money", amounts.money(progress.money))
    margin().print(table)
