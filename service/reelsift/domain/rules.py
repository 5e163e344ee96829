"""The rules of a policy: what it says of labels, of names and of what is written, and which of them holds for what."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
from reelsift.domain.combination import Member
from reelsift.domain.content_type import PLAIN, ContentType, Kinds
from reelsift.domain.sought_text import SoughtText


class Action(StrEnum):
    """What a threshold is for."""

    REVIEW = "review"
    REJECT = "reject"
    ALERT = "alert"


Thresholds = Mapping[Action, float | None]
"""Confidences 0-100, None where switched off. An action that is missing is inherited."""

DEFAULT_THRESHOLDS: Thresholds = {Action.REVIEW: 80.0, Action.REJECT: None, Action.ALERT: 95.0}
"""What a policy's `default` does not name. A label nobody knew of is looked at rather than let through."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What a label has to reach: a confidence of 0-100, and that for so many milliseconds in all."""

    threshold: float
    at_least_ms: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """What a policy says of a label, of a name or, as a rule on what is written, of all texts that it looks for.

    `by_content` are thresholds that hold for pictures of a kind in place of `thresholds`, and `at_least_ms` for how
    long in all either must be reached, by action; without it, at any time. `ignore_in` are the folded labels of the
    stretches in which it does not hold, None where that is inherited.
    """

    name: str = ""
    thresholds: Thresholds = field(default_factory=dict)
    ignore_in: frozenset[str] | None = None
    sought: SoughtText | None = None
    at_least_ms: Mapping[Action, int] = field(default_factory=dict)
    by_content: Mapping[ContentType, Thresholds] = field(default_factory=dict)

    @property
    def gives_verdict(self) -> bool:
        """Whether it can make a video one to review or to reject."""
        return _gives_verdict(*self.every_threshold)

    @property
    def every_threshold(self) -> tuple[Thresholds, ...]:
        return (self.thresholds, *self.by_content.values())

    def says(self, action: Action, kinds: Kinds = PLAIN) -> bool:
        """Whether it has a word on an action, for pictures of these kinds."""
        return any(action in thresholds for thresholds in (self.thresholds, *self._of(kinds)))

    def bar(self, action: Action, kinds: Kinds = PLAIN) -> Bar | None:
        """The bar for an action that it has a word on, None: there is none. Of pictures of several kinds of which it
        speaks the lowest threshold holds.
        """
        said = [thresholds[action] for thresholds in self._of(kinds) if action in thresholds]
        values = said or [self.thresholds.get(action)]
        threshold = min((value for value in values if value is not None), default=None)
        return None if threshold is None else Bar(threshold, self.at_least_ms.get(action, 0))

    def _of(self, kinds: Kinds) -> Iterator[Thresholds]:
        return (thresholds for kind, thresholds in self.by_content.items() if kind in kinds)


@dataclass(frozen=True, slots=True)
class Combination:
    """What a policy says of members that are seen within `within_ms` milliseconds of each other, each at or above the
    threshold, whatever it says of each alone.

    `ignore_in` are the folded labels of the stretches in which its members do not count, None where that is inherited.
    """

    name: str
    members: tuple[Member, ...]
    within_ms: int
    thresholds: Thresholds = field(default_factory=dict)
    ignore_in: frozenset[str] | None = None

    @property
    def gives_verdict(self) -> bool:
        """Whether it can make a video one to review or to reject."""
        return _gives_verdict(self.thresholds)

    def members_of(self, analysis: Analysis) -> Iterator[Member]:
        """Its members that are seen by an analysis."""
        return (member for member in self.members if member.analysis is analysis)

    @property
    def analyses(self) -> frozenset[Analysis]:
        """The analyses that its members are seen by."""
        return frozenset(member.analysis for member in self.members)


