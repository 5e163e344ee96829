"""Following a whole deployment, which has no end."""

import asyncio
import json
from typing import NoReturn

import typer
from rich.live import Live

from reelsift.cli.follow import LOG_S
from reelsift.cli.overview import draw, sentence
from reelsift.cli.terminal import margin, say
from reelsift.queries.deployment_status import DeploymentMonitor, members

POLL_S = 3.0
"""Between two readings of slots, queues and the newest batches."""


async def follow_deployment(monitor: DeploymentMonitor, *, as_json: bool) -> NoReturn:
    """Show the deployment on stderr until the user has seen enough: a live picture, or a line now and then; as JSON,
    an object on stdout for each reading.
    """
    console = margin()
    if as_json or not console.is_terminal:
        while True:
            status = await monitor.status()
            if as_json:
                typer.echo(json.dumps(members(status)))
            else:
                say(sentence(status))
            await asyncio.sleep(LOG_S)
    with Live(console=console, auto_refresh=False) as live:
        while True:
            live.update(draw(await monitor.status()), refresh=True)
            await asyncio.sleep(POLL_S)
