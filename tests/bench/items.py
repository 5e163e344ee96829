"""`python -m bench items`: what `review next` reads and how long it takes, by how many items are open."""

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Annotated, Any

import typer

from bench.figures import tell
from reelsift.aws import review_rows
from reelsift.aws.deployment import Deployment, open_deployment
from reelsift.aws.review_items import waiting_row
from reelsift.aws.table import Table
from reelsift.demo.provision import Provisioner
from reelsift.domain.decision import Action
from reelsift.domain.decision_request import DecisionRequest
from reelsift.domain.handling import Handling
from reelsift.domain.policy import Verdict
from reelsift.domain.reason_catalogue import ReasonCatalogue
from reelsift.domain.review_item import ItemCause, new_item
from reelsift.domain.status import VideoStatus
from reelsift.domain.status_changes import judged
from reelsift.domain.video import Video
from reelsift.reviews.claims import claim_desk
from reelsift.reviews.composition import deciding
from reelsift.reviews.reviewer import Reviewer
from reelsift.reviews.target import Target
from reelsift.runtime.clock import SystemClock
from reelsift.settings import load_settings
from rekognition_cloud.process import CloudProcess
from support.live import always
from support.reviewing import peak, verdict

TAKEN = 200
"""Videos that are taken and approved, by all reviewers together."""

_TOLD_EVERY = 20_000


def command(
    items: Annotated[str, typer.Option(help="Open items, separated by commas.")] = "1000,100000",
    reviewers: Annotated[str, typer.Option(help="Reviewers at a time, separated by commas.")] = "1,20",
    out: Annotated[Path | None, typer.Option(help="Where the figures are appended as JSON.")] = None,
) -> None:
    """Reviewers who all take the next item at once, decide it, and take the next: ten minutes."""
    tell(_figures([int(number) for number in items.split(",")], [int(number) for number in reviewers.split(",")]), out)


def _figures(sizes: list[int], crowds: list[int]) -> Iterator[dict[str, Any]]:
    for size in sizes:
        with CloudProcess() as cloud, environment(cloud.env | Provisioner(cloud.url).provision("videos")):
            yield from asyncio.run(_measured(size, crowds))


async def _measured(size: int, crowds: list[int]) -> list[dict[str, Any]]:
    figures = []
    async with open_deployment(load_settings()) as deployment:
        began = time.perf_counter()
        await fill(deployment, size)
        sys.stderr.write(f"{size} items were written in {time.perf_counter() - began:.0f} s\n")
        # The first query of an index of the embedded cloud sorts it.
        await deployment.review_items.waiting("default", 0, limit=1)
        await deployment.review_items.due("default", 0, before_ms=0, limit=1)
        for crowd in crowds:
            read = _Read()
            with read.counting(deployment.review_items.table):
                taken = await asyncio.gather(
                    *(_review(deployment, f"r{number} of {crowd}", TAKEN // crowd) for number in range(crowd))
                )
            times = [seconds for _, spent in taken for seconds in spent]
            videos = [video for had, _ in taken for video in had]
            figures.append(
                {
                    "what": "the next review item",
                    "open": size,
                    "reviewers": crowd,
                    "given": len(videos),
                    "given_twice": len(videos) - len(set(videos)),
                    "items_read_each": round(read.of_indexes / len(videos), 1),
                    "p50_ms": round(quantiles(times, n=100, method="inclusive")[49] * 1000),
                    "p99_ms": round(quantiles(times, n=100, method="inclusive")[98] * 1000),
                }
            )
    return figures


async def _review(deployment: Deployment, name: str, rounds: int) -> tuple[list[str], list[float]]:
    """Take videos and approve them; gives those, and how long (seconds) it took to get each."""
    who, clock = Reviewer(name, name), SystemClock()
    desk = claim_desk(deployment, always(Handling()), clock)
    decides = deciding(deployment, ReasonCatalogue.built_in())
    had, spent = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        claimed = await desk.next(who, ["default"])
        spent.append(time.perf_counter() - began)
        assert claimed is not None
        had.append(claimed.item.video_id)
        await decides.decide(Target(claimed.item.video_id), DecisionRequest(action=Action.APPROVE), who)
    return had, spent


class _Read:
    """How many items of indexes were read."""

    def __init__(self) -> None:
        self.of_indexes = 0

    @contextmanager
    def counting(self, table: Table) -> Iterator[None]:
        query = table.query

        async def counted(*arguments: Any, **members: Any) -> Any:
            async for row in query(*arguments, **members):
                self.of_indexes += members.get("index") is not None
                yield row

        vars(table)["query"] = counted
        try:
            yield
        finally:
            del vars(table)["query"]


async def fill(deployment: Deployment, size: int) -> None:
    """Write videos in review and their items, as workers leave them."""
    store, now_ms = deployment.review_items, SystemClock().now_ms()
    rows: list[Mapping[str, Any]] = []
    for number in range(size):
        video = Video("videos", f"{number}.mp4", f"{number:032x}")
        # Another order than that in which they are written.
        made = verdict(Verdict.REVIEW, peak(confidence=50 + number * 7919 % 50_000 / 1000), of=video)
        row = judged(VideoStatus.new(video), made)
        item = new_item(row, ItemCause.VERDICT, Handling(), now_ms=now_ms)
        rows += [review_rows.key_of(row.video_id) | review_rows.row_of(row) | {"edition": 1}, waiting_row(item)]
        if not number:
            await store.name_queue(item.queue)
        if len(rows) >= 500 or number == size - 1:
            await store.table.write_many(rows)
            rows = []
        if number and not number % _TOLD_EVERY:
            sys.stderr.write(f"{number} of {size} items are written\n")


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """The settings of the deployment, for as long as it is measured."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
