"""Stretches of time in a video, and what they cover together."""

from bisect import bisect_right
from collections.abc import Iterable


class Stretches:
    """The union of stretches of time (start and end in milliseconds). Two that touch are one."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start_ms, end_ms in sorted(spans):
            if self._ends and start_ms <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end_ms)
            else:
                self._starts.append(start_ms)
                self._ends.append(end_ms)

    @property
    def length_ms(self) -> int:
        """What they cover: where several lie over each other, once."""
        return sum(self._ends) - sum(self._starts)

    def hold(self, start_ms: int, end_ms: int) -> bool:
        """Whether all of a stretch lies within one of them."""
        place = bisect_right(self._starts, start_ms) - 1
        return place >= 0 and end_ms <= self._ends[place]
