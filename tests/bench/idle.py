"""What a fleet asks of AWS while it has nothing to do, or nothing but to wait for Rekognition."""

import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.figures import tell
from reelsift.aws.deployment import open_deployment
from reelsift.settings import load_settings
from support.submitted import good_rows, submitted
from support.world import World, eventually

LINES = 1
"""Lines of each batch, the same in all: they wait for one job that never ends, and nothing is left to be sent."""

SETTLE_S = 25
"""A worker that has just started looks often, and batches are sent first."""

WINDOW_S = 60

_PATIENCE_S = 300


def command(
    batches: Annotated[str, typer.Option(help="Batches under way, separated by commas.")] = "0,1,50",
    workers: Annotated[str, typer.Option(help="Workers, separated by commas.")] = "1,4",
    out: Annotated[Path | None, typer.Option(help="Where the figures are appended as JSON.")] = None,
) -> None:
    """Requests a minute of a fleet that has nothing to do, or waits for Rekognition (10 minutes)."""
    numbers = [[int(number) for number in text.split(",")] for text in (batches, workers)]
    tell(measure(*numbers), out)


def measure(batches: Sequence[int], workers: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Requests a minute with so many batches under way and so many workers, all settings as they are by default."""
    for number in batches:
        for fleet in workers:
            yield _measured(number, fleet)


def _measured(batches: int, workers: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), subprocess.Popen, waits={"REELSIFT_LOG_LEVEL": "warning"}, job_seconds=100_000)
        try:
            for key in range(1, LINES + 1):
                world.put_video(f"{key}.mp4", seed=key)
            asyncio.run(_submit(world, batches))
            for _ in range(workers):
                world.worker()
            lines = batches * LINES
            eventually(lambda: len(world.waiters()) == lines, "every line waits for its job", _PATIENCE_S)
            time.sleep(SETTLE_S)
            world.cloud.clear_requests()
            time.sleep(WINDOW_S)
            requests = world.cloud.requests()
        finally:
            world.close()
    total = sum(_sum(operations) for operations in requests.values())
    return {
        "what": "requests a minute of a fleet that waits",
        "batches_under_way": batches,
        "workers": workers,
        "requests": round(total * 60 / WINDOW_S),
        "of_services": {service: _sum(operations) for service, operations in requests.items()},
        "operations": requests,
    }


async def _submit(world: World, batches: int) -> None:
    """Batches as `submit` leaves them."""
    os.environ |= {name: value for name, value in world.env.items() if name.startswith(("AWS_", "REELSIFT_"))}
    async with open_deployment(load_settings()) as deployment:
        for batch in range(batches):
            await submitted(deployment, f"b{batch}", good_rows(deployment, LINES))


def _sum(operations: Mapping[str, int]) -> int:
    return sum(operations.values())
