"""Evidence: what of a video the rules of a policy are held against."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
from reelsift.domain.folding import fold_accents
from reelsift.domain.labels import LabelSummary, summarise
from reelsift.domain.rules import Rule, Rules
from reelsift.domain.segments import Segment
from reelsift.domain.sought_text import ReadText


@dataclass(frozen=True, slots=True)
class Evidence:
    """All segments of one label that count, and the folded names by which rules know it, the nearest first.

    What is written goes by the rule that looks for it, and stands below it: a text that two rules look for is evidence
    for each.
    """

    label: LabelSummary
    names: tuple[str, ...]

    @property
    def key(self) -> tuple[Analysis, str, str]:
        return self.label.analysis, self.label.label, self.names[0]


def gather(segments: Iterable[Segment], rules: Rules) -> Iterator[Evidence]:
    """The evidence of one video by all its segments, in any order, without what is seen only where it is ignored."""
    groups: dict[tuple[Analysis, str, str], list[Segment]] = {}
    parts: dict[str, list[tuple[int, int]]] = {}
    for segment in segments:
        if segment.analysis.spec.marks_stretches:
            parts.setdefault(fold_accents(segment.label), []).append((segment.start_ms, segment.end_ms))
        for name, member in _known_as(segment, rules):
            groups.setdefault((segment.analysis, segment.label, name), []).append(member)
    unions: dict[frozenset[str], _Stretches] = {}
    for analysis, label, name in sorted(groups):
        group = groups[analysis, label, name]
        (summary,) = summarise(group)
        names = (name,) if _is_written(analysis) else (name, *map(fold_accents, reversed(summary.path)))
        ignored = frozenset() if analysis.spec.marks_stretches else rules.ignore_in(analysis, names)
        if ignored:
            if ignored not in unions:
                unions[ignored] = _Stretches(span for part in ignored for span in parts.get(part, ()))
            group = [segment for segment in group if not unions[ignored].hold(segment)]
            if not group:
                continue
            (summary,) = summarise(group)
        yield Evidence(summary, names)


def _is_written(analysis: Analysis) -> bool:
    return analysis.spec.judging is Judging.WRITING


def _known_as(segment: Segment, rules: Rules) -> Iterator[tuple[str, Segment]]:
    """The names that a segment itself goes by, and the segment as evidence under each."""
    if _is_written(segment.analysis):
        yield from _found_by(rules.on_writing(segment.analysis), segment)
        return
    yield fold_accents(segment.label if segment.known_as is None else segment.known_as), segment


def _found_by(rules: Mapping[str, Rule], segment: Segment) -> Iterator[tuple[str, Segment]]:
    """The rules that look for one of a text's spellings, and the text below each."""
    if not rules:
        return
    spellings = [ReadText(spelling) for spelling in segment.details.get("spellings", (segment.label,))]
    for name, rule in rules.items():
        if rule.sought is not None and any(map(rule.sought.is_in, spellings)):
            yield name, replace(segment, parents=(rule.name,))


class _Stretches:
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

    def hold(self, segment: Segment) -> bool:
        """Whether all samples of the segment lie within, so that nothing of it is seen elsewhere.

        Not its end: that is a sampling step after the last sample, while a stretch ends with its last frame. What is
        read until the credits end would always end after them.
        """
        place = bisect_right(self._starts, segment.start_ms) - 1
        return place >= 0 and segment.seen_until_ms <= self._ends[place]
