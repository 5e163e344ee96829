"""In whose place the code under test runs: the worker's task role, or an operator at the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, get_args

Actor = Literal["task", "operator"]
ACTORS: tuple[Actor, ...] = get_args(Actor)

_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)


def actor() -> Actor | None:
    """Who acts here; None for the test itself. What asyncio runs beside it acts for whoever has started that."""
    return _actor.get()


def act(who: Actor) -> None:
    """Act as somebody from now on."""
    _actor.set(who)


@contextmanager
def acting(who: Actor | None) -> Iterator[None]:
    """Act as somebody, or as the test itself, for as long as the context lasts."""
    token = _actor.set(who)
    try:
        yield
    finally:
        _actor.reset(token)
