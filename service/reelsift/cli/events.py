"""`reelsift events`: what the rest of the company hears of."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.aws_environment import asks_aws
from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.left_out import tell_left_out
from reelsift.cli.option_kinds import decimal, moment
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import ask, can_ask, margin, say
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.events.resend import Chosen, Resent

MOST_RATE = 1_000
"""Events a second: EventBridge itself takes fewer in many regions."""

USUAL_RATE = 100.0

events = typer.Typer(name="events", no_args_is_help=True, help="What the rest of the company hears of.")


def resend(
    batch: Annotated[str | None, typer.Option(metavar="BATCH", help="Videos of this batch.")] = None,
    prefix: Annotated[
        str | None, typer.Option(metavar="S3URI", help="Videos whose objects lie, or lay, at s3://bucket/prefix.")
    ] = None,
    since: Annotated[
        int | None,
        typer.Option(
            parser=moment, metavar="TIME", help="Videos whose status is what it is since then, in ISO 8601, UTC."
        ),
    ] = None,
    rate: Annotated[
        float,
        typer.Option(parser=decimal(0.1, MOST_RATE), metavar="N", help="Events a second at most."),
    ] = USUAL_RATE,
    after: Annotated[
        str | None, typer.Option(metavar="PLACE", help="Go on where an earlier resend with the same options ended.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print how many events were sent, as JSON.")] = False,
) -> None:
    """Tell the status that videos have now once more, under the same ids: for those who have lost events.

    What is given must all hold. Events of the fleet go out meanwhile; this command sends by itself, and has to run
    until its end. A million at 100 a second are 2.8 hours. Where it is interrupted it says from where to go on. Exit 4
    where there is nothing to send.
    """
    from reelsift.events.resend import Chosen

    bucket, key = _place(prefix)
    chosen = Chosen(batch_id=batch, bucket=bucket, prefix=key, since_ms=since)
    if after is not None and not chosen.is_place(after):
        place = (
            "the id of a video, 40 hexadecimal digits" if batch is None else "a chunk and a line, such as 0:list.csv:7"
        )
        raise CommandError(
            f"--after takes the place at which a resend of the same videos has ended, {place}, not {after!r}",
            Exit.WRONG_USE,
        )
    sent = on_deployment(lambda deployment: _resend(deployment, chosen, rate, after, yes=yes))
    say(f"{wording.count(sent.events, 'event')} sent")
    if as_json:
        typer.echo(json.dumps({"events": sent.events, "after": sent.place}))
    if not sent.events:
        raise typer.Exit(Exit.NOTHING_TO_DO)


events.command()(asks_aws(resend))


def _place(prefix: str | None) -> tuple[str | None, str]:
    from reelsift.manifests.locations import is_location, read_location

    if prefix is None:
        return None, ""
    if not is_location(prefix):
        raise CommandError(f"--prefix takes s3://bucket/prefix, not {prefix!r}", Exit.WRONG_USE)
    try:
        place = read_location(prefix)
    except ValueError as error:
        raise CommandError(f"--prefix {prefix!r}: {error}", Exit.WRONG_USE) from error
    return place.bucket, place.key


async def _resend(deployment: "Deployment", chosen: "Chosen", rate: float, after: str | None, *, yes: bool) -> "Resent":
    from dataclasses import replace

    from reelsift.batches.lookup import batch_id_of
    from reelsift.events.resend import Resent, resend

    if chosen.batch_id is not None:
        chosen = replace(chosen, batch_id=await batch_id_of(deployment.batches, chosen.batch_id))
    if not yes:
        if not can_ask():
            raise CommandError("nothing was sent: there is no terminal to ask, add --yes", Exit.WRONG_USE)
        if not ask(f"Send the status of {_words(chosen)} again, {rate:g} events a second?"):
            raise CommandError("nothing was sent")
    far = Resent(place=after)
    try:
        with margin().status("sending") as spinner:

            def on_progress(progress: Resent) -> None:
                nonlocal far
                far = progress
                spinner.update(f"{wording.count(progress.events, 'event')} sent")

            sent = await resend(deployment, chosen, rate=rate, after=after, on_progress=on_progress)
    except BaseException:
        if far.place is not None:
            say(f"{wording.count(far.events, 'event')} sent; go on with --after {far.place!r}")
        raise
    tell_left_out(deployment)
    return sent


def _words(chosen: "Chosen") -> str:
    """Which videos, in words."""
    words = ["all videos"]
    if chosen.batch_id is not None:
        words.append(f"of {chosen.batch_id}")
    if chosen.bucket is not None:
        words.append(f"at s3://{chosen.bucket}/{chosen.prefix}")
    if chosen.since_ms is not None:
        words.append(f"that have it since {wording.moment(chosen.since_ms)}")
    return " ".join(words)
