"""`reelsift show`: state, verdict, status and segments of one video, and its history."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from reelsift.cli.exits import CommandError
from reelsift.cli.seal_view import seal_words
from reelsift.cli.session import on_deployment
from reelsift.cli.status_view import broken_chains, print_history, show_history, told_context, told_status
from reelsift.cli.terminal import printable, say, screen, warn
from reelsift.cli.video_view import print_dataset, show_video

if TYPE_CHECKING:
    from reelsift.domain.analysis import Analysis
    from reelsift.queries.video_result import VideoResult


def show(
    video: Annotated[
        str, typer.Argument(metavar="VIDEO", help="s3://bucket/key (as it is now), or a video id from a report.")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, as is done anyway where stdout is no terminal.")
    ] = False,
    history: Annotated[
        bool,
        typer.Option(
            "--history",
            help="Show every revision of its status and every decision instead; of a key those of each content that it"
            " has had, also where the object was overwritten or deleted. Exit 1 where decisions were changed or lost.",
        ),
    ] = False,
) -> None:
    """Show the state, the verdict, the status and the segments of one video.

    Exit 1 where no analysis of it has a result, because it failed or still runs; JSON is printed then, too.
    """
    from reelsift.queries.video_result import read_result

    printed = as_json or not sys.stdout.isatty()
    if history:
        _show_history(video, printed=printed)
        return

    result = on_deployment(lambda deployment: read_result(deployment, video))
    if result.seal is not None:
        say(seal_words(result.seal))
    states = _states(result)
    if result.dataset_gone is not None:
        warn(
            f"{result.dataset_gone} was deleted: alerts are not known any more, and reasons are told without the times"
            " at which they were seen"
        )
    if not result.results:
        if printed:
            print_dataset(result.dataset())
        raise CommandError(
            f"{result.video} has no result:\n"
            + "\n".join([*(f"{name}: {state}" for name, state in states.items()), f"status: {told_status(result.row)}"])
        )
    if printed:
        for job in result.jobs:
            if job.analysis not in result.results:
                warn(f"{job.analysis} has no result: {states[job.analysis]}")
        print_dataset(result.dataset())
    else:
        console = screen()
        table = Table.grid(padding=(0, 2))
        for name, state in states.items():
            table.add_row(name, Text(printable(state)))
        console.print(table)
        console.print()
        show_video(console, result.head, result.segments(), alerts_known=result.dataset_gone is None)
        context = told_context(result.row)
        console.print(Text(f"status:  {told_status(result.row)}" + (f"\ncontext: {context}" if context else "")))


def _show_history(video: str, *, printed: bool) -> None:
    from reelsift.queries.video_history import read_history

    contents = on_deployment(lambda deployment: read_history(deployment, video))
    if printed:
        print_history(contents)
    else:
        show_history(screen(), contents)
    if broken := broken_chains(contents):
        raise CommandError("\n".join(broken))


def _states(result: "VideoResult") -> "dict[Analysis, str]":
    """Where each analysis stands, and which lines wait for it."""
    from reelsift.queries.video_result import describe, describe_waiting

    return {
        job.analysis: "; ".join(
            words for words in (describe(job), describe_waiting(result.waiting.get(job.analysis, ()))) if words
        )
        for job in result.jobs
    }
