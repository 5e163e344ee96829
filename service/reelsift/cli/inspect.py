"""`reelsift inspect`: what recorded answers show and what a policy makes of them, offline."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reelsift.cli.policy_warning import warn_of_unknown_labels
from reelsift.cli.terminal import printable, warn
from reelsift.domain.policy import Policy
from reelsift.policies import read_policy
from reelsift.queries.inspection import inspect_files


def inspect(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="Recorded Get* answers: a page or a list of pages in each file."),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, as is done anyway where stdout is no terminal.")
    ] = False,
    policy: Annotated[
        Path | None, typer.Option("--policy", metavar="FILE", help="Judge by this policy, not the built-in one.")
    ] = None,
    max_gap_ms: Annotated[
        int | None,
        typer.Option("--max-gap-ms", min=0, help="Longest gap inside a segment; 1.5 sampling steps unless given."),
    ] = None,
) -> None:
    """Show the segments and the verdict of recorded Get* answers, without AWS.

    Several files are pages of one video's answers, in any order. There is a verdict only with a content moderation
    answer: other labels cannot clear a video.
    """
    inspection = inspect_files(files, read_rules(policy), max_gap_ms)
    for analysis in inspection.truncated:
        warn(f"the last page of {analysis} is missing (each has a NextToken); what it shows is left out")
    document = inspection.members()
    if as_json or not sys.stdout.isatty():
        print(json.dumps(document, indent=2))
    else:
        show(Console(), document)


def read_rules(file: Path | None) -> Policy:
    """The policy of a file, the built-in one for None; warns of labels that nobody knows. Raises PolicyUnusable."""
    policy = Policy.built_in() if file is None else read_policy(file)
    warn_of_unknown_labels(policy)
    return policy


def show(console: Console, document: dict[str, Any]) -> None:
    """Prints a report for people. Names come from outside, so nothing of them is read as rich's markup."""
    table = Table(title=Text(printable(document["video"] or ", ".join(document["analyses"]))), title_justify="left")
    for column in ("start", "end", "label"):
        table.add_column(column, justify="left" if column == "label" else "right")
    for column in ("max %", "mean %", "peak", "samples"):
        table.add_column(column, justify="right")
    alerted = {(peak["analysis"], peak["label"]) for peak in document["alerts"]}
    for segment in document["segments"]:
        table.add_row(
            _seconds(segment["start_ms"]),
            _seconds(segment["end_ms"]),
            Text(" > ".join((*segment["parents"][-1:], segment["label"]))),
            f"{segment['max_confidence']:.2f}",
            f"{segment['mean_confidence']:.2f}",
            _seconds(segment["peak_ms"]),
            str(segment["samples"]),
            style="bold red" if (segment["analysis"], segment["label"]) in alerted else None,
        )
    console.print(table)
    verdict = document["verdict"] or "none, there is no content moderation answer"
    alerts = ", ".join(peak["label"] for peak in document["alerts"]) or "none"
    console.print(Text(f"verdict: {verdict}\nalerts:  {alerts}"))


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}"
