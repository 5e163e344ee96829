"""Thresholds that lie below what is ever seen: what they are for is not asked of Rekognition, or not kept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reelsift.domain.analyses.options import Option, Values
from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
from reelsift.domain.rules import Rule, Rules, Thresholds


@dataclass(frozen=True, slots=True)
class UnseenThresholds:
    """The thresholds of one analysis that lie below `least`, the lowest confidence (0-100) that is seen of it.

    `option` sets that. `count` is how many thresholds there are, and `lowest` the lowest of them. Names are left out:
    those of people belong in no log.
    """

    analysis: Analysis
    option: Option
    least: float
    count: int
    lowest: float


def unseen_thresholds(rules: Rules, options: Values) -> Iterator[UnseenThresholds]:
    """What of a policy asks for less confidence than a deployment with these options ever sees, by analysis."""
    for analysis in Analysis:
        option = analysis.spec.keep_from or analysis.spec.ask_from
        if option is None or analysis in rules.switched_off:
            continue
        every_label = analysis.spec.judging is Judging.EVERY_LABEL
        least = _least(analysis, options)
        judging = [*rules.by_name.get(analysis, {}).values(), *([rules.default] if every_label else [])]
        combined = [
            one.thresholds
            for one in rules.together.values()
            # Below this of one member the others may still be seen.
            if analysis == min(one.analyses, key=lambda member: (_least(member, options), member))
        ]
        low = [threshold for threshold in _written(judging, combined) if threshold < least]
        if low:
            yield UnseenThresholds(analysis, option, least, len(low), min(low))


def _least(analysis: Analysis, options: Values) -> float:
    """The lowest confidence that is seen of an analysis."""
    option = analysis.spec.keep_from or analysis.spec.ask_from
    return 0.0 if option is None else float(option.value(options))


def _written(rules: Iterable[Rule], combined: Iterable[Thresholds]) -> Iterator[float]:
    """The thresholds of rules and combinations. 0 means whatever there is, however sure, and is meant so."""
    every = (thresholds for rule in rules for thresholds in rule.every_threshold)
    return (threshold for thresholds in (*every, *combined) for threshold in thresholds.values() if threshold)
