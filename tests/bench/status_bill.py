"""`python -m bench status`: what a video's status costs, by its verdict, with and without an event bus."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from bench.bill import amounts, by_resource, named, usd_a_million
from bench.figures import tell
from support.world import ALERTING, CLEAN, World, eventually

_OWN = frozenset({"Scan", "ReceiveMessage"})
"""What the bench itself asks, and what a worker asks while it waits."""

_ANSWERS = {"approve": CLEAN, "review": ALERTING}


def command(
    videos: Annotated[int, typer.Option(help="Videos of each run.")] = 60,
    out: Annotated[Path | None, typer.Option(help="Where the figures are appended as JSON.")] = None,
) -> None:
    """Units and requests a video for each verdict, with and without a bus (two minutes)."""
    tell(_figures(videos), out)


def _figures(videos: int) -> Iterator[dict[str, Any]]:
    for verdict, answer in _ANSWERS.items():
        for bus in (False, True):
            with TemporaryDirectory() as folder:
                yield {"what": f"{verdict}, {'with' if bus else 'without'} a bus"} | _run(
                    Path(folder), videos, answer, bus=bus
                )


def _run(folder: Path, videos: int, answer: Any, *, bus: bool) -> dict[str, Any]:
    world = World(folder, subprocess.Popen, waits={}, quota=20, job_seconds=1)
    try:
        if not bus:
            del world.env["REELSIFT_EVENT_BUS"]
        for number in range(videos):
            world.put_video(f"v{number:04}.mp4", seed=number, answer=answer)
        world.send(*(json.dumps({"bucket": "reelsift-videos", "key": f"v{number:04}.mp4"}) for number in range(videos)))
        world.cloud.clear_requests()
        world.cloud.turn_meter()
        world.worker()
        eventually(lambda: len(world.cloud.jobs()) >= videos and world.cloud.summary()["open"] == 0, "all have run")
        world.settle(videos)
        world.cloud.turn_meter(on=False)
        entries = [entry for entry in world.cloud.meter() if entry["operation"] not in _OWN]
        requests = world.cloud.requests()
    finally:
        world.close()
    reviews = by_resource(entries, "dynamodb", videos)
    writes = requests["dynamodb"].get("UpdateItem", 0) + requests["dynamodb"].get("TransactWriteItems", 0)
    units = amounts(entries, videos)
    return {
        "writes_a_video": round(writes / videos, 2),
        "puts_of_events_a_video": round(requests.get("events", {}).get("PutEvents", 0) / videos, 2),
        "reviews": {name: operations for name, operations in reviews.items() if "-reviews" in name},
        "units_a_video": named(units),
        "usd_a_million": usd_a_million(units),
    }
