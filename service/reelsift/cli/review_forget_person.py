"""`reelsift review forget-person`: whose a pseudonym is, is known no more."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.session import on_deployment
from reelsift.cli.terminal import ask, can_ask, printable, say
from reelsift.reports import wording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reelsift.aws.deployment import Deployment
    from reelsift.aws.people import Known

STAYS = (
    "decisions, review items, events and exports: under the pseudonym, of which nobody can say whose it was",
    "who has held and released what, and who has changed the policy: under the identity itself, in the table batches",
    "backups of the table people (35 days), and what AWS has noted of the identity (CloudTrail)",
)
"""What this command leaves."""


def forget_person(
    person: Annotated[
        str,
        typer.Argument(metavar="PERSON", help="An identity (ARN), a pseudonym, or a name as it was given to --as."),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was erased as a JSON object.")] = False,
) -> None:
    """Erase who is behind a pseudonym, from all decisions at once. It cannot be brought back.

    Of an identity all names that were typed under it are erased too. What they have decided stands. Who decides again
    gets another pseudonym, and so may decide an appeal against a decision of their own. Exit 4 where nobody is known by
    that name.
    """
    on_deployment(lambda deployment: _forget_person(deployment, person, yes=yes, as_json=as_json))


async def _forget_person(deployment: "Deployment", person: str, *, yes: bool, as_json: bool) -> None:
    found = await deployment.people.find(person)
    if not found:
        raise CommandError(f"nobody is known as {printable(person)}", Exit.NOTHING_TO_DO)
    if not yes:
        _show(found)
        if not can_ask():
            raise CommandError("nobody was erased: there is no terminal to ask, add --yes", Exit.WRONG_USE)
        if not ask("Erase them?"):
            raise CommandError("nobody was erased")
    erased = [known.pseudonym for known in found if await deployment.people.erase(known)]
    if as_json:
        typer.echo(json.dumps({"erased": erased, "stays": list(STAYS)}))
    say(f"{wording.count(len(erased), 'pseudonym')} erased: {', '.join(erased) or 'somebody else was first'}")
    _say_what_stays()


def _show(found: "Sequence[Known]") -> None:
    for known in found:
        name = "" if known.name is None else f", named {printable(known.name)}"
        say(f"{known.pseudonym}: {printable(known.principal)}{name}")
    _say_what_stays()


def _say_what_stays() -> None:
    say("stays:")
    for what in STAYS:
        say(f"  {what}")
