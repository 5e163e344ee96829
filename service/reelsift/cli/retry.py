"""`reelsift retry`: lines of a batch that failed, done again."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.retry_words import then
from reelsift.cli.session import on_batch
from reelsift.cli.terminal import ask, can_ask, margin, say, screen
from reelsift.domain.batch import HELD
from reelsift.reports import wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reelsift.aws.deployment import Deployment
    from reelsift.batches.retry.choice import RetryChoice
    from reelsift.batches.retry.ended_lines import End
    from reelsift.batches.retry.order import RetryOrder
    from reelsift.batches.retry.retry import Retried, RetryPlan
    from reelsift.domain.batch import Batch


def retry(
    batch: Annotated[
        str, typer.Argument(metavar="BATCH", help="A batch's id, or a beginning of it that is its alone.")
    ],
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
    batch counts and reports its new end. Interrupted, run it again: it goes on where it stopped. Exit 4 where there
    is no line to retry.
    """
    from reelsift.batches.retry.order import RetryOrder
    from reelsift.cli.filter_options import parse_money

    if max_cost is not None and no_max_cost:
        raise CommandError("--max-cost and --no-max-cost exclude each other", Exit.WRONG_USE)
    order = RetryOrder(parse_reasons(reason or []), parse_money(max_cost), lift=no_max_cost)
    raise typer.Exit(
        on_batch(batch, lambda deployment, batch_id: _retry(deployment, batch_id, order, yes=yes, as_json=as_json))
    )


def parse_reasons(texts: "Iterable[str]") -> "RetryChoice":
    """The choice that `--reason` makes. Raises CommandError for a reason that does not exist, ReasonNotRetryable."""
    from reelsift.batches.retry.choice import NEVER, RetryChoice
    from reelsift.domain.failure import Reason

    reasons: set[Reason] = set()
    for text in texts:
        try:
            reasons.add(Reason(text.strip()))
        except ValueError:
            known = ", ".join(reason for reason in Reason if reason not in NEVER)
            raise CommandError(f"--reason takes one of {known}; not {text!r}", Exit.WRONG_USE) from None
    return RetryChoice(frozenset(reasons))


async def _retry(deployment: "Deployment", batch_id: str, order: "RetryOrder", *, yes: bool, as_json: bool) -> Exit:
    from reelsift.batches.retry.retry import plan_retry

    with margin().status("looking at its lines") as spinner:
        plan = await plan_retry(
            deployment, batch_id, order, lambda lines: spinner.update(f"looking at its lines: {lines:,}")
        )
    if not as_json:
        _draw(plan)
    sent = 0
    if plan.empty:
        chosen_of = " that was chosen" if plan.ended.seen else ""
        left = "; its --max-cost was left as it is" if order.changes_limit else ""
        say(f"{batch_id} has no line to retry{chosen_of}{left}")
    else:
        say(_may_cost(plan))
        _confirm(batch_id, plan.lines + plan.ended.unsent, yes=yes)
        retried = await _send_back(deployment, plan)
        sent = retried.sent
        say(f"{wording.count(sent, 'line')} of {batch_id} sent back to work; {afterwards(retried.batch)}")
    if as_json:
        typer.echo(json.dumps(_members(plan, sent)))
    return Exit.NOTHING_TO_DO if plan.empty else Exit.DONE


async def _send_back(deployment: "Deployment", plan: "RetryPlan") -> "Retried":
    """Send the lines back to work, and say how many were where the user has had enough half-way."""
    from reelsift.batches.retry.retry import carry_out

    done = 0
    with margin().status("sending lines back to work") as spinner:

        def on_lines(lines: int) -> None:
            nonlocal done
            done = lines
            spinner.update(f"{wording.count(lines, 'line')} sent back to work")

        try:
            return await carry_out(deployment, plan, on_lines)
        except asyncio.CancelledError:
            name = plan.batch.batch_id
            say(f"{wording.count(done, 'line')} of {name} sent back to work so far; run retry again to go on")
            raise


def afterwards(batch: "Batch") -> str:
    """What happens to lines that were sent back to work, in a few words."""
    if batch.state in HELD:
        return f"it is {batch.state}, so they wait for `reelsift resume {batch.batch_id}`"
    if batch.direct:
        return f"`reelsift status {batch.batch_id}` counts them"
    return f"`reelsift status {batch.batch_id} --watch` follows it"


def _confirm(batch_id: str, lines: int, *, yes: bool) -> None:
    if yes:
        return
    if not can_ask():
        raise CommandError(f"nothing of {batch_id} was retried: there is no terminal to ask, add --yes", Exit.WRONG_USE)
    if not ask(f"Send {wording.count(lines, 'line')} back to work?"):
        raise CommandError(f"nothing of {batch_id} was retried")


def _draw(plan: "RetryPlan") -> None:
    """A line for each reason."""
    if not plan.ended.ends:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", expand=True)
    table.add_column("lines", justify="right", no_wrap=True)
    table.add_column("ended as", no_wrap=True)
    table.add_column("reason", no_wrap=True)
    table.add_column("then", ratio=1, overflow="fold")
    for end, tally in sorted(plan.ended.ends.items(), key=lambda one: -one[1].lines):
        table.add_row(f"{tally.lines:,}", end.status, end.reason or "unknown", Text(_then(plan, end)))
    screen().print(table)


def _then(plan: "RetryPlan", end: "End") -> str:
    return then(plan.order.choice.effect(end.reason, known=end.known), end.reason)


def _may_cost(plan: "RetryPlan") -> str:
    """What a retry may cost, in a sentence."""
    words = f"{wording.count(plan.lines, 'line')} to do again"
    if plan.ended.unsent:
        words += f", and {plan.ended.unsent:,} that an earlier retry has opened, to be sent once more"
    if plan.billed_ms is None or plan.cost_micros is None:
        why = "too few videos were measured so far" if not plan.paid.enough else "the size of some is not"
        return f"{words}; what they will cost is not known: {why}"
    return (
        f"{words}; if all of them are analysed, about {wording.minutes(plan.billed_ms)} minutes and"
        f" {wording.money(plan.cost_micros)}, as videos were measured so far"
    )


def _members(plan: "RetryPlan", sent: int) -> dict[str, object]:
    ends: list[dict[str, object]] = [
        {
            "status": end.status,
            "reason": end.reason,
            "lines": tally.lines,
            "bytes": tally.size if tally.sized else None,
            "then": _then(plan, end),
        }
        for end, tally in plan.ended.ends.items()
    ]
    return {
        "batch": plan.batch.batch_id,
        "ends": ends,
        "minutes": None if plan.billed_ms is None else round(plan.billed_ms / 60_000, 3),
        "sent_back": sent,
    }
