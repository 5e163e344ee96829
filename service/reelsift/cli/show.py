"""`reelsift show`: state, verdict and segments of one video."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from reelsift.cli import timeline
from reelsift.cli.exits import CommandError
from reelsift.cli.inspect import show as show_segments
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import printable, screen, warn

if TYPE_CHECKING:
    from reelsift.queries.video_result import VideoResult


def show(
    video: Annotated[
        str, typer.Argument(metavar="VIDEO", help="s3://bucket/key (as it is now), or a video id from a report.")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, as is done anyway where stdout is no terminal.")
    ] = False,
) -> None:
    """Show the state, the verdict and the segments of one video.

    Exit 1 where no analysis of it has a result, because it failed or still runs.
    """
    from reelsift.queries.video_result import describe, read_result

    result = on_deployment(lambda deployment: read_result(deployment, video))
    states = [(str(job.analysis), describe(job)) for job in result.jobs]
    if not result.documents:
        raise CommandError(f"{result.video} has no result:\n" + "\n".join(f"{name}: {state}" for name, state in states))
    if as_json or not sys.stdout.isatty():
        finished = result.members["analyses"]
        for name, state in states:
            if name not in finished:
                warn(f"{name} has no result: {state}")
        typer.echo(json.dumps(result.members, indent=2))
    else:
        _draw(result, states)


def _draw(result: "VideoResult", states: list[tuple[str, str]]) -> None:
    members = result.members
    console = screen()
    table = Table.grid(padding=(0, 2))
    for name, state in states:
        table.add_row(name, Text(printable(state)))
    console.print(table)
    if members["segments"]:
        alerted = {(peak["analysis"], peak["label"]) for peak in members["alerts"]}
        console.print()
        console.print(timeline.draw(members["segments"], result.duration_ms, alerted, console.width))
        console.print()
    show_segments(console, members)
