"""`reelsift review stats`: how good verdicts are, by what people have decided."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from reelsift.cli.option_kinds import moment
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import margin, printable, say, screen
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.domain.proportion import Proportion
    from reelsift.domain.quality import Quality
    from reelsift.policy_tests.decided_videos import Decided
    from reelsift.policy_tests.quality import QualityRead
    from reelsift.reports.policy_test_report import DecisionTime

DAY_MS = 24 * 3600 * 1000
WINDOW_DAYS = 90
MOST_LABELS = 20
"""That the terminal shows; --json has all."""

TOO_FEW = "too few to say"


def stats(
    since: Annotated[
        int | None,
        typer.Option(
            parser=moment,
            metavar="TIME",
            help=f"Decisions since then, in ISO 8601, UTC; {WINDOW_DAYS} days unless given.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say how good verdicts are, by what people have decided: precision by verdict, label and confidence, appeals that
    were granted, what was missed among approvals that were drawn, and the time a decision takes.

    Intervals are of 95 %. What fewer than 10 events stand behind is not said. Only videos count that a verdict sent to
    review, and those that were drawn (audit_approvals in the policy): what people choose by hand is no sample.
    """
    read = on_deployment(lambda deployment: _read(deployment, since))
    if as_json:
        typer.echo(json.dumps(read.members()))
    else:
        _print(read.decided, read.quality, read.time)


async def _read(deployment: "Deployment", since: int | None) -> "QualityRead":
    from reelsift.policy_tests.quality import read_quality
    from reelsift.reviews.table_clock import clock_of_reviews

    now_ms = clock_of_reviews(deployment).now_ms()
    with margin().status("reading what was decided"):
        return await read_quality(deployment, now_ms - WINDOW_DAYS * DAY_MS if since is None else since, now_ms)


def _print(decided: "Decided", quality: "Quality", time: "DecisionTime") -> None:
    console = screen()
    since = wording.moment(decided.since_ms)
    heading = (
        f"{wording.count(quality.videos, 'video')} by {wording.count(decided.decisions, 'decision')} since {since}"
    )
    console.print(Text(heading, style="bold"))
    if decided.left_out:
        left_out = wording.count(decided.left_out, "video")
        say(f"{left_out} left out: looked at for another reason, undecided by now, or judged before that time")
    for verdict, share in quality.by_verdict.items():
        console.print(f"{verdict}: people found something in {_words(share)}")
    console.print(f"appeals: granted {_words(quality.appeals)}")
    console.print(f"second opinions: the same was said in {_agreement_words(quality.opinions)}")
    _print_missed(quality)
    measured = f"measured over {time.measured:,}" if time.measured else "as set by decision_s"
    console.print(f"a decision takes {time.seconds:.0f} s ({measured})")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for column in ("label", "from", "people found something in"):
        table.add_column(column)
    most = sorted(quality.by_label.items(), key=lambda label: -max(share.n for share in label[1].values()))
    for (_, label), bands in most[:MOST_LABELS]:
        for number, (band, share) in enumerate(bands.items()):
            table.add_row(printable(label) if not number else "", str(band), _words(share))
    if most:
        console.print(table)
    if len(most) > MOST_LABELS:
        say(f"{len(most) - MOST_LABELS:,} further labels: --json has all")


def _print_missed(quality: "Quality") -> None:
    missed = quality.missed
    drawn = f"{missed.found.events:,} of {missed.drawn:,} that were drawn among approvals"
    if not missed.found.says_something:
        screen().print(f"missed: {drawn}; {TOO_FEW}")
        return
    found = missed.found
    screen().print(
        f"missed: {drawn}; of the {missed.approved:,.0f} approvals that these stand for {found.total:,.0f}"
        f" ({found.low:,.0f} to {found.high:,.0f}), {100 * found.total / missed.approved:.2f} %"
    )


def _words(proportion: "Proportion") -> str:
    from reelsift.domain.quality import says_something

    return _told(proportion, says=says_something(proportion))


def _agreement_words(opinions: "Proportion") -> str:
    from reelsift.domain.quality import agreement_says_something

    return _told(opinions, says=agreement_says_something(opinions))


def _told(proportion: "Proportion", *, says: bool) -> str:
    counted = f"{proportion.hits:,} of {proportion.n:,}"
    if not says:
        return f"{counted}; {TOO_FEW}"
    return (
        f"{counted}: {100 * (proportion.share or 0):.1f} % ({100 * proportion.low:.1f} to {100 * proportion.high:.1f})"
    )
