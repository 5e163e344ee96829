"""`reelsift give-up`: analyses of one video end now, whatever Rekognition says of them or does not."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.analyses_option import AnalysesOption, parse_analyses
from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import ask, can_ask, printable, say

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.domain.analysis import Analysis
    from reelsift.domain.job import Job


def give_up(
    video: Annotated[
        str,
        typer.Argument(metavar="VIDEO", help="s3://bucket/key, whatever it holds now, or a video id from a report."),
    ],
    analyses: AnalysesOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object for each analysis.")] = False,
) -> None:
    """End what runs of one video and has no result, for instance because AWS fails over it for ever.

    Its lines end as FAILED: start_unknown if the analysis was perhaps started, gave_up otherwise. Its slot is free. It
    may have been paid; nothing starts it again but a retry. Shows what would end, and asks.
    """
    chosen = parse_analyses(analyses)
    on_deployment(lambda deployment: _give_up(deployment, video, chosen, yes=yes, as_json=as_json))


async def _give_up(
    deployment: "Deployment", named: str, analyses: "list[Analysis]", *, yes: bool, as_json: bool
) -> None:
    from reelsift.jobs.by_hand import give_up, jobs_to_give_up
    from reelsift.queries.video_result import describe

    jobs = await jobs_to_give_up(deployment, named, analyses)
    if not yes:
        for job in jobs:
            say(f"{printable(job.video.uri)} {job.analysis}: {printable(describe(job))}")
        if not can_ask():
            raise CommandError("nothing was given up: there is no terminal to ask, add --yes", Exit.WRONG_USE)
        if not ask(f"Give up {_count(len(jobs))}?"):
            raise CommandError("nothing was given up")
    ended = await give_up(deployment, jobs)
    if as_json:
        for job in ended:
            typer.echo(json.dumps(_members(job)))
    for job in ended:
        say(f"{job.analysis} of {printable(job.video.uri)} has ended; a worker ends its lines within a minute")
    if len(ended) < len(jobs):
        say(f"{_count(len(jobs) - len(ended))} had ended meanwhile")


def _count(analyses: int) -> str:
    return "1 analysis" if analyses == 1 else f"{analyses} analyses"


def _members(job: "Job") -> dict[str, object]:
    failure = job.result.failure
    assert failure is not None  # noqa: S101 - it was given up
    return {
        "video": job.video.uri,
        "video_id": job.key.video_id,
        "analysis": str(job.analysis),
        "attempt": job.attempt,
        "reason": str(failure.reason),
        "message": failure.message,
    }
