"""`reelsift policy apply` and `rollback`: another version of the policy goes live."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.option_kinds import whole
from reelsift.cli.policy_log import MOST_EPOCH
from reelsift.cli.policy_warning import warn_of_policy
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import ask, can_ask, say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reelsift.aws.deployment import Deployment
    from reelsift.policy_versions.publishing import Succession

Note = Annotated[str, typer.Option(metavar="TEXT", help="Why, for whoever reads the log; at most 1,000 characters.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print what went live, and what changed, as a JSON object.")]


def apply(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="The policy, in YAML or JSON; the one that is live unless given."),
    ] = None,
    note: Note = "",
    auto_reject: Annotated[
        bool | None,
        typer.Option(
            "--auto-reject/--no-auto-reject",
            help="Whether what the policy rejects is rejected without a person, within limits; as before unless given.",
        ),
    ] = None,
    untested: Annotated[
        bool,
        typer.Option("--untested", help="Ask at once: do not first hold the policy against what is stored."),
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make a policy the live one: every worker judges by it within a minute. Shows what changes, and asks.

    Before it asks, it holds the policy against what is stored, as `reelsift policy test` does: that takes minutes for
    a million videos.

    It acts on what is judged from then on. What was judged stays as it is, until `reelsift reevaluate`. Exit 4 where
    all of it holds already.
    """
    if file is None and auto_reject is None:
        raise CommandError("name the FILE of a policy, or say --auto-reject or --no-auto-reject", Exit.WRONG_USE)

    async def proposed(deployment: "Deployment") -> "Succession":
        from reelsift.policies import read_policy
        from reelsift.policy_versions.publishing import propose

        policy = None if file is None else read_policy(file)
        if policy is not None:
            warn_of_policy(policy)
        return await propose(deployment, policy, note=note, auto_reject=auto_reject)

    tests = not untested and file is not None
    on_deployment(lambda deployment: _go_live(deployment, proposed, tests=tests, yes=yes, as_json=as_json))


def rollback(
    epoch: Annotated[
        int | None,
        typer.Argument(
            metavar="[EPOCH]",
            parser=whole(1, MOST_EPOCH),
            help="Back to the document of this epoch; to the newest that is another than the live one unless given.",
        ),
    ] = None,
    note: Note = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make an older document of the policy the live one again, under a new epoch. Shows what changes, and asks.

    Whether machines reject stays as it is now. What the newer version has judged stays as it is, until
    `reelsift reevaluate`. Exit 4 where that document is live already.
    """

    async def proposed(deployment: "Deployment") -> "Succession":
        from reelsift.policy_versions.publishing import propose_return

        return await propose_return(deployment, epoch, note=note)

    on_deployment(lambda deployment: _go_live(deployment, proposed, tests=False, yes=yes, as_json=as_json))


async def _go_live(
    deployment: "Deployment",
    proposed: "Callable[[Deployment], Awaitable[Succession]]",
    *,
    tests: bool,
    yes: bool,
    as_json: bool,
) -> None:
    from reelsift.cli.policy_words import succession_lines, succession_members
    from reelsift.policy_versions.publishing import publish

    succession = await proposed(deployment)
    if succession.changes_nothing and succession.before is not None:
        raise CommandError(f"that is live already, as epoch {succession.before.epoch}", Exit.NOTHING_TO_DO)
    for line in succession_lines(succession):
        say(line)
    if not yes:
        if not can_ask():
            raise CommandError("nothing was changed: there is no terminal to ask, add --yes", Exit.WRONG_USE)
        if tests and succession.judges_otherwise:
            await _test(deployment, succession)
        if not ask("Make it live?"):
            raise CommandError("nothing was changed")
    await publish(deployment, succession)
    say(f"epoch {succession.after.epoch} is live: every worker that runs judges by it within a minute")
    if as_json:
        typer.echo(json.dumps(succession_members(succession)))


async def _test(deployment: "Deployment", succession: "Succession") -> None:
    """Say what the policy would make of what is stored."""
    from reelsift.cli.policy_test import run_with_progress
    from reelsift.cli.policy_words import test_lines
    from reelsift.domain.policy_test import EVERYTHING
    from reelsift.policy_tests.decision_time import decision_time

    run = await run_with_progress(deployment, succession.policy_after, EVERYTHING, succession.after.rejects_by)
    for line in test_lines(run, await decision_time(deployment)):
        say(line)
