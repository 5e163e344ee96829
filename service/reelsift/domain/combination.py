"""Labels that are seen together: which of their segments lie near enough to one of each other."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reelsift.domain.analysis import Analysis
from reelsift.domain.segments import Segment
from reelsift.domain.stretches import Stretches

MOST_MEMBERS = 5
"""Of one combination."""

MOST_COMBINATIONS = 100
"""Of one policy. Each looks at the segments of its members once for each threshold."""


@dataclass(frozen=True, slots=True)
class Member:
    """One of the labels, names or rules on what is written that are to be seen together. What stands below it counts
    as well.
    """

    analysis: Analysis
    name: str
    """Folded."""


class SeenTogether:
    """Which segments of several members are seen together: they reach a threshold of 0-100, and with each there is of
    every other member one that does too, so that no two of them lie further apart than `within_ms` milliseconds.

    Two segments are as far apart as one's end and the other's start, and not at all where they overlap or touch. So a
    choice of one of each member fits where the latest start lies at most `within_ms` after the earliest end: where all
    of them have begun at that start, and none has ended longer ago.
    """

    def __init__(self, members: Sequence[Iterable[Segment]], within_ms: int, threshold: float) -> None:
        self._within_ms, self._threshold = within_ms, threshold
        reaching = [[segment for segment in member if segment.max_confidence >= threshold] for member in members]
        near = [Stretches((one.start_ms, one.end_ms + within_ms) for one in member) for member in reaching]
        starts = sorted({segment.start_ms for member in reaching for segment in member})
        self._met = [start for start in starts if all(stretches.hold(start, start) for stretches in near)]

    def has(self, segment: Segment) -> bool:
        """Whether a segment of one of the members is seen together with all the others."""
        if segment.max_confidence < self._threshold:
            return False
        place = bisect_left(self._met, segment.start_ms)
        return place < len(self._met) and self._met[place] <= segment.end_ms + self._within_ms
