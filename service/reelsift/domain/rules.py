"""The rules of a policy: what it says of labels, of names and of what is written, and which of them holds for what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
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
class Rule:
    """What a policy says of a label, of a name or, as a rule on what is written, of all texts that it looks for.

    `ignore_in` are the folded labels of the stretches in which it does not hold, None where that is inherited.
    """

    name: str = ""
    thresholds: Thresholds = field(default_factory=dict)
    ignore_in: frozenset[str] | None = None
    sought: SoughtText | None = None

    @property
    def gives_verdict(self) -> bool:
        """Whether it can make a video one to review or to reject."""
        return any(self.thresholds.get(action) is not None for action in (Action.REVIEW, Action.REJECT))


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a policy: a complete default, and each analysis' rules by folded name.

    A threshold is looked up by itself: at the label, then at each ancestor from the nearest up, then at the default; so
    is `ignore_in`. Of an analysis that is judged by named labels only (LabelDetection sees what is there, not what is
    wrong with it), those that a rule names, or below one it names, count, and inherit the alert threshold alone of the
    default. So do rules on what is written.
    """

    default: Rule
    by_name: Mapping[Analysis, Mapping[str, Rule]]
    switched_off: frozenset[Analysis] = frozenset()
    """Analyses that are not judged, although every label of theirs would be."""

    @property
    def needs(self) -> frozenset[Analysis]:
        """The analyses that can make a video one to review or to reject."""
        named = {
            analysis
            for analysis, by_name in self.by_name.items()
            if any(rule.gives_verdict for rule in by_name.values())
        }
        every = {analysis for analysis in Analysis if analysis.spec.judging is Judging.EVERY_LABEL}
        return frozenset((named | every) - self.switched_off)

    def threshold(self, action: Action, analysis: Analysis, names: Iterable[str]) -> float | None:
        """The confidence from which on an action applies to what goes by these folded names, the nearest first."""
        named = self._named(analysis, names)
        for rule in named:
            if action in rule.thresholds:
                return rule.thresholds[action]
        by_default = analysis.spec.judging is Judging.EVERY_LABEL or (named and action is Action.ALERT)
        return self.default.thresholds[action] if by_default and analysis not in self.switched_off else None

    @property
    def ignored(self) -> frozenset[str]:
        """The folded labels of all stretches that some rule ignores, or the policy as a whole."""
        rules = (rule for by_name in self.by_name.values() for rule in by_name.values())
        return frozenset().union(*(rule.ignore_in or () for rule in (self.default, *rules)))

    def lowest(self, analysis: Analysis) -> float | None:
        """The confidence (0-100) below which no segment of an analysis counts for anything; None where none ever does.

        What no threshold reaches makes no peak and is in none. But a stretch is ignored however unsure it is.
        """
        if analysis.spec.marks_stretches and self.ignored:
            return 0.0
        by_name = self.by_name.get(analysis, {})
        every_label = analysis.spec.judging is Judging.EVERY_LABEL and analysis not in self.switched_off
        inherited = Action if every_label else [Action.ALERT] if by_name else []
        values = [self.default.thresholds[action] for action in inherited]
        values += [value for rule in by_name.values() for value in rule.thresholds.values()]
        return min((value for value in values if value is not None), default=None)

    def names(self, analysis: Analysis) -> frozenset[str] | None:
        """The folded names of which a segment of an analysis must have one, by itself or by an ancestor, to count for
        anything; None where a segment may count whatever it is called.
        """
        if analysis.spec.judging is not Judging.NAMED_LABELS or analysis.spec.known_by is not None:
            return None
        stretches = self.ignored if analysis.spec.marks_stretches else frozenset[str]()
        return stretches.union(self.by_name.get(analysis, {}))

    def ignore_in(self, analysis: Analysis, names: Iterable[str]) -> frozenset[str]:
        """The folded labels of the stretches in which what goes by these names is ignored."""
        said = (rule.ignore_in for rule in (*self._named(analysis, names), self.default))
        return next((labels for labels in said if labels is not None), frozenset())

    def on_writing(self, analysis: Analysis) -> Mapping[str, Rule]:
        """The rules on what an analysis reads, by folded name."""
        return self.by_name.get(analysis, {})

    def _named(self, analysis: Analysis, names: Iterable[str]) -> list[Rule]:
        by_name = self.by_name.get(analysis, {})
        return [by_name[name] for name in names if name in by_name]
