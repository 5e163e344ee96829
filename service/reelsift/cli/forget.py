"""`reelsift forget`: what is known of a video is removed, but a tombstone."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import ask, can_ask, printable, say
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.jobs.forgetting import Forgotten, Known

STAYS = (
    "the revision of its status; the records of decisions and opinions: action, reasons by code, time, pseudonyms",
    "its lines in the counts and costs of batches; their rows leave the reports within 24 hours, while a worker runs",
)
"""What stays in the tables, and until when."""

NOT_REACHED = (
    "the object in S3 and its versions: delete them yourself, or its next line has it analysed again",
    "lists that named it, and their copies under batches/ in the work bucket",
    "earlier versions of report files (30 days), backups of the tables (35 days), logs (as long as they are kept)",
    "alerts, mails and events that were sent, and the archive of events (as long as it is kept)",
    "exports of decisions that are locked: they hold ids, codes and pseudonyms only",
    "reports that somebody has copied, and videos of the same content that name it as their source",
)
"""What this command cannot remove."""


def forget(
    video: Annotated[
        str,
        typer.Argument(metavar="VIDEO", help="s3://bucket/key, what it holds now or held at last, or a video id."),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was removed as a JSON object.")] = False,
) -> None:
    """Remove what is known of a video: answers, results, labels, texts, faces, alerts, verdict, history, review items,
    notes and evidence. It cannot be brought back; analysed again, the video is paid again.

    A video of which something is under way is refused, and so is a sealed one. Run again after it was interrupted,
    it ends what it has begun. Shows what stays and what it cannot reach, and asks.
    """
    on_deployment(lambda deployment: _forget(deployment, video, yes=yes, as_json=as_json))


async def _forget(deployment: "Deployment", named: str, *, yes: bool, as_json: bool) -> None:
    from reelsift.jobs.forgetting import find, forget, what_is_known

    video_id = await find(deployment, named)
    known = await what_is_known(deployment, video_id)
    if not yes:
        _show(known)
        if not can_ask():
            raise CommandError("nothing was forgotten: there is no terminal to ask, add --yes", Exit.WRONG_USE)
        if not ask("Forget it?"):
            raise CommandError("nothing was forgotten")
    done = await forget(deployment, video_id)
    if as_json:
        typer.echo(json.dumps({**asdict(done), "stays": list(STAYS), "not_reached": list(NOT_REACHED)}))
    _tell(done)


def _show(known: "Known") -> None:
    uri = known.video.uri if known.video is not None else "an object that nothing names any more"
    say(f"video {known.video_id}, {printable(uri)}")
    analyses = ", ".join(str(job.analysis) for job in known.jobs) or "none"
    say(f"analyses: {analyses}; decisions with notes or evidence: {known.decisions}")
    _say_what_stays()


def _tell(done: "Forgotten") -> None:
    analyses = "1 analysis" if done.jobs == 1 else f"{done.jobs} analyses"
    removed = (
        f"{analyses}, {wording.count(done.objects, 'object')}, {wording.count(done.labels, 'label')}, words or people,"
        f" {wording.count(done.review_rows, 'row')} of its reviews, and the notes and evidence of"
        f" {wording.count(done.decisions, 'decision')} and {wording.count(done.opinions, 'opinion')}"
    )
    say(f"video {done.video_id} is forgotten; removed: {removed}")
    _say_what_stays()


def _say_what_stays() -> None:
    say("stays here:")
    for what in STAYS:
        say(f"  {what}")
    say("not reached:")
    for what in NOT_REACHED:
        say(f"  {what}")
