"""`reelsift smoke`: whether the deployed system works, shown by a clip that goes through it."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.option_kinds import decimal
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import ask, can_ask, printable, say, screen, warn
from reelsift.reports.wording import money

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.settings import Settings
    from reelsift.smoke.clip import LeftClip
    from reelsift.smoke.full import FullStep
    from reelsift.smoke.hop import HopGrade, HopReport
    from reelsift.smoke.journey import Journey, SmokeOrder

_STYLES = {"ok": "green", "not due": "yellow", "failed": "bold red"}


def smoke(
    bucket: Annotated[
        str | None, typer.Option(metavar="BUCKET", help="Data bucket for the clip; the first by name unless given.")
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(parser=decimal(1, of="seconds"), metavar="SECONDS", help="How long the hops may take in all."),
    ] = 600,
    alert: Annotated[
        bool, typer.Option("--alert", help="Send a test message, marked as such, to whoever receives alerts.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the clip in the bucket.")] = False,
    full: Annotated[
        bool,
        typer.Option("--full", help="All of a first hour: doctor, plain and KMS bucket, overwrite, thirty clips."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --full: do not ask before money is spent.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object for each hop.")] = False,
) -> None:
    """Send a small clip through the deployed system, and time each hop: queue, Start, notification, result, alert.

    Costs a few seconds of video. A hop that fails says why, and what to do first; then exit 1.
    """
    from reelsift.settings import load_settings
    from reelsift.smoke.journey import SmokeOrder

    if full:
        if bucket is not None or alert or keep:
            raise CommandError("--full chooses its buckets itself: no --bucket, --alert or --keep", Exit.WRONG_USE)
        if not yes and not can_ask():
            raise CommandError("there is no terminal to ask whether to spend money: add --yes", Exit.WRONG_USE)
        raise typer.Exit(on_deployment(lambda deployment: _run_full(deployment, timeout, yes=yes, as_json=as_json)))
    chosen = SmokeOrder.of(load_settings(), bucket)
    order = replace(chosen, timeout_s=timeout, sample_alert=alert, keep=keep)
    raise typer.Exit(on_deployment(lambda deployment: _run(deployment, order, as_json=as_json)))


async def _run(deployment: "Deployment", order: "SmokeOrder", *, as_json: bool) -> Exit:
    import time
    from contextlib import aclosing

    from reelsift.smoke.hop import HopGrade, HopPending
    from reelsift.smoke.journey import Journey

    say(_announce(deployment.settings, order))
    began = time.monotonic()
    failed: list[str] = []
    journey = Journey(deployment, order)
    try:
        async with journey, aclosing(journey.hops()) as hops:
            async for report in hops:
                if isinstance(report, HopPending):
                    say(f"{report.hop}, for {report.seconds:.0f} s: {report.state}")
                    continue
                _print(report, _mend(report, deployment.settings, order), as_json=as_json)
                failed += [report.hop] if report.grade is HopGrade.FAILED else []
    finally:
        _say_what_is_left(journey, order)
    if failed:
        say(f"failed: {', '.join(failed)}")
        return Exit.FAILED
    say(f"no hop failed, {time.monotonic() - began:.1f} s in all")
    return Exit.DONE


async def _run_full(deployment: "Deployment", timeout_s: float, *, yes: bool, as_json: bool) -> Exit:
    from contextlib import aclosing

    from reelsift.cli.doctor import examined
    from reelsift.smoke.full import INVOICE_CLIPS, FullOrder, FullStep, FullTest
    from reelsift.smoke.hop import HopGrade

    if not await examined(deployment.settings, as_json=as_json):
        say("nothing was sent and nothing paid: mend what is broken first")
        return Exit.FAILED
    order = await FullOrder.of(deployment, timeout_s)
    least, most = map(money, order.cost_micros(deployment.settings))
    say(f"now clips of 4 s, and {INVOICE_CLIPS} of 10 s, are analysed: {least}, at most {most} if AWS rounds up")
    if not yes and not ask("Spend this?"):
        raise CommandError("nothing was sent and nothing paid")
    failed = False
    for step, journey in ((FullStep.PLAIN, order.plain), (FullStep.KMS, order.kms)):
        if journey is None:
            _print_step(step, HopGrade.NOT_DUE, "no data bucket is of this kind", as_json=as_json)
            continue
        failed |= await _run(deployment, journey, as_json=as_json) is not Exit.DONE
    async with aclosing(FullTest(deployment, order).steps()) as reports:
        async for report in reports:
            _print_step(report.step, report.grade, report.state, as_json=as_json)
            failed |= report.grade is HopGrade.FAILED
            for left in report.left:
                _warn_of_left(left)
    say("docs/first-hour-on-aws.md says what to write down, and what only the invoice will show")
    return Exit.FAILED if failed else Exit.DONE


def _print_step(step: "FullStep", grade: "HopGrade", state: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"step": step, "grade": grade, "state": state}))
        return
    line = Text.assemble((f"{grade:<7}", _STYLES[grade]), f"  {step:<12}  {printable(state)}")
    screen().print(line, soft_wrap=True)


def _warn_of_left(left: "LeftClip") -> None:
    from reelsift.smoke.clip import PREFIX

    warn(f"{left.uri} could not be removed ({left.problem}): delete it, and allow {left.permission} below {PREFIX}")


def _say_what_is_left(journey: "Journey", order: "SmokeOrder") -> None:
    if order.keep:
        say(f"{journey.uri} was left there")
        return
    left = journey.left
    if left is not None:
        _warn_of_left(left)
    if journey.line_open:
        say("its line is still under way; without the clip it ends as FAILED, object_missing, and costs nothing")


def _announce(settings: "Settings", order: "SmokeOrder") -> str:
    """What is about to be done, and what it costs: in proportion, and at most, should AWS round up to a minute."""
    from reelsift.smoke.clip import SECONDS

    least, most = map(money, order.cost_micros(settings))
    return (
        f"a clip of {SECONDS} s goes through {settings.deployment} by bucket {order.bucket}: {order.analysis},"
        f" {least}, at most {most}; Ctrl-C removes it"
    )


def _mend(report: "HopReport", settings: "Settings", order: "SmokeOrder") -> str:
    """What to do about a hop that is not well; nothing about any other."""
    from reelsift.cli.smoke_words import mend_of

    if report.cause is None:
        return ""
    return mend_of(report.cause, deployment=settings.deployment, bucket=order.bucket)


def _print(report: "HopReport", mend: str, *, as_json: bool) -> None:
    state = report.state if report.video_id is None else f"{report.state}; reelsift show {report.video_id}"
    if as_json:
        members = {
            "hop": report.hop,
            "grade": report.grade,
            "seconds": None if report.seconds is None else round(report.seconds, 3),
            "state": state,
            "mend": mend,
        }
        typer.echo(json.dumps(members))
        return
    seconds = "-" if report.seconds is None else f"{report.seconds:.1f} s"
    line = Text.assemble(
        (f"{report.grade:<7}", _STYLES[report.grade]), f"  {report.hop:<12}  {seconds:>8}  {printable(state)}"
    )
    if mend:
        line.append(f"\n         {printable(mend)}", style="bold")
    screen().print(line, soft_wrap=True)
