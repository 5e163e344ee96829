"""`reelsift pause`: nothing more of a batch is started, until it is resumed."""

from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.session import on_batch

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment


def pause(
    batch: Annotated[
        str, typer.Argument(metavar="BATCH", help="A batch's id, or a beginning of it that is its alone.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the batch's state as JSON.")] = False,
) -> None:
    """Start nothing more of a batch; what was started finishes and is paid.

    The batch is Pausing until that has ended, then Paused. `reelsift resume` goes on with it.
    """
    on_batch(batch, lambda deployment, batch_id: _pause(deployment, batch_id, as_json=as_json))


async def _pause(deployment: "Deployment", batch_id: str, *, as_json: bool) -> None:
    from reelsift.batches import control
    from reelsift.cli.control_reply import of_pause, reply

    controlled = await control.pause(deployment, batch_id)
    reply(controlled, of_pause(controlled), as_json=as_json)
