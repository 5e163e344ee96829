"""`python -m bench load`: many jobs in flight, all of them ended at once, and a long queue."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from bench import flight, long_holds, standing_queue
from bench.figures import tell

PARTS = ("flight", "holds", "queue")


def command(
    parts: Annotated[str, typer.Option(help="Which of flight, holds and queue, separated by commas.")] = (
        ",".join(PARTS)
    ),
    jobs: Annotated[str, typer.Option(help="Jobs in flight, separated by commas.")] = "100,1000,10000",
    held: Annotated[int, typer.Option(help="Messages that are each held longer than their visibility.")] = 200,
    messages: Annotated[int, typer.Option(help="Messages that stand in the queue.")] = 100_000,
    minutes: Annotated[float, typer.Option(help="How long these are worked on at most.")] = 8,
    out: Annotated[Path | None, typer.Option(help="Where the figures are appended as JSON.")] = None,
) -> None:
    """Memory, stalls and heartbeats under load: with so many jobs in flight, as many completions at once, and a long
    queue. Messages come back after 4 s unless they are kept.
    """
    chosen = parts.split(",")
    if unknown := set(chosen) - set(PARTS):
        raise typer.BadParameter(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    tell(_figures(chosen, [int(size) for size in jobs.split(",")], held, messages, minutes), out)


def _figures(parts: list[str], jobs: list[int], held: int, messages: int, minutes: float) -> Iterator[dict[str, Any]]:
    if "holds" in parts:
        yield long_holds.measure(held)
    if "flight" in parts:
        yield from flight.measure(jobs)
    if "queue" in parts:
        yield standing_queue.measure(messages, minutes)
