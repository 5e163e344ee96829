"""What `pause`, `resume` and `cancel` say at their end."""

import json

import typer

from reelsift.batches.control import Control
from reelsift.cli.terminal import say
from reelsift.domain.batch import Batch


def tell(batch: Batch, control: Control, *, as_json: bool) -> None:
    """The end of a command: a sentence on stderr, and on stdout the batch as JSON where that was asked for."""
    say(control.told)
    if as_json:
        members = {"batch": batch.batch_id, "state": str(batch.state), "changed": bool(control.changes)}
        typer.echo(json.dumps(members))
