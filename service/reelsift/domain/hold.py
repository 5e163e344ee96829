"""A hold: something that the whole deployment leaves undone until somebody releases it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What can be held. Nothing that seals a video or alerts somebody is among it."""

    STARTS = "starts"
    """New analyses. What was started runs on, and its answers are stored, judged and alerted."""
    EVENTS = "events"
    """Events about the status of videos. Revisions are made all the same, and published later."""
    TAGS = "tags"
    """Tags of objects."""


def in_order(kinds: Iterable[Kind]) -> tuple[Kind, ...]:
    """Each of some kinds once, in the order in which they are always named."""
    wanted = frozenset(kinds)
    return tuple(kind for kind in Kind if kind in wanted)


@dataclass(frozen=True, slots=True)
class Hold:
    """One kind that is held: since when (epoch milliseconds), by whom (an AWS identity), and why (`note`)."""

    kind: Kind
    by: str
    since_ms: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class HoldEntry:
    """One turn of the switch, as the audit keeps it: numbers count up without a gap, and entries are never changed.

    `held` says whether the kinds were held by it, or released; `by` (an AWS identity), `at_ms` (epoch milliseconds) and
    `note` who did it, when and why.
    """

    number: int
    held: bool
    kinds: tuple[Kind, ...]
    by: str
    at_ms: int
    note: str = ""