# Without slots, so that what follows from thousands of rules is derived once, and not for each video.
@dataclass(frozen=True)
class Rules:
    """All rules of a policy: a complete default, and each analysis' rules by folded name.

    A threshold is looked up by itself: at the label, then at each ancestor from the nearest up, then at the default; so
    is `ignore_in`. How long a threshold must be reached goes with it. Of an analysis that is judged by named labels
    only (LabelDetection sees what is there, not what is wrong with it), those that a rule names, or below one it names,
    count, and inherit the alert threshold alone of the default. So do rules on what is written, and combinations.
    """

    default: Rule
    by_name: Mapping[Analysis, Mapping[str, Rule]]
    switched_off: frozenset[Analysis] = frozenset()
    """Analyses that are not judged, although every label of theirs would be. Combinations may still name labels of
    theirs."""
    together: Mapping[str, Combination] = field(default_factory=dict)
    """Combinations by folded name."""

    @cached_property
    def needs(self) -> frozenset[Analysis]:
        """The analyses that can make a video one to review or to reject."""
        named = {
            analysis
            for analysis, by_name in self.by_name.items()
            if any(rule.gives_verdict for rule in by_name.values())
        }
        every = {analysis for analysis in Analysis if analysis.spec.judging is Judging.EVERY_LABEL}
        combined = (one.analyses for one in self.together.values() if one.gives_verdict)
        return frozenset((named | every) - self.switched_off).union(*combined)

    @cached_property
    def tells_kinds(self) -> bool:
        """Whether any rule speaks of kinds of pictures."""
        return any(rule.by_content for rule in (self.default, *self._every_rule()))

    def bar(self, action: Action, analysis: Analysis, names: Iterable[str], kinds: Kinds = PLAIN) -> Bar | None:
        """What must be reached for an action by what goes by these folded names, the nearest first, and is seen in
        pictures of these kinds. None: nothing is enough.
        """
        named = self._named(analysis, names)
        for rule in named:
            if rule.says(action, kinds):
                return rule.bar(action, kinds)
        by_default = analysis.spec.judging is Judging.EVERY_LABEL or (named and action is Action.ALERT)
        return self.default.bar(action, kinds) if by_default and analysis not in self.switched_off else None

    def threshold(self, action: Action, analysis: Analysis, names: Iterable[str]) -> float | None:
        """The confidence from which on an action applies to what goes by these folded names, the nearest first, in
        pictures that are neither animated nor illustrated.
        """
        bar = self.bar(action, analysis, names)
        return None if bar is None else bar.threshold

    def threshold_together(self, action: Action, combination: Combination) -> float | None:
        """The confidence that each member of a combination must reach for an action, None: there is none."""
        if action in combination.thresholds or action is not Action.ALERT:
            return combination.thresholds.get(action)
        return self.default.thresholds[action]

    @cached_property
    def ignored(self) -> frozenset[str]:
        """The folded labels of all stretches that some rule ignores, or the policy as a whole."""
        of_rules = (rule.ignore_in for rule in (self.default, *self._every_rule()))
        of_combinations = (combination.ignore_in for combination in self.together.values())
        return frozenset().union(*(labels or () for labels in (*of_rules, *of_combinations)))

    def lowest(self, analysis: Analysis) -> float | None:
        """The confidence (0-100) below which no segment of an analysis counts for anything; None where none ever does.

        What no threshold reaches makes no peak and is in none. But a stretch is ignored however unsure it is.
        """
        if analysis.spec.marks_stretches and self.ignored:
            return 0.0
        by_name = self.by_name.get(analysis, {})
        every_label = analysis.spec.judging is Judging.EVERY_LABEL and analysis not in self.switched_off
        inherited = Action if every_label else [Action.ALERT] if by_name else []
        values = [thresholds.get(action) for action in inherited for thresholds in self.default.every_threshold]
        values += [
            value for rule in by_name.values() for thresholds in rule.every_threshold for value in thresholds.values()
        ]
        values += [
            self.threshold_together(action, combination)
            for combination in self.together.values()
            if analysis in combination.analyses
            for action in Action
        ]
        return min((value for value in values if value is not None), default=None)

    def names(self, analysis: Analysis) -> frozenset[str] | None:
        """The folded names of which a segment of an analysis must have one, by itself or by an ancestor, to count for
        anything; None where a segment may count whatever it is called.
        """
        if analysis.spec.judging is not Judging.NAMED_LABELS or analysis.spec.known_by is not None:
            return None
        stretches = self.ignored if analysis.spec.marks_stretches else frozenset[str]()
        members = (one.name for combination in self.together.values() for one in combination.members_of(analysis))
        return stretches.union(self.by_name.get(analysis, {}), members)

    def ignore_in(self, analysis: Analysis, names: Iterable[str]) -> frozenset[str]:
        """The folded labels of the stretches in which what goes by these names is ignored."""
        if analysis.spec.marks_stretches:
            return frozenset()
        said = (rule.ignore_in for rule in (*self._named(analysis, names), self.default))
        return next((labels for labels in said if labels is not None), frozenset())

    def ignore_in_together(self, combination: Combination, analysis: Analysis) -> frozenset[str]:
        """The folded labels of the stretches in which members of a combination are ignored that are of an analysis."""
        if analysis.spec.marks_stretches:
            return frozenset()
        ignored = self.default.ignore_in if combination.ignore_in is None else combination.ignore_in
        return ignored or frozenset()

    def on_writing(self, analysis: Analysis) -> Mapping[str, Rule]:
        """The rules on what an analysis reads, by folded name."""
        return self.by_name.get(analysis, {})

    def _every_rule(self) -> Iterator[Rule]:
        return (rule for by_name in self.by_name.values() for rule in by_name.values())

    def _named(self, analysis: Analysis, names: Iterable[str]) -> list[Rule]:
        by_name = self.by_name.get(analysis, {})
        return [by_name[name] for name in names if name in by_name]


def _gives_verdict(*every: Thresholds) -> bool:
    return any(thresholds.get(action) is not None for thresholds in every for action in (Action.REVIEW, Action.REJECT))
