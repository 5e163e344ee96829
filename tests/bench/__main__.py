"""`python -m bench`: measures, prints, and leaves a JSON document of the figures where it is told to."""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bench import expansion, outcomes

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def batches(
    lines: Annotated[str, typer.Option(help="Lines of the inventories to expand, separated by commas.")] = (
        "100000,1000000"
    ),
    formats: Annotated[str, typer.Option(help="Formats of the largest of them.")] = "Parquet,CSV,ORC",
    ended: Annotated[int, typer.Option(help="Lines of the batch whose status and report are read; 0: none.")] = (
        1_000_000
    ),
    out: Annotated[Path | None, typer.Option(help="Where the figures go as JSON.")] = None,
) -> None:
    """Expansion of inventories beside a sender that does nothing else; status and report of a batch that has ended."""
    sizes = [int(size) for size in lines.split(",")] if lines else []
    figures: dict[str, Any] = {"machine": _machine(), "expansion": [], "outcomes": None}
    if sizes:
        for figure in expansion.measure(sizes, formats.split(",")):
            figures["expansion"].append(figure)
            _tell(figure)
    if ended:
        figures["outcomes"] = outcomes.measure(ended)
        _tell(figures["outcomes"])
    if out is not None:
        out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


@app.callback()
def _bench() -> None:
    """Everything is measured with Rekognition, queues and tables simulated on this machine: what AWS would answer, and
    how fast, is not part of it.
    """


def _machine() -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _tell(figure: Any) -> None:
    sys.stdout.write(json.dumps(figure) + "\n")
    sys.stdout.flush()


app()
