"""`reelsift status`: how far a batch is, or what the deployment does."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import screen

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment


def status(
    batch: Annotated[str | None, typer.Argument(help="A batch's id; the whole deployment unless given.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Follow the batch to its end; exit 3 if lines fail.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show progress, time to go, slots in use and money of a batch; without one, the deployment and newest batches."""
    if batch is None:
        if watch:
            raise CommandError("--watch follows one batch: name it", Exit.WRONG_USE)
        on_deployment(lambda deployment: _overview(deployment, as_json=as_json))
        return
    raise typer.Exit(on_deployment(lambda deployment: _batch(deployment, batch, watch=watch, as_json=as_json)))


async def _overview(deployment: "Deployment", *, as_json: bool) -> None:
    from reelsift.cli.overview import draw, members, read_overview

    overview = await read_overview(deployment)
    if as_json:
        typer.echo(json.dumps(members(overview)))
    else:
        screen().print(draw(overview))


async def _batch(deployment: "Deployment", batch_id: str, *, watch: bool, as_json: bool) -> Exit:
    from reelsift.cli.follow import follow
    from reelsift.cli.progress import Rate, members, read_progress
    from reelsift.cli.progress_view import draw
    from reelsift.worker.gauges import measure

    code = await follow(deployment, batch_id) if watch else Exit.DONE
    if watch and not as_json:
        return code
    progress = await read_progress(deployment, batch_id)
    rate, demand = Rate().see(progress), await measure(deployment)
    if as_json:
        typer.echo(json.dumps(members(progress, rate, demand)))
    else:
        screen().print(draw(progress, rate, demand))
    return code
