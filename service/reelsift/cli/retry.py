"""`reelsift retry`: lines of a batch that failed, done again."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import ask, can_ask, margin, say, screen
from reelsift.errors import CommandError, Exit
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.batches.paid_videos import PaidVideos
    from reelsift.batches.retry.order import RetryOrder
    from reelsift.batches.retry.retry import Retrying, Survey
    from reelsift.domain.batch import Batch


def retry(
    batch: Annotated[str, typer.Argument(help="A batch's id.")],
    reason: Annotated[
        list[str] | None,
        typer.Option(
            metavar="REASON",
            help="Only lines that ended for this reason; may be given several times. Also start_unknown (may pay"
            " twice), cancelled and max_cost, which are left alone unless named.",
        ),
    ] = None,
    max_cost: Annotated[
        str | None,
        typer.Option(metavar="USD", help="From now on the batch may cost so much in all, with what it has cost."),
    ] = None,
    no_max_cost: Annotated[
        bool, typer.Option("--no-max-cost", help="From now on the batch has no --max-cost.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found and done as JSON.")] = False,
) -> None:
    """Do the FAILED lines of a batch again, all but those that no retry can change.

    Shows the reasons, what a retry of each would do and may cost, and asks. Each line gets a new round, so that the
    batch counts and reports its new end. Interrupted, run it again: it goes on where it stopped.
    """
    from reelsift.batches.retry.choice import parse_reasons
    from reelsift.batches.retry.order import RetryOrder
    from reelsift.cli.filter_options import parse_money

    if max_cost is not None and no_max_cost:
        raise CommandError("--max-cost and --no-max-cost exclude each other", Exit.WRONG_USE)
    order = RetryOrder(parse_reasons(reason or []), parse_money(max_cost), lift=no_max_cost)
    on_deployment(lambda deployment: _retry(deployment, batch, order, yes=yes, as_json=as_json))


async def _retry(deployment: "Deployment", batch_id: str, order: "RetryOrder", *, yes: bool, as_json: bool) -> None:
    from reelsift.batches.control import carry_out
    from reelsift.batches.paid_videos import PaidVideos, read_paid_videos
    from reelsift.batches.retry.retry import Retrying
    from reelsift.queries.progress import read_progress

    progress = await read_progress(deployment, batch_id)
    order.check(progress.batch, progress.counts)
    with margin().status("looking at its lines") as spinner:
        survey = await Retrying(deployment, progress.batch, order.choice).survey(
            lambda lines: spinner.update(f"looking at its lines: {lines:,}")
        )
    chosen = survey.chosen(order.choice)
    lines = sum(tally.lines for tally in chosen.values())
    paid = PaidVideos(progress.counts)
    if lines and not paid.enough:
        paid = await read_paid_videos(deployment, progress.batch)
    size = sum(tally.size for tally in chosen.values())
    billed_ms = paid.billed_ms(size) if all(tally.sized == tally.lines for tally in chosen.values()) else None
    if not as_json:
        _draw(survey, order)
    sent = 0
    if not lines and not survey.unsent:
        chosen_of = " that was chosen" if survey.seen else ""
        left = "; its --max-cost was left as it is" if order.lift or order.max_cost_micros is not None else ""
        say(f"{batch_id} has no line to retry{chosen_of}{left}")
    else:
        say(_may_cost(lines, survey.unsent, billed_ms, paid))
        _confirm(batch_id, lines + survey.unsent, yes=yes)
        batch, _ = await carry_out(deployment, batch_id, lambda batch: order.control(batch, progress.counts, chosen))
        sent = await _send_back(deployment, Retrying(deployment, batch, order.choice), batch)
        say(f"{wording.count(sent, 'line')} of {batch_id} sent back to work; {order.afterwards(batch)}")
    if as_json:
        typer.echo(json.dumps(_members(batch_id, survey, order, billed_ms, sent)))


async def _send_back(deployment: "Deployment", retrying: "Retrying", batch: "Batch") -> int:
    """Open the lines again, and wake the workers for them, even where the user has had enough half-way."""
    from reelsift.batches.tick import send_tick

    done = 0
    with margin().status("sending lines back to work") as spinner:

        def told(lines: int) -> None:
            nonlocal done
            done = lines
            spinner.update(f"{wording.count(lines, 'line')} sent back to work")

        try:
            return await retrying.carry_out(told)
        except asyncio.CancelledError:
            say(f"{wording.count(done, 'line')} of {batch.batch_id} sent back to work so far; run retry again to go on")
            raise
        finally:
            await send_tick(deployment, priority=batch.urgent)


def _confirm(batch_id: str, lines: int, *, yes: bool) -> None:
    if yes:
        return
    if not can_ask():
        raise CommandError(f"nothing of {batch_id} was retried: there is no terminal to ask, add --yes", Exit.WRONG_USE)
    if not ask(f"Send {wording.count(lines, 'line')} back to work?"):
        raise CommandError(f"nothing of {batch_id} was retried")


def _draw(survey: "Survey", order: "RetryOrder") -> None:
    """A line for each reason."""
    if not survey.ends:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", expand=True)
    table.add_column("lines", justify="right", no_wrap=True)
    table.add_column("ended as", no_wrap=True)
    table.add_column("reason", no_wrap=True)
    table.add_column("then", ratio=1, overflow="fold")
    for end, tally in sorted(survey.ends.items(), key=lambda one: -one[1].lines):
        then = order.choice.then(end.reason, known=end.known)
        table.add_row(f"{tally.lines:,}", end.status, end.reason or "unknown", Text(then))
    screen().print(table)


def _may_cost(lines: int, unsent: int, billed_ms: float | None, paid: "PaidVideos") -> str:
    """What a retry may cost, in a sentence."""
    words = f"{wording.count(lines, 'line')} to do again"
    if unsent:
        words += f", and {unsent:,} that an earlier retry has opened, to be sent once more"
    cost = None if billed_ms is None else paid.cost_micros(billed_ms)
    if billed_ms is None or cost is None:
        why = "too few videos were measured so far" if not paid.enough else "the size of some is not"
        return f"{words}; what they will cost is not known: {why}"
    return (
        f"{words}; if all of them are analysed, about {wording.minutes(billed_ms)} minutes and"
        f" {wording.money(cost)}, as videos were measured so far"
    )


def _members(
    batch_id: str, survey: "Survey", order: "RetryOrder", billed_ms: float | None, sent: int
) -> dict[str, object]:
    ends: list[dict[str, object]] = [
        {
            "status": end.status,
            "reason": end.reason,
            "lines": tally.lines,
            "bytes": tally.size if tally.sized else None,
            "then": order.choice.then(end.reason, known=end.known),
        }
        for end, tally in survey.ends.items()
    ]
    return {
        "batch": batch_id,
        "ends": ends,
        "minutes": None if billed_ms is None else round(billed_ms / 60_000, 3),
        "sent_back": sent,
    }
