"""`python -m bench COMMAND`: measures, prints a line of JSON a figure, and appends them to a file where asked to."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from bench import (
    batches,
    console,
    contest,
    idle,
    items,
    load,
    policy,
    policy_test,
    price,
    processor,
    queries,
    recovery,
    reevaluation,
    stall,
    status_bill,
    words,
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback()
def _bench() -> None:
    """Everything is measured with Rekognition, queues and tables simulated on this machine: what AWS would answer, and
    how fast, is not part of it.
    """


_COMMANDS: dict[str, Callable[..., None]] = {
    "contest": contest.command,
    "processor": processor.command,
    "price": price.command,
    "status": status_bill.command,
    "idle": idle.command,
    "load": load.command,
    "batches": batches.command,
    "stall": stall.command,
    "policy": policy.command,
    "policy-test": policy_test.command,
    "reevaluate": reevaluation.command,
    "recovery": recovery.command,
    "words": words.command,
    "queries": queries.command,
    "items": items.command,
    "console": console.command,
}

for name, command in _COMMANDS.items():
    app.command(name)(command)


@app.command("all")
def everything(
    out: Annotated[Path | None, typer.Option(help="Where the figures are appended as JSON.")] = None,
) -> None:
    """Everything, one after the other, as it stands: some hours, on a machine that does nothing else."""
    for name, command in _COMMANDS.items():
        sys.stderr.write(f"{name}\n")
        command(out=out)


app()
