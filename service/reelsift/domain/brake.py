"""How many videos machines may reject: so many an hour, and no more than is usual. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

HOUR_MS = 3_600_000

USUAL_HOURS = 7 * 24
"""The hours before this one whose mean is what is usual."""

ALWAYS = 10
"""Rejections of an hour that are never unusual: where there is no week yet, and after one without any, the mean of an
hour is none."""


class Limit(StrEnum):
    """Which of the limits is the lower one."""

    HOURLY = "hourly"
    """So many an hour, whatever is usual."""
    USUAL = "usual"
    """So many times what an hour of the last seven days had."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The rejections that an hour may have, and what bounds them."""

    most: int
    limit: Limit


@dataclass(frozen=True, slots=True)
class Brake:
    """What a deployment allows: `hourly_most` in any hour, and `times_usual` times the mean of an hour."""

    hourly_most: int
    times_usual: float

    def allowed(self, hour: int, before: Mapping[int, int]) -> Allowed:
        """What an hour (hours since the epoch) may have. `before` are the rejections of earlier hours; an hour that is
        not there had none.
        """
        week = range(hour - USUAL_HOURS, hour)
        mean = sum(before.get(each, 0) for each in week) / USUAL_HOURS
        usual = max(ALWAYS, int(self.times_usual * mean))
        if self.hourly_most <= usual:
            return Allowed(self.hourly_most, Limit.HOURLY)
        return Allowed(usual, Limit.USUAL)


def hour_of(at_ms: int) -> int:
    """The hour (UTC) of a time in epoch milliseconds, as hours since the epoch."""
    return at_ms // HOUR_MS
