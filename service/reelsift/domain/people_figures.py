"""What decisions say of those who made them: shown only where a setting allows it."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from reelsift.domain.decision import OF_APPEALS, Action, Decision
from reelsift.domain.proportion import Proportion
from reelsift.domain.weighted_count import FEWEST_EVENTS

PAUSE_MS = 600_000
"""Who decides nothing for so long has done something else meanwhile."""

LEAST_MS = 1_000
"""A file of many is decided at once, and shows nobody's pace."""

FEWEST_TIMES = 30
"""Of fewer times a median says little."""


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """What one person has decided, by pseudonym. `seconds` is the median between two decisions in a row, of `measured`;
    None where they are too few. `appeals` are those against their decisions that others have decided: how many were
    granted.
    """

    by: str
    decisions: int
    seconds: float | None
    measured: int
    appeals: Proportion

    def members(self) -> dict[str, Any]:
        """As JSON. What too few events stand behind has no share."""
        appeals = self.appeals.members()
        if self.appeals.hits < FEWEST_EVENTS:
            appeals |= {"share": None, "low": None, "high": None}
        return {
            "by": self.by,
            "decisions": self.decisions,
            "decision_s": self.seconds,
            "measured_decisions": self.measured,
            "appeals": appeals,
        }


def figures_of_people(decisions: Iterable[Decision]) -> list[PersonFigures]:
    """The figures of all who made these decisions, most decisions first."""
    made: dict[str, list[int]] = {}
    by_video: dict[str, list[Decision]] = {}
    for decision in decisions:
        made.setdefault(decision.by, []).append(decision.at_ms)
        by_video.setdefault(decision.video_id, []).append(decision)
    appeals: dict[str, list[bool]] = {}
    for of_video in by_video.values():
        for by, granted in _appealed(sorted(of_video, key=lambda one: one.number)):
            appeals.setdefault(by, []).append(granted)
    figures = [_of_person(by, times, appeals.get(by, [])) for by, times in made.items()]
    return sorted(figures, key=lambda person: (-person.decisions, person.by))


def _of_person(by: str, times: list[int], appeals: list[bool]) -> PersonFigures:
    times.sort()
    between = [(later - before) / 1000 for before, later in pairwise(times)]
    paced = [seconds for seconds in between if LEAST_MS <= seconds * 1000 < PAUSE_MS]
    seconds = statistics.median(paced) if len(paced) >= FEWEST_TIMES else None
    return PersonFigures(by, len(times), seconds, len(paced), Proportion(sum(appeals), len(appeals)))


def _appealed(decisions: Sequence[Decision]) -> list[tuple[str, bool]]:
    """Whose decision each appeal was against, and whether it was granted, as far as that decision is among these."""
    found: list[tuple[str, bool]] = []
    standing: Decision | None = None
    for decision in decisions:
        if decision.action in OF_APPEALS:
            if standing is not None:
                found.append((standing.by, decision.action is Action.OVERTURN))
            if decision.action is Action.UPHOLD:
                continue
        if decision.action is Action.WITHDRAW:
            standing = None if standing is not None and standing.number == decision.withdraws else standing
        else:
            standing = decision
    return found
