"""`reelsift inspect`: what recorded answers show and what a policy makes of them, offline."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.policy_file import read_policy
from reelsift.cli.recording import FailedAnswerError, UnusableFileError, read_answers
from reelsift.cli.terminal import printable, warn
from reelsift.domain.answer import Answer
from reelsift.domain.policy import Judgement, Verdict
from reelsift.domain.result import in_order, peak_members, segment_members
from reelsift.domain.segments import Segment


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
    rules = read_policy(policy)
    answers = _answers(files)
    segments = [segment for answer in answers for segment in answer.segments(max_gap_ms)]
    judgement = rules.judge(segments)
    document = report(answers, segments, judgement)
    if as_json or not sys.stdout.isatty():
        print(json.dumps(document, indent=2))
    else:
        show(Console(), document)


def report(answers: Sequence[Answer], segments: Sequence[Segment], judgement: Judgement) -> dict[str, Any]:
    """What `inspect --json` prints. `video` is an s3:// URI, None in answers too old to name it; `verdict` is None
    without a moderation answer.
    """
    moderations = [answer for answer in answers if answer.analysis.spec.gives_verdict]
    moderated = bool(moderations)
    # What is missing can only make a verdict worse: nothing is cleared by half an answer.
    unknown = judgement.verdict is Verdict.APPROVE and any(answer.truncated for answer in moderations)
    return {
        "video": next((answer.video.uri for answer in answers if answer.video is not None), None),
        "analyses": [str(answer.analysis) for answer in answers],
        "segments": in_order(segment_members(segment) for segment in segments),
        "verdict": str(judgement.verdict) if moderated and not unknown else None,
        "alerts": [peak_members(peak) for peak in judgement.alerts],
    }


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


def _answers(files: list[Path]) -> list[Answer]:
    try:
        answers = read_answers(files)
    except UnusableFileError as error:
        raise CommandError(str(error), Exit.WRONG_USE) from error
    except FailedAnswerError as error:
        raise CommandError(str(error)) from error
    for answer in answers:
        if answer.truncated:
            warn(f"the last page of {answer.analysis} is missing (each has a NextToken); what it shows is left out")
    return answers


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}"
