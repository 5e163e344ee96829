"""How far the verdicts of a day are from the usual: a policy, a model or what is uploaded may have changed unseen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

from reelsift.domain.policy import Verdict

FEWEST_VERDICTS = 200
"""A day with fewer says too little, about itself and about what is usual."""

FEWEST_DAYS = 7
"""Of fewer days nobody can say what is usual."""

USUAL_DAYS = 28
"""The newest days before it that a day is held against."""

LEAST_SHIFT = 0.05
"""A share that is off by less, in points of all verdicts, is nothing to look at, however sure it is."""

SURE = 5.0
"""Standard errors: a day is looked at many times while it grows, in four shares."""

_MAD = 1.4826
"""The median deviation of a normal distribution, as a standard deviation."""


@dataclass(frozen=True, slots=True)
class DayMix:
    """The verdicts of one day (ISO date, UTC): how many videos got each."""

    day: str
    counts: Mapping[Verdict, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def share(self, verdict: Verdict) -> float:
        """Of all verdicts of a day that has any."""
        return self.counts.get(verdict, 0) / self.total


def shift(day: DayMix, before: Sequence[DayMix]) -> float | None:
    """How far a day is from the usual: 1 and more is far. None where there are too few verdicts, or days, to say.

    Each share is held against the median of the days before. Allowed is what chance makes of so many verdicts, and what
    these days differed among themselves (by their median, so that one odd day does not make the next one usual), `SURE`
    times; and `LEAST_SHIFT` in any case.
    """
    usual = [mix for mix in before if mix.total >= FEWEST_VERDICTS][:USUAL_DAYS]
    if day.total < FEWEST_VERDICTS or len(usual) < FEWEST_DAYS:
        return None
    return max(_shift(day, verdict, [mix.share(verdict) for mix in usual]) for verdict in Verdict)


def _shift(day: DayMix, verdict: Verdict, shares: Sequence[float]) -> float:
    middle = median(shares)
    spread = _MAD * median(abs(share - middle) for share in shares)
    by_chance = sqrt(middle * (1 - middle) / day.total)
    allowed = max(LEAST_SHIFT, SURE * sqrt(by_chance**2 + spread**2))
    return abs(day.share(verdict) - middle) / allowed
