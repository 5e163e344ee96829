"""The detections of an answer in little room: a column for each group, from which its segments are made."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple

from reelsift.domain.analysis import Analysis
from reelsift.domain.detections import Detection, Mark, Reading
from reelsift.domain.segments import Sampling, Segment, join_samples, keep_apart, keep_stretches

Lineages = frozenset[tuple[str, ...]]
"""The distinct `Detection.parents` of a group."""


class Name(NamedTuple):
    """What the detections of one group are called, and the label's ancestors, top level first."""

    label: str
    parents: tuple[str, ...]


class Shared:
    """What detections of an answer have in common. Rolling credits have a group a line, each with little of its own.

    Each mark that is no number is kept once, and its detections hold the number it has here.
    """

    def __init__(self) -> None:
        self._numbers: dict[Mark, int] = {}
        self._marks: list[Mark] = []
        self._lineages: dict[Lineages, Lineages] = {}

    def lineages(self, told: Lineages) -> Lineages:
        """The same set for all groups that tell the same: mostly that there are no parents."""
        return self._lineages.setdefault(told, told)

    def number(self, mark: Mark) -> int:
        if isinstance(mark, int):
            return mark
        number = self._numbers.setdefault(mark, len(self._marks))
        if number == len(self._marks):
            self._marks.append(mark)
        return number

    def mark(self, number: int) -> Mark:
        return self._marks[number] if self._marks else number


class Column:
    """One group's detections. Doubles, so that a confidence comes out as exactly the number that went in."""

    __slots__ = ("_shared", "confidences", "ends", "marks", "parents", "times")

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.times = array("q")
        self.ends = array("q")
        self.confidences = array("d")
        self.marks = array("q")
        self.parents: Lineages = frozenset()

    def add(self, row: Detection) -> None:
        self.times.append(row.at_ms)
        self.confidences.append(row.confidence)
        if row.end_ms is not None:
            self.ends.append(row.end_ms)
        if row.mark is not None:
            self.marks.append(self._shared.number(row.mark))
        if row.parents not in self.parents:
            self.parents = self._shared.lineages(self.parents | {row.parents})

    def segments(self, analysis: Analysis, name: Name, sampling: Sampling) -> Iterator[Segment]:
        if analysis.spec.apart:
            return self._rows_apart(analysis, name, sampling)
        segments = self._joined(analysis, name, sampling)
        return self._detailed(analysis, list(segments)) if self._tells_details(analysis) else segments

    def samples(self) -> Iterator[set[Mark]]:
        """The distinct marks of each time, in order."""
        return self._marks_of(self._in_order())

    def _tells_details(self, analysis: Analysis) -> bool:
        if analysis.spec.details_of_readings is not None:
            # Nearly always there is nothing: what is moderated is mostly neither animated nor drawn.
            return any(map(self._shared.mark, set(self.marks)))
        return analysis.spec.details is not None

    def _in_order(self) -> list[int]:
        """The numbers of the detections by time."""
        return sorted(range(len(self.times)), key=self.times.__getitem__)

    def _marks_of(self, rows: Iterable[int]) -> Iterator[set[Mark]]:
        """The distinct marks of each time, of detections that are in order."""
        for _, sample in groupby(rows, key=self.times.__getitem__):
            yield {self._shared.mark(number) for number in {self.marks[row] for row in sample}}

    def _joined(self, analysis: Analysis, name: Name, sampling: Sampling) -> Iterator[Segment]:
        if self.ends:
            stretches = zip(self.times, self.ends, self.confidences, strict=True)
            return keep_stretches(analysis, name.label, name.parents, stretches, sampling)
        samples = zip(self.times, self.confidences, strict=True)
        return join_samples(analysis, name.label, name.parents, samples, sampling)

    def _detailed(self, analysis: Analysis, segments: list[Segment]) -> Iterator[Segment]:
        """The segments with what the marks of their samples tell."""
        starts = [segment.start_ms for segment in segments]
        groups = groupby(self._in_order(), key=lambda row: bisect_right(starts, self.times[row]) - 1)
        details = {number: self._details(analysis, rows) for number, rows in groups}
        for number, segment in enumerate(segments):
            # Of stretches without length, two may start at one time: then the rows count with the last.
            yield replace(segment, details=details.get(number, {}))

    def _details(self, analysis: Analysis, rows: Iterable[int]) -> Mapping[str, Any]:
        spec = analysis.spec
        if spec.details_of_readings is not None:
            return spec.details_of_readings(
                Reading(self.times[row], self.confidences[row], self._shared.mark(self.marks[row])) for row in rows
            )
        return spec.details(self._marks_of(rows)) if spec.details is not None else {}

    def _rows_apart(self, analysis: Analysis, name: Name, sampling: Sampling) -> Iterator[Segment]:
        """A segment for each row; a row that is repeated counts once."""
        distinct = set(zip(self.times, self.ends, self.confidences, self.marks, strict=True))
        rows = sorted((*row[:3], self._shared.mark(row[3])) for row in distinct)
        segments = keep_apart(analysis, name.label, name.parents, (row[:3] for row in rows), sampling)
        for segment, (*_, mark) in zip(segments, rows, strict=True):
            yield replace(segment, details=analysis.spec.details([{mark}]) if analysis.spec.details else {})
