"""Evidence: what of a video the rules of a policy are held against."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
from reelsift.domain.combination import Member
from reelsift.domain.folding import fold_accents
from reelsift.domain.labels import LabelSummary, summarise
from reelsift.domain.rules import Combination, Rule, Rules
from reelsift.domain.segments import Segment
from reelsift.domain.sought_text import ReadText
from reelsift.domain.stretches import Stretches

Key = tuple[str, ...]
"""What tells one piece of evidence of a video from all others."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All segments of one label that count, and the folded names by which rules know it, the nearest first.

    What is written goes by the rule that looks for it, and stands below it: a text that two rules look for is evidence
    for each.
    """

    label: LabelSummary
    names: tuple[str, ...]

    @property
    def key(self) -> Key:
        return self.label.analysis, self.label.label, self.names[0]


@dataclass(frozen=True, slots=True)
class Meeting:
    """What of a video may take part in a combination: for each of its members the evidence that is one."""

    combination: Combination
    members: tuple[tuple[Evidence, ...], ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """The evidence of a video: of each label, and for each combination of which no member is lacking. `kinds_matter` is
    whether any rule speaks of kinds of pictures.
    """

    labels: tuple[Evidence, ...]
    meetings: tuple[Meeting, ...]
    kinds_matter: bool


def gather(segments: Iterable[Segment], rules: Rules) -> Gathered:
    """The evidence of one video by all its segments, in any order, without what is seen only where it is ignored."""
    groups: dict[tuple[Analysis, str, str], list[Segment]] = {}
    parts: dict[str, list[tuple[int, int]]] = {}
    for segment in segments:
        if segment.analysis.spec.marks_stretches:
            parts.setdefault(fold_accents(segment.label), []).append((segment.start_ms, segment.end_ms))
        for name, member in _known_as(segment, rules):
            groups.setdefault((segment.analysis, segment.label, name), []).append(member)
    found = tuple(_evidence(groups[key], key) for key in sorted(groups))
    ignored = _Ignored(parts)
    labels = (ignored.leave(one, rules.ignore_in(one.label.analysis, one.names)) for one in found)
    return Gathered(
        labels=tuple(one for one in labels if one is not None),
        meetings=tuple(_meetings(found, rules, ignored)) if rules.together else (),
        kinds_matter=rules.tells_kinds,
    )


def _evidence(group: list[Segment], key: tuple[Analysis, str, str]) -> Evidence:
    analysis, _, name = key
    (summary,) = summarise(group)
    return Evidence(summary, (name,) if _is_written(analysis) else (name, *map(fold_accents, reversed(summary.path))))


def _meetings(found: Iterable[Evidence], rules: Rules, ignored: "_Ignored") -> Iterator[Meeting]:
    by_member: dict[Member, list[Evidence]] = {
        member: [] for combination in rules.together.values() for member in combination.members
    }
    for one in found:
        for name in set(one.names):
            by_member.get(Member(one.label.analysis, name), []).append(one)
    for _, combination in sorted(rules.together.items()):
        members = []
        for member in combination.members:
            of_parts = rules.ignore_in_together(combination, member.analysis)
            left = (ignored.leave(one, of_parts) for one in by_member[member])
            members.append(tuple(one for one in left if one is not None))
        if all(members):
            yield Meeting(combination, tuple(members))


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


class _Ignored:
    """The parts of a video, such as its credits, in which rules leave out what is seen only there."""

    def __init__(self, parts: Mapping[str, list[tuple[int, int]]]) -> None:
        self._parts = parts
        self._unions: dict[frozenset[str], Stretches] = {}

    def leave(self, found: Evidence, labels: frozenset[str]) -> Evidence | None:
        """What is left of evidence without its segments of which all samples lie in parts with these folded labels, so
        that nothing of them is seen elsewhere; None where nothing is.

        Not the segment's end: that is a sampling step after the last sample, while a part ends with its last frame.
        What is read until the credits end would always end after them.
        """
        if not labels:
            return found
        if labels not in self._unions:
            self._unions[labels] = Stretches(span for label in labels for span in self._parts.get(label, ()))
        union = self._unions[labels]
        left = [one for one in found.label.segments if not union.hold(one.start_ms, one.seen_until_ms)]
        if len(left) == len(found.label.segments):
            return found
        return Evidence(summarise(left)[0], found.names) if left else None
