"""Something that a person does."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Deed(StrEnum):
    """What somebody does."""

    DECIDE = "decide"
    WITHDRAW = "withdraw"
    """Takes back what another act has decided."""
    APPEAL = "appeal"
    ANSWER = "answer"
    """Decides an appeal."""
    REVIEW = "review"
    """Takes up what waits."""
    APPLY = "apply"
    """Makes another policy live."""
    REEVALUATE = "reevaluate"
    """Has the live policy act on the archive."""
    HOLD = "hold"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person does `at` so many seconds after the start, to the video of a key; what waits has none,
    nor has what concerns all of them.

    `after` is the number of an act of the same person that has to have ended before.
    """

    number: int
    at: float
    person: int
    deed: Deed
    key: str | None = None
    after: int | None = None
    details: dict[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        details = ", ".join(f"{name} {value}" for name, value in self.details.items())
        what = f"{self.deed} {details}" + (f", what act {self.after} did" if self.after is not None else "")
        return f"{self.at:7.2f} s  person {self.person}: {self.number} {what}, {self.key or 'no certain video'}"
