"""In whose place the code under test runs: the role of workers or of the console, or an operator, a reviewer, a keeper
of records or a specialist at the command line.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, get_args

Actor = Literal["task", "console", "operator", "reviewer", "records", "specialist"]
ACTORS: tuple[Actor, ...] = get_args(Actor)

REVIEWERS = frozenset({"console", "decide", "review"})
"""The commands of people who decide about videos: these need not be able to do what operators do."""

OF_RECORDS = frozenset({"forget", "review_export", "review_archive", "review_restore", "review_forget_person"})
"""The commands of whoever keeps the records, a subcommand behind its command."""

OF_SPECIALISTS = frozenset({"--evidence", "--sealed"})
"""Options by which a command is theirs. They also type `show` and `decide`, as others do."""

_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)


def actor() -> Actor | None:
    """Who acts here; None for the test itself. What asyncio runs beside it acts for whoever has started that."""
    return _actor.get()


def act(who: Actor) -> None:
    """Act as somebody from now on."""
    _actor.set(who)


def who_runs(arguments: Sequence[str]) -> Actor:
    """Whose command line this is."""
    if not OF_SPECIALISTS.isdisjoint(arguments):
        return "specialist"
    if not OF_RECORDS.isdisjoint({"_".join(arguments[:words]).replace("-", "_") for words in (1, 2)}):
        return "records"
    return "reviewer" if arguments and arguments[0] in REVIEWERS else "operator"


@contextmanager
def acting(who: Actor | None) -> Iterator[None]:
    """Act as somebody, or as the test itself, for as long as the context lasts."""
    token = _actor.set(who)
    try:
        yield
    finally:
        _actor.reset(token)
