"""Following a whole deployment, which has no end."""

import asyncio
import json
from typing import NoReturn

import typer
from rich.live import Live

from reelsift.cli.follow import LOG_S
from reelsift.cli.overview import DeploymentMonitor, draw, members, sentence
from reelsift.cli.terminal import margin, say

POLL_S = 3.0
"""Between two looks at slots, queues and the newest batches."""


async def follow_deployment(outlook: DeploymentMonitor, *, as_json: bool) -> NoReturn:
    """Show the deployment on stderr until the user has seen enough: a live picture, or a line now and then; as JSON,
    an object on stdout at each look.
    """
    console = margin()
    if as_json or not console.is_terminal:
        while True:
            overview = await outlook.look()
            if as_json:
                typer.echo(json.dumps(members(overview)))
            else:
                say(sentence(overview))
            await asyncio.sleep(LOG_S)
    with Live(console=console, auto_refresh=False) as live:
        while True:
            live.update(draw(await outlook.look()), refresh=True)
            await asyncio.sleep(POLL_S)
