"""Who uses the console, and what they may do there."""

from dataclasses import dataclass
from enum import StrEnum

from reelsift.reviews.reviewer import Reviewer


class Role(StrEnum):
    """What somebody may do. Nobody has a role because they have another."""

    REVIEWER = "reviewer"
    """Looks at what waits, and decides."""
    LEAD = "lead"
    """Sees queues, batches, single videos, figures and the audit; tests policies; sets limits."""
    SPECIALIST = "specialist"
    """Sees sealed videos."""


EVERYBODY = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who sends a request. `who` are pseudonyms, `name` is what colleagues call them, where their login tells it."""

    who: Reviewer
    roles: frozenset[Role]
    name: str | None = None

    @property
    def principal(self) -> str:
        """The pseudonym of the login: whether two are the same person is told by this."""
        return self.who.principal

    def has(self, *roles: Role) -> bool:
        """Whether they have one of these roles."""
        return not self.roles.isdisjoint(roles)
