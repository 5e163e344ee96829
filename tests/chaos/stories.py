"""What people do in one seed: they decide, take back, object, and take up what waits. All of it follows from the seed.

It is drawn apart from what is sent and what goes wrong, so that a seed of those stays what it was.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chaos.acts import Act, Deed
from chaos.cast import Subject
from chaos.operations import operations

PEOPLE = 3
"""Each has a machine of their own."""

OPERATOR = PEOPLE
"""The number of whoever runs the deployment, from a machine of their own."""

UNDO_S = 3.0
"""So long a decision can be taken back before anybody has heard of it."""

_TOLD = 0.45
"""The part of the videos about which people do something."""

_CLAIMS_A_VIDEO = 0.2

_WRONG_BY = (0.0, 0.0, 240.0, -240.0, 10_800.0)
"""Seconds by which the clock of somebody's machine may be wrong."""


@dataclass(frozen=True, slots=True)
class Stories:
    """All acts in the order of time, and by how many seconds the clock of each person's machine is wrong."""

    acts: tuple[Act, ...]
    clocks: tuple[float, ...]
    closed: tuple[float, ...]
    """When (seconds) the machine of each person is switched off, to be switched on again at once."""

    @classmethod
    def of(cls, seed: int, subjects: Sequence[Subject], seconds: float) -> "Stories":
        """Follows from its arguments."""
        chance = random.Random(f"{seed}/people")
        book = _Book(chance, seconds)
        for subject in subjects:
            if subject.kind.codec is not None and subject.kind.allowed and chance.random() < _TOLD:
                chance.choice(_STORIES)(book, subject.key)
        for _ in range(max(PEOPLE, round(len(subjects) * _CLAIMS_A_VIDEO))):
            book.review()
        clocks = tuple(chance.choice(_WRONG_BY) for _ in range(PEOPLE))
        closed = tuple(round(chance.uniform(0.2, 0.8) * seconds, 2) for _ in range(PEOPLE))
        acts = [*book.acts, *operations(seed, seconds, person=OPERATOR, first=len(book.acts))]
        apart = random.Random(f"{seed}/operator")
        clocks = *clocks, apart.choice(_WRONG_BY)
        closed = *closed, round(apart.uniform(0.2, 0.8) * seconds, 2)
        return cls(tuple(sorted(acts, key=lambda act: act.at)), clocks, closed)

    def of_person(self, person: int) -> tuple[Act, ...]:
        return tuple(act for act in self.acts if act.person == person)

    def __str__(self) -> str:
        clocks = ", ".join(f"{clock:+g} s" for clock in self.clocks)
        head = f"  people's clocks are wrong by {clocks}; their machines are switched off at {self.closed} s"
        return "\n".join([head, *(f"  {act}" for act in self.acts)])


class _Book:
    """The stories that are told so far."""

    def __init__(self, chance: random.Random, seconds: float) -> None:
        self.acts: list[Act] = []
        self.chance = chance
        self._seconds = seconds

    def begin(self) -> float:
        """When a story begins."""
        return self.chance.uniform(0.02, 0.8) * self._seconds

    def people(self) -> list[int]:
        """All of them, in an order of this story's own."""
        return self.chance.sample(range(PEOPLE), PEOPLE)

    def later(self, at: float, least_s: float, most_s: float) -> float:
        return at + self.chance.uniform(least_s, most_s)

    def add(
        self, at: float, person: int, deed: Deed, key: str | None, *, after: int | None = None, **details: Any
    ) -> int:
        """Returns the number of the act."""
        number = len(self.acts)
        self.acts.append(Act(number, round(at, 2), person, deed, key, after, details))
        return number

    def decide(self, at: float, person: int, key: str) -> int:
        return self.add(at, person, Deed.DECIDE, key, **_request(self.chance))

    def review(self) -> None:
        then = self.chance.choice(("approve", "reject", "skip", "lose", "renew"))
        self.add(self.begin(), self.chance.randrange(PEOPLE), Deed.REVIEW, None, then=then)


def _request(chance: random.Random) -> dict[str, Any]:
    """What a decision says."""
    return chance.choice(
        (
            {"action": "approve"},
            {"action": "reject", "reasons": ["nudity"]},
            {"action": "reject", "reasons": ["terrorism", "nudity"]},
            {"action": "restrict", "reasons": ["adults_only"], "age": chance.choice((16, 18))},
            {"action": "restrict", "reasons": ["adults_only"], "territories": ["DE", "FR"], "demote": True},
            {"action": "escalate"},
        )
    )


def _once(book: _Book, key: str) -> None:
    book.decide(book.begin(), book.people()[0], key)


def _again(book: _Book, key: str) -> None:
    first, second, _ = book.people()
    at = book.begin()
    book.decide(at, first, key)
    book.decide(book.later(at, 0.5, 6), second, key)


def _at_the_same_time(book: _Book, key: str) -> None:
    at = book.begin()
    for person in book.people():
        book.decide(book.later(at, 0, 0.3), person, key)


def _undone(book: _Book, key: str) -> None:
    """Taken back before it is told, most likely."""
    at, person = book.begin(), book.people()[0]
    decided = book.decide(at, person, key)
    book.add(book.later(at, 0.1, UNDO_S / 2), person, Deed.WITHDRAW, key, after=decided)


def _regretted(book: _Book, key: str) -> None:
    """Taken back once it was told, most likely."""
    at, person = book.begin(), book.people()[0]
    decided = book.decide(at, person, key)
    book.add(book.later(at, 2 * UNDO_S, 3 * UNDO_S), person, Deed.WITHDRAW, key, after=decided)


def _twice_then_undone(book: _Book, key: str) -> None:
    """The decision before stands again."""
    at, (first, second, _) = book.begin(), book.people()
    book.decide(at, first, key)
    at = book.later(at, 0.5, 5)
    decided = book.decide(at, second, key)
    book.add(book.later(at, 0.1, 2 * UNDO_S), second, Deed.WITHDRAW, key, after=decided)


def _disputed(book: _Book, key: str) -> None:
    """Somebody else answers; whoever has decided may try to, too."""
    at, (first, second, third) = book.begin(), book.people()
    decided = book.decide(at, first, key)
    appeal = f"appeal-{decided}"
    at = book.later(at, 0.2, 4)
    book.add(at, third, Deed.APPEAL, key, appeal=appeal)
    if book.chance.random() < 0.3:
        book.add(book.later(at, 0.1, 2), first, Deed.ANSWER, key, appeal=appeal, action="uphold")
    answer = book.chance.choice(
        (
            {"action": "uphold"},
            {"action": "overturn", "to": "approve"},
            {"action": "overturn", "to": "reject", "reasons": ["nudity"]},
            {"action": "overturn", "to": "restrict", "reasons": ["adults_only"], "age": 18},
        )
    )
    book.add(book.later(at, 0.5, 5), second, Deed.ANSWER, key, appeal=appeal, **answer)


_STORIES: Sequence[Callable[[_Book, str], None]] = (
    _once,
    _again,
    _at_the_same_time,
    _undone,
    _regretted,
    _twice_then_undone,
    _disputed,
)
