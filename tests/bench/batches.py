"""`python -m bench batches`: inventories become messages; status and report of a batch that has ended."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from bench import expansion, outcomes
from bench.figures import tell


def command(
    lines: Annotated[str, typer.Option(help="Lines of the inventories to expand, separated by commas.")] = (
        "100000,1000000"
    ),
    formats: Annotated[str, typer.Option(help="Formats of the largest of them.")] = "Parquet,CSV,ORC",
    ended: Annotated[int, typer.Option(help="Lines of the batch whose status and report are read; 0: none.")] = (
        1_000_000
    ),
    segments: Annotated[int, typer.Option(help="Segments of each of its videos; 0: reports have none.")] = 20,
    out: Annotated[Path | None, typer.Option(help="Where the figures are appended as JSON.")] = None,
) -> None:
    """Expansion of inventories beside a sender that does nothing else; status and report of a batch (an hour)."""
    tell(_figures([int(size) for size in lines.split(",")] if lines else [], formats.split(","), ended, segments), out)


def _figures(sizes: list[int], formats: list[str], ended: int, segments: int) -> Iterator[dict[str, Any]]:
    if sizes:
        yield from expansion.measure(sizes, formats)
    if ended:
        yield outcomes.measure(ended, segments)
