"""`reelsift status`: how far a batch is, or what the deployment does."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.exits import Exit
from reelsift.cli.session import on_batch, on_deployment
from reelsift.cli.terminal import screen

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment


def status(
    batch: Annotated[
        str | None,
        typer.Argument(
            metavar="BATCH",
            help="A batch's id, or a beginning of it that is its alone; the whole deployment unless given.",
        ),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Follow the batch to its end, or the deployment until Ctrl-C.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON; of a deployment that is watched, an object at each look.")
    ] = False,
) -> None:
    """Show progress, time to go, slots in use and money of a batch; without one, the deployment and newest batches.

    With --watch the exit code is 0 once the batch and its report are complete, 3 if lines of it failed, and 1 if it was
    cancelled or stopped at its --max-cost.
    """
    if batch is None:
        on_deployment(lambda deployment: _overview(deployment, watch=watch, as_json=as_json))
        return
    raise typer.Exit(
        on_batch(batch, lambda deployment, batch_id: _batch(deployment, batch_id, watch=watch, as_json=as_json))
    )


async def _overview(deployment: "Deployment", *, watch: bool, as_json: bool) -> None:
    from reelsift.cli.overview import draw
    from reelsift.queries.deployment_status import DeploymentMonitor, members

    monitor = DeploymentMonitor(deployment)
    if watch:
        from reelsift.cli.follow_deployment import follow_deployment

        await follow_deployment(monitor, as_json=as_json)
    status = await monitor.status()
    if as_json:
        typer.echo(json.dumps(members(status)))
    else:
        screen().print(draw(status))


async def _batch(deployment: "Deployment", batch_id: str, *, watch: bool, as_json: bool) -> Exit:
    from reelsift.cli.follow import follow
    from reelsift.cli.progress_view import draw
    from reelsift.queries.batch_status import BatchMonitor, members

    code = await follow(deployment, batch_id) if watch else Exit.DONE
    if watch and not as_json:
        return code
    status = await BatchMonitor(deployment, batch_id).status()
    if as_json:
        typer.echo(json.dumps(members(status)))
    else:
        screen().print(draw(status))
    return code
