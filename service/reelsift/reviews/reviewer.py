"""Who decides."""

from dataclasses import dataclass

from reelsift.aws.caller import Caller
from reelsift.aws.people import LONGEST_NAME, People


class UnusableName(ValueError):
    """A name cannot be that of a person; the message says why."""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A person, by pseudonyms: `by` of who is named as the decider, `principal` of whose credentials are used.

    Whether two are the same person is told by `principal`: a name can be typed by anybody. Who `sees_outcomes` where
    they work is asked for no second opinion: these are given without knowing what was decided.
    """

    by: str
    principal: str
    sees_outcomes: bool = False


async def reviewer(people: People, caller: Caller, named: str | None = None) -> Reviewer:
    """Whoever runs this process, or whom they name. Raises UnusableName."""
    if named is not None:
        check_name(named)
    arn = await caller.principal()
    principal = await people.pseudonym(arn)
    return Reviewer(principal if named is None else await people.pseudonym(arn, named), principal)


def check_name(named: str) -> None:
    """Raises UnusableName for what is no name of a person."""
    if not named.strip() or len(named) > LONGEST_NAME or not named.isprintable() or named.startswith("-"):
        raise UnusableName(
            f"a name has 1 to {LONGEST_NAME} characters that can be printed, and does not begin with a hyphen"
        )
