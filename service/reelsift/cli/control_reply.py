"""What `pause`, `resume` and `cancel` say at their end."""

import json
from typing import TYPE_CHECKING

import typer

from reelsift.cli.terminal import say
from reelsift.domain.batch import BatchState

if TYPE_CHECKING:
    from reelsift.batches.control import Controlled


def reply(controlled: "Controlled", sentence: str, *, as_json: bool) -> None:
    """The end of a command: a sentence on stderr, and on stdout the batch as JSON where that was asked for."""
    say(sentence)
    if as_json:
        batch = controlled.batch
        typer.echo(json.dumps({"batch": batch.batch_id, "state": str(batch.state), "changed": controlled.changed}))


def of_pause(controlled: "Controlled") -> str:
    """That a batch pauses, or was held already."""
    batch = controlled.batch
    name = batch.batch_id
    if not controlled.changed:
        because = f": {batch.held_because}" if batch.held_because else ""
        return f"{name} is {batch.state} already{because}; `reelsift resume {name}` goes on with it"
    return (
        f"{name} pauses: nothing more of it is started. What was started finishes, is paid and counted; its messages"
        f" that stand in the queue are dropped as they come up, and sent again later. `reelsift resume {name}` goes on"
    )


def of_resume(controlled: "Controlled") -> str:
    """That a batch goes on, or was not paused."""
    before, batch = controlled.before, controlled.batch
    name = batch.batch_id
    if not controlled.changed:
        return f"{name} is not paused: it is {batch.state} and goes on by itself"
    words = f"{name} goes on: workers send what is left of it, and of what was dropped, as there is room"
    if before.held_because:
        words += (
            f". It had paused itself ({before.held_because}): failures are judged anew, from the"
            f" {batch.excused.ended:,} lines on that have ended so far"
        )
    return words


def of_cancel(controlled: "Controlled") -> str:
    """That a batch is being cancelled, or was so already."""
    name = controlled.batch.batch_id
    if not controlled.changed and controlled.batch.state is BatchState.CANCELLED:
        return f"{name} is cancelled already; `reelsift report {name}` says what became of its lines"
    if not controlled.changed:
        return f"{name} is being cancelled already; `reelsift status {name} --watch` follows it to its end"
    return (
        f"{name} is being cancelled: nothing more of it is started. What was started finishes, is paid and reported;"
        " every other line ends as SKIPPED (cancelled). Once it is over,"
        f" `reelsift retry {name} --reason cancelled` takes these up again"
    )
