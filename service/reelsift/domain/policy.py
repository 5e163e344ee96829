"""A policy: which labels, from which confidence on, make a video one to review or to reject, or raise an alert."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Self

from reelsift.domain import taxonomy
from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
from reelsift.domain.labels import LabelSummary, summarise
from reelsift.domain.rules import Action, Rule, read_rules
from reelsift.domain.segments import Segment

DEFAULT_POLICY_TEXT = resources.files(__package__).joinpath("default_policy.yaml").read_text(encoding="utf-8")
"""The built-in policy, as YAML a user can print and edit."""


class Verdict(StrEnum):
    """What a policy makes of a video, the mildest first."""

    APPROVE = "approve"
    INCOMPLETE = "incomplete"
    """Nothing is known against it, and an analysis that the policy needs is missing."""
    REVIEW = "review"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Peak:
    """A label that passed a threshold, both 0-100: its highest confidence is at or above it.

    `peak_ms` is the first time of the highest confidence; `ranges_ms` are start and end of the label's segments that
    reach the threshold, in order. Milliseconds from the video's start.
    """

    analysis: Analysis
    label: str
    parents: tuple[str, ...]
    max_confidence: float
    peak_ms: int
    threshold: float
    ranges_ms: tuple[tuple[int, int], ...]

    @property
    def path(self) -> tuple[str, ...]:
        """From the top level down to the label itself."""
        return (*self.parents, self.label)

    @property
    def category(self) -> str:
        return taxonomy.category(self.path)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a policy makes of a video's segments; each tuple holds a label once, the most confident first
    (of a label and its equally confident parent, the label).

    `reviews` leaves out the labels in `rejects`. `missing` are the analyses that the policy needs and that were not
    judged, whatever the verdict.
    """

    verdict: Verdict
    alerts: tuple[Peak, ...]
    rejects: tuple[Peak, ...]
    reviews: tuple[Peak, ...]
    missing: tuple[Analysis, ...] = ()

    @property
    def reasons(self) -> tuple[Peak, ...]:
        """What the verdict rests on: the rejects, or else the reviews; nothing for an approval."""
        return self.rejects or self.reviews


@dataclass(frozen=True, slots=True)
class Policy:
    """Thresholds by analysis and label. Make one with `parse`.

    A threshold is looked up by itself: at the label, then at each ancestor from the nearest up, then at the default.
    Of an analysis that is judged by named labels only (LabelDetection sees what is there, not what is wrong with it)
    those the policy names, or below one it names, count; of the default they inherit the alert threshold alone.
    """

    default: Rule
    rules: Mapping[Analysis, Mapping[str, Rule]]
    switched_off: frozenset[Analysis] = frozenset()
    """Analyses that the policy does not judge at all, although it would without a section of them."""
    unknown_labels: tuple[str, ...] = ()
    """Labels the policy names and their analysis' vocabulary does not have: perhaps new, perhaps mistyped."""
    fractions: bool = False
    """Whether all thresholds that are written lie in 0-1, so that they are hardly meant as 0-100."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads a policy from YAML. Raises PolicyError, with a sentence for each key that is wrong."""
        rules = read_rules(text)
        return cls(
            default=rules.default,
            # The versions differ in case ("Swimwear Or", "Swimwear or"), and so do people.
            rules={
                analysis: {label.casefold(): rule for label, rule in by_label.items()}
                for analysis, by_label in rules.by_label.items()
            },
            switched_off=rules.switched_off,
            unknown_labels=tuple(
                label
                for analysis, by_label in rules.by_label.items()
                for label in _unknown(by_label, analysis.spec.vocabulary)
            ),
            fractions=_are_fractions(rules.written),
        )

    @classmethod
    def built_in(cls) -> Self:
        """The policy of a deployment that has none of its own."""
        return cls.parse(DEFAULT_POLICY_TEXT)

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that change when a threshold does, and not with comments, order or layout."""
        content = json.dumps([self.default, self.rules, sorted(self.switched_off)], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    @property
    def needs(self) -> frozenset[Analysis]:
        """The analyses without which a video cannot be approved.

        One of which every label is judged, unless it is switched off: a label that nobody knew of may be wrong too. Of
        the others those with a threshold for review or reject. A policy that needs none raises alerts alone, and clears
        no video.
        """
        named = {
            analysis
            for analysis, by_label in self.rules.items()
            for rule in by_label.values()
            if any(rule.get(action) is not None for action in (Action.REVIEW, Action.REJECT))
        }
        every = {analysis for analysis in Analysis if analysis.spec.judging is Judging.EVERY_LABEL}
        return frozenset((named | every) - self.switched_off)

    def threshold(self, action: Action, analysis: Analysis, path: tuple[str, ...]) -> float | None:
        """The confidence (0-100) from which on this action applies to the label at the end of the path, None: never."""
        if analysis in self.switched_off:
            return None
        rules = self.rules.get(analysis, {})
        named = [rules[name] for label in reversed(path) if (name := label.casefold()) in rules]
        for rule in named:
            if action in rule:
                return rule[action]
        by_default = analysis.spec.judging is Judging.EVERY_LABEL or (named and action is Action.ALERT)
        return self.default[action] if by_default else None

    def judge(self, segments: Iterable[Segment], analysed: Collection[Analysis]) -> Judgement:
        """Judges one video by all its segments, of whichever analyses, in any order. `analysed` are the analyses that
        have an answer, whether it shows anything or not.

        What was found counts, whatever is missing. Where nothing was, a video that lacks an analysis the policy needs
        is not approved: what is missing can only make a verdict worse.
        """
        labels = summarise(segments)
        rejects = self._passing(Action.REJECT, labels)
        rejected = {(peak.analysis, peak.label) for peak in rejects}
        reviews = tuple(
            peak for peak in self._passing(Action.REVIEW, labels) if (peak.analysis, peak.label) not in rejected
        )
        missing = tuple(analysis for analysis in Analysis if analysis in self.needs.difference(analysed))
        if rejects:
            verdict = Verdict.REJECT
        elif reviews:
            verdict = Verdict.REVIEW
        else:
            verdict = Verdict.APPROVE if self.needs and not missing else Verdict.INCOMPLETE
        return Judgement(verdict, self._passing(Action.ALERT, labels), rejects, reviews, missing)

    def _passing(self, action: Action, labels: Iterable[LabelSummary]) -> tuple[Peak, ...]:
        peaks = [
            Peak(
                analysis=label.analysis,
                label=label.label,
                parents=label.parents,
                max_confidence=label.max_confidence,
                peak_ms=label.peak_ms,
                threshold=threshold,
                ranges_ms=tuple(
                    (segment.start_ms, segment.end_ms)
                    for segment in label.segments
                    if segment.max_confidence >= threshold
                ),
            )
            for label in labels
            if (threshold := self.threshold(action, label.analysis, label.path)) is not None
            and label.max_confidence >= threshold
        ]
        return tuple(sorted(peaks, key=_most_telling))


def _are_fractions(thresholds: Sequence[float]) -> bool:
    # 0 alone means every label, and is meant so.
    return any(0 < threshold < 1 for threshold in thresholds) and max(thresholds) <= 1


def _unknown(labels: Iterable[str], vocabulary: frozenset[str]) -> list[str]:
    known = {name.casefold() for name in vocabulary}
    return [label for label in labels if known and label.casefold() not in known]


def _most_telling(peak: Peak) -> tuple[float, int, int, tuple[str, ...]]:
    # A parent is as confident as its label, and says less.
    return (-peak.max_confidence, -len(peak.path), peak.peak_ms, peak.path)
