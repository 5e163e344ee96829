"""`reelsift resume`: a paused batch goes on."""

from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.session import on_batch

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment


def resume(
    batch: Annotated[
        str, typer.Argument(metavar="BATCH", help="A batch's id, or a beginning of it that is its alone.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the batch's state as JSON.")] = False,
) -> None:
    """Go on with a batch that was paused, or that has paused itself because too many of its lines failed.

    Failures so far are excused: it pauses itself again only for those to come.
    """
    on_batch(batch, lambda deployment, batch_id: _resume(deployment, batch_id, as_json=as_json))


async def _resume(deployment: "Deployment", batch_id: str, *, as_json: bool) -> None:
    from reelsift.batches import control
    from reelsift.cli.control_reply import of_resume, reply

    controlled = await control.resume(deployment, batch_id)
    reply(controlled, of_resume(controlled), as_json=as_json)
