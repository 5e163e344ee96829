"""`reelsift redrive`: dead letters back to work, or out of the way, after showing why they died."""

import json
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import ask, can_ask, printable, say, screen
from reelsift.reports import wording

if TYPE_CHECKING:
    from reelsift.aws.deployment import Deployment
    from reelsift.aws.queue import QueueName
    from reelsift.messages.redrive import DeadLetter, Redrive

_EXAMPLES = 3
"""Letters named for each reason."""


def redrive(
    queue: Annotated[
        str | None,
        typer.Option(
            metavar="QUEUE", help="Only the dead letters of intake, priority or begun; with --drop, of completion too."
        ),
    ] = None,
    drop: Annotated[
        bool,
        typer.Option("--drop", help="Send nothing back: keep what nobody can do in the work bucket instead."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object for each dead letter.")] = False,
) -> None:
    """Show why messages died, and send back to work those that can be done again.

    A line that FAILED gets a new round, so that its batch counts the new end. What nobody can read stays, as does a
    completion: it was only a hint. With --drop these leave their queues, and lie in the work bucket below
    dead-letters/ from then on. Exit 4 where there is nothing to send back, or to drop.
    """
    from reelsift.aws.queue import QUEUE_NAMES

    queues: tuple[QueueName, ...] = tuple(name for name in QUEUE_NAMES if queue in {None, name})
    if queue == "completion" and not drop:
        raise CommandError(
            "completions are not sent back, since they were only hints: add --drop to take them from their queue",
            Exit.WRONG_USE,
        )
    if not queues:
        takes = "intake, priority, begun or completion" if drop else "intake, priority or begun"
        raise CommandError(f"--queue is {takes}, not {queue!r}", Exit.WRONG_USE)
    raise typer.Exit(
        on_deployment(lambda deployment: _redrive(deployment, queues, drop=drop, yes=yes, as_json=as_json))
    )


async def _redrive(
    deployment: "Deployment", queues: "tuple[QueueName, ...]", *, drop: bool, yes: bool, as_json: bool
) -> Exit:
    from reelsift.messages.redrive import Redrive

    async with Redrive(deployment, queues) as dead:
        if as_json:
            for letter in dead.letters:
                typer.echo(json.dumps(_members(letter)))
        else:
            _draw(dead.letters)
        if dead.left:
            say(f"about {dead.left:,} more are there, and perhaps looked at by a worker just now: run redrive again")
        return await (_drop(deployment, dead, yes=yes) if drop else _send_back(dead, yes=yes))


async def _send_back(dead: "Redrive", *, yes: bool) -> Exit:
    sendable = len(dead.sendable)
    if not sendable:
        say("there is nothing to send back to work" if dead.letters else "there are no dead letters")
        return Exit.NOTHING_TO_DO
    if not yes and not can_ask():
        raise CommandError("nothing was sent back: there is no terminal to ask, add --yes", Exit.WRONG_USE)
    if not yes and not ask(f"Send {wording.count(sendable, 'dead letter')} back to work?"):
        raise CommandError("nothing was sent back")
    say(f"{wording.count(await dead.send_back(), 'dead letter')} sent back to work")
    return Exit.DONE


async def _drop(deployment: "Deployment", dead: "Redrive", *, yes: bool) -> Exit:
    from reelsift.messages.redrive import KEPT

    droppable, place = len(dead.droppable), f"s3://{deployment.work.bucket}/{KEPT}"
    if not droppable:
        say("there is nothing to drop: each can be sent back to work" if dead.letters else "there are no dead letters")
        return Exit.NOTHING_TO_DO
    if not yes and not can_ask():
        raise CommandError("nothing was dropped: there is no terminal to ask, add --yes", Exit.WRONG_USE)
    letters = wording.count(droppable, "dead letter")
    if not yes and not ask(f"Keep {letters} below {place} and take them from their queues?"):
        raise CommandError("nothing was dropped")
    say(f"{wording.count(await dead.drop(), 'dead letter')} taken from the queues; kept below {place}<queue>/<day>/")
    return Exit.DONE


def _draw(letters: "list[DeadLetter]") -> None:
    """A line for each reason, with a few of those that died of it."""
    groups: dict[tuple[str, str, str], list[DeadLetter]] = {}
    for letter in letters:
        groups.setdefault((letter.queue, letter.reason, letter.fate), []).append(letter)
    if not groups:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", expand=True)
    table.add_column("queue", no_wrap=True)
    table.add_column("letters", justify="right", no_wrap=True)
    table.add_column("then", no_wrap=True)
    table.add_column("why", ratio=1, overflow="fold")
    sizes = Counter({key: len(group) for key, group in groups.items()})
    for (queue, reason, fate), number in sizes.most_common():
        named = [letter.described for letter in groups[queue, reason, fate][:_EXAMPLES]]
        if number > _EXAMPLES:
            named.append("…")
        table.add_row(queue, f"{number:,}", fate, Text(printable("\n".join([reason, *named]))))
    screen().print(table)


def _members(letter: "DeadLetter") -> dict[str, object]:
    line = letter.line_id
    return {
        "queue": letter.queue,
        "message_id": letter.message.id,
        "reason": letter.reason,
        "asks_for": letter.described,
        "batch": line.batch_id if line else None,
        "line": line.line if line else None,
        "then": letter.fate,
    }
