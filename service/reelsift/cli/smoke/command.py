"""`reelsift smoke`: whether the deployed system works, told by a clip that goes through it."""

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import printable, say, screen

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.cli.smoke.hop import HopReport
    from reelsift.domain.analysis import Analysis
    from reelsift.settings import Settings

_STYLES = {"ok": "green", "not due": "yellow", "failed": "bold red"}


def smoke(
    bucket: Annotated[
        str | None, typer.Option(metavar="BUCKET", help="Data bucket for the clip; the first by name unless given.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="How long the hops may take in all.")] = 600,
    alert: Annotated[
        bool, typer.Option("--alert", help="Send a test message, marked as such, to whoever receives alerts.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the clip in the bucket.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object for each hop.")] = False,
) -> None:
    """Send a small clip through the deployed system, and time each hop: queue, Start, notification, result, alert.

    Costs a few seconds of video. A hop that fails says why, and what to do first; then exit 1.
    """
    from reelsift.settings import load_settings

    settings = load_settings()
    if bucket is not None and bucket not in settings.data_buckets:
        names = ", ".join(sorted(settings.data_buckets))
        raise CommandError(f"--bucket is one of the data buckets ({names}), not {bucket!r}", Exit.WRONG_USE)
    chosen = bucket or min(settings.data_buckets)

    async def work(deployment: "Deployment") -> Exit:
        return await _run(deployment, chosen, timeout_s=timeout, alert=alert, keep=keep, as_json=as_json)

    raise typer.Exit(on_deployment(work))


async def _run(
    deployment: "Deployment", bucket: str, *, timeout_s: float, alert: bool, keep: bool, as_json: bool
) -> Exit:
    import time
    from contextlib import aclosing

    from reelsift.cli.smoke.clip import Clip
    from reelsift.cli.smoke.hop import HopGrade
    from reelsift.cli.smoke.journey import Journey, Order

    analyses = deployment.settings.analyses
    # One that gives a verdict goes through all that there is; another only as far as its result.
    analysis = next((one for one in analyses if one.spec.gives_verdict), analyses[0])
    clip = Clip(deployment.clients.s3, bucket)
    say(_announce(deployment.settings, analysis, bucket))
    began = time.monotonic()
    failed: list[str] = []
    journey = Journey(deployment, clip, Order(analysis, timeout_s, alert))
    try:
        async with aclosing(journey.hops()) as hops:
            async for report in hops:
                _print(report, as_json=as_json)
                failed += [report.hop] if report.grade is HopGrade.FAILED else []
    finally:
        if keep:
            say(f"{clip.ref.uri} was left there")
        else:
            await clip.remove()
            if journey.active_batches:
                say(
                    "its line is still under way; without the clip it ends as FAILED, object_missing, and costs nothing"
                )
    if failed:
        say(f"failed: {', '.join(failed)}")
        return Exit.FAILED
    say(f"no hop failed, {time.monotonic() - began:.1f} s in all")
    return Exit.DONE


def _announce(settings: "Settings", analysis: "Analysis", bucket: str) -> str:
    """What is about to be done, and what it costs: in proportion, and at most, should AWS round up to a minute."""
    from reelsift.cli.smoke.clip import SECONDS
    from reelsift.domain.budget import micros
    from reelsift.reports.wording import money

    price = settings.price_per_minute(analysis)
    return (
        f"a clip of {SECONDS} s goes through {settings.deployment} by bucket {bucket}: {analysis},"
        f" {money(micros(price * SECONDS / Decimal(60)))}, at most {money(micros(price))}; Ctrl-C removes it"
    )


def _print(report: "HopReport", *, as_json: bool) -> None:
    if as_json:
        members = {
            "hop": report.hop,
            "grade": report.grade,
            "seconds": None if report.seconds is None else round(report.seconds, 3),
            "state": report.state,
            "mend": report.mend,
        }
        typer.echo(json.dumps(members))
        return
    seconds = "-" if report.seconds is None else f"{report.seconds:.1f} s"
    line = Text.assemble(
        (f"{report.grade:<7}", _STYLES[report.grade]), f"  {report.hop:<12}  {seconds:>8}  {printable(report.state)}"
    )
    if report.mend:
        line.append(f"\n         {printable(report.mend)}", style="bold")
    screen().print(line, soft_wrap=True)
