"""`reelsift policy advise`: thresholds by what people have decided."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from reelsift.cli.option_kinds import decimal, moment
from reelsift.cli.review_stats import DAY_MS, TOO_FEW, WINDOW_DAYS
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import margin, printable, say, screen
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.domain.advice import Load, RejectAdvice, ReviewAdvice
    from reelsift.policy_tests.advising import Advised


def advise(
    precision: Annotated[
        float,
        typer.Option(
            parser=decimal(50, 99.9),
            metavar="PERCENT",
            help="Of what is rejected, what people would reject as well: at least so much, with 95 % certainty.",
        ),
    ] = 95.0,
    missed: Annotated[
        float,
        typer.Option(
            parser=decimal(0.1, 50),
            metavar="PERCENT",
            help="Of all that is wrong, what may be approved without that a person has looked.",
        ),
    ] = 5.0,
    since: Annotated[
        int | None,
        typer.Option(
            parser=moment,
            metavar="TIME",
            help=f"Decisions since then, in ISO 8601, UTC; {WINDOW_DAYS} days unless given.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the live policy with what is advised to FILE, as YAML."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file of --out.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Advise thresholds for a wanted precision of rejections and a bearable share of missed. Changes nothing.

    It rests on what people have decided, and on the draw among approvals (audit_approvals in the policy). What is
    advised is chosen on one half of the videos and stated on the other. Below 10 events it says that there are too few,
    and it advises nothing below the confidence that was asked for. `policy test` says what the file would change.
    """
    from reelsift.reporting.output_place import check_file

    if out is not None:
        check_file(out, overwrite=overwrite)
    advised = on_deployment(lambda deployment: _advise(deployment, precision / 100, missed / 100, since))
    if out is not None and advised.thresholds:
        _write(out, advised)
    if as_json:
        typer.echo(json.dumps(members(advised)))
    else:
        print_advice(advised, precision, missed)
    if out is not None:
        said = f"{out}: try it with `reelsift policy test`" if advised.thresholds else f"nothing is advised: no {out}"
        say(printable(said))


async def _advise(deployment: "Deployment", precision: float, missed: float, since: int | None) -> "Advised":
    from reelsift.policy_tests.advising import advise_by
    from reelsift.reviews.table_clock import clock_of_reviews

    now_ms = clock_of_reviews(deployment).now_ms()
    since_ms = now_ms - WINDOW_DAYS * DAY_MS if since is None else since
    with margin().status("reading what was decided, and what was seen"):
        return await advise_by(deployment, precision, missed, since_ms=since_ms, now_ms=now_ms)


def _write(file: Path, advised: "Advised") -> None:
    import yaml

    text = yaml.safe_dump(advised.document, sort_keys=False, allow_unicode=True)
    by = wording.count(advised.videos, "decided video")
    file.write_text(f"# Advised by {by}; comments of the policy before are not kept.\n" + text, encoding="utf-8")


def members(advised: "Advised") -> dict[str, Any]:
    """As JSON. Shares are 0-1."""
    return {
        "policy": advised.policy,
        "videos": advised.videos,
        "gone": advised.gone,
        "reject": [_reject_members(one) for one in advised.reject],
        "review": _review_members(advised.review),
        "decision_s": advised.decision_s,
    }


def _reject_members(one: "RejectAdvice") -> dict[str, Any]:
    from reelsift.domain.quality import says_something

    says = one.stated is not None and says_something(one.stated)
    return {
        "analysis": str(one.label[0]),
        "label": one.label[1],
        "outcome": str(one.outcome),
        "now": one.now,
        "threshold": one.threshold,
        "precision": one.stated.members() if says and one.stated is not None else None,
        "items": one.items,
    }


def _review_members(review: "ReviewAdvice") -> dict[str, Any]:
    changes = [
        {"analysis": str(analysis), "label": label, "now": now, "threshold": threshold}
        for (analysis, label), (now, threshold) in review.thresholds.items()
    ]
    return {
        "outcome": str(review.outcome),
        "thresholds": changes,
        "before": _load_members(review.before),
        "after": _load_members(review.after),
    }


def _load_members(load: "Load") -> dict[str, Any]:
    says = load.missed.says_something
    low, high = load.interval if says else (None, None)
    return {
        "items": round(load.items),
        "missed_events": load.missed.events,
        "missed": load.share if says else None,
        "low": low,
        "high": high,
    }


_OUTCOMES = {
    "too_few": TOO_FEW,
    "not_reached": "no threshold is good enough",
    "not_confirmed": "not advised: the other half does not bear it out",
    "advised": "advised",
}


def print_advice(advised: "Advised", precision: float, missed: float) -> None:
    """Print what is advised, and what cannot be said."""
    console, review = screen(), advised.review
    heading = f"the policy {advised.policy}, by {wording.count(advised.videos, 'decided video')}"
    console.print(Text(heading, style="bold"))
    if advised.gone:
        say(f"{wording.count(advised.gone, 'video')} left out: their results are gone")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for column in ("label", "reject now", f"for {precision:g} %", "precision on the other half", "videos", ""):
        table.add_column(column)
    for one in advised.reject:
        row = _reject_members(one)
        stated = row["precision"]
        words = "" if stated is None else _shares(stated["share"], stated["low"], stated["high"], stated["n"])
        threshold = "" if one.threshold is None else f"{one.threshold:g}"
        now = "off" if one.now is None else f"{one.now:g}"
        items = f"{one.items:,}" if one.items else ""
        table.add_row(printable(one.label[1]), now, threshold, words, items, _OUTCOMES[one.outcome])
    console.print(table)
    console.print(f"review, so that at most {missed:g} % of what is wrong is missed: {_OUTCOMES[review.outcome]}")
    for (_, label), (was, then) in review.thresholds.items():
        console.print(printable(f"  {label}: {'off' if was is None else f'{was:g}'} to {then:g}"))
    for side, load in (("now", review.before), ("then", review.after)):
        if side == "now" or review.thresholds:
            console.print(f"  {side}: {_load_words(load, advised.decision_s)}")


def _load_words(load: "Load", decision_s: float) -> str:
    hours = load.items * decision_s / 3600
    items = f"{load.items:,.0f} to look at, {hours:,.1f} h"
    if not load.missed.says_something:
        return f"{items}; missed: {load.missed.events} found, {TOO_FEW}"
    low, high = load.interval
    return f"{items}; missed: {_shares(load.share or 0, low or 0, high or 0, load.missed.events)}"


def _shares(share: float, low: float, high: float, n: int) -> str:
    return f"{100 * share:.1f} % ({100 * low:.1f} to {100 * high:.1f}, n {n:,})"
