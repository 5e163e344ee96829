"""`reelsift cancel`: nothing more of a batch is started, and what was not ends as SKIPPED."""

from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.session import on_batch
from reelsift.cli.terminal import ask, can_ask, say

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment


def cancel(
    batch: Annotated[
        str, typer.Argument(metavar="BATCH", help="A batch's id, or a beginning of it that is its alone.")
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the batch's state as JSON.")] = False,
) -> None:
    """End a batch early: what was started finishes, is paid and reported; all else ends as SKIPPED (cancelled).

    Shows how far the batch is, and asks. `reelsift retry BATCH --reason cancelled` takes the rest up again.
    """
    on_batch(batch, lambda deployment, batch_id: _cancel(deployment, batch_id, yes=yes, as_json=as_json))


async def _cancel(deployment: "Deployment", batch_id: str, *, yes: bool, as_json: bool) -> None:
    from reelsift.batches import control
    from reelsift.cli.control_reply import of_cancel, reply
    from reelsift.cli.progress_view import tally
    from reelsift.queries.progress import read_progress

    progress = await read_progress(deployment, batch_id)
    if control.cancelling(progress.batch) and not yes:
        say(f"{batch_id} is {progress.state}: {tally(progress).plain}")
        if not can_ask():
            raise CommandError(f"{batch_id} was not cancelled: there is no terminal to ask, add --yes", Exit.WRONG_USE)
        if not ask(f"Cancel {batch_id}?"):
            raise CommandError(f"{batch_id} was not cancelled")
    controlled = await control.cancel(deployment, batch_id)
    reply(controlled, of_cancel(controlled), as_json=as_json)
