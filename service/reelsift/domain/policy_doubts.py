"""What a policy says and hardly means: it can be used, and something in it has no effect, or another than it seems."""

from collections.abc import Iterable, Iterator

from reelsift.domain import taxonomy
from reelsift.domain.analyses.options import Values
from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
from reelsift.domain.combination_doubts import doubts_of_combinations
from reelsift.domain.doubt import Doubt
from reelsift.domain.duration_text import write_ms
from reelsift.domain.folding import fold_accents
from reelsift.domain.handling_doubts import doubts_of_handling
from reelsift.domain.ordinary_texts import ORDINARY_TEXTS
from reelsift.domain.parent_doubts import doubts_of_parents
from reelsift.domain.policy import Policy
from reelsift.domain.rules import Action, Rule, Rules
from reelsift.domain.sought_text import ReadText, SoughtText
from reelsift.domain.unseen_thresholds import UnseenThresholds

MOST_FOUND = 0.5
"""A rule on text that finds more than this share of ordinary texts finds nearly everything."""


_LISTED = 5


def doubts_of(policy: Policy, options: Values) -> list[Doubt]:
    """All that is to be doubted in a policy, for a deployment whose analyses have these options."""
    rules = policy.rules
    return [
        *_of_names(policy),
        *_of_confidences(policy, options),
        *doubts_of_parents(rules),
        *_of_lone_offs(rules),
        *_of_times(rules),
        *_of_older_labels(rules),
        *_of_kinds(rules),
        *_of_texts(rules),
        *doubts_of_combinations(rules),
        *doubts_of_handling(policy.handling, rules),
    ]


def what_is_unseen(unseen: UnseenThresholds) -> str:
    """In words that thresholds lie below what is ever seen."""
    thresholds = "a threshold lies" if unseen.count == 1 else f"{unseen.count:,} thresholds lie"
    return (
        f"of {unseen.analysis} {thresholds} below {unseen.least:g}, the lowest at {unseen.lowest:g}; but nothing below"
        f" {unseen.least:g} is seen (REELSIFT_{unseen.option.name.upper()})"
    )


def _of_names(policy: Policy) -> Iterator[Doubt]:
    for unknown in policy.unknown:
        state = f"{unknown.place} names {unknown.name}, which nobody knows: it has no effect there"
        yield Doubt(unknown.place, state, f"did you mean {unknown.nearest}?")


def _of_confidences(policy: Policy, options: Values) -> Iterator[Doubt]:
    if policy.fractions:
        state = "all thresholds lie below 1, so that nearly every label passes them"
        yield Doubt("", state, "write confidences from 0 to 100")
    for unseen in policy.unseen(options):
        mend = "lower the setting, or raise the thresholds to it"
        yield Doubt(str(unseen.analysis), what_is_unseen(unseen), mend)


def _of_lone_offs(rules: Rules) -> Iterator[Doubt]:
    """Of what is judged by name there is nothing to switch off unless something that stands above is judged."""
    for analysis, by_name in rules.by_name.items():
        if analysis.spec.judging is Judging.EVERY_LABEL or any(_acts(rules, rule) for rule in by_name.values()):
            continue
        members = {member.name for one in rules.together.values() for member in one.members_of(analysis)}
        names = [rule.name for name, rule in by_name.items() if name not in members]
        if names:
            state = f"nothing that {analysis} names has a threshold: it has no effect that {_listed(names)} stand there"
            yield Doubt(str(analysis), state, "give it a threshold for review, reject or alert, or take it out")


def _acts(rules: Rules, rule: Rule) -> bool:
    inherits = Action.ALERT not in rule.thresholds and rules.default.thresholds[Action.ALERT] is not None
    return inherits or any(value is not None for each in rule.every_threshold for value in each.values())


def _of_times(rules: Rules) -> Iterator[Doubt]:
    """One sample counts as long as it is to the next."""
    places = [("default", Analysis.CONTENT_MODERATION, rules.default)]
    places += [
        (f"{analysis}.{rule.name}", analysis, rule)
        for analysis, by_name in rules.by_name.items()
        if not analysis.spec.apart
        for rule in by_name.values()
    ]
    for place, analysis, rule in places:
        shortest = min(rule.at_least_ms.values(), default=0)
        if 0 < shortest <= analysis.spec.nominal_step_ms:
            step = write_ms(analysis.spec.nominal_step_ms)
            state = f"at_least of {write_ms(shortest)} has no effect: a single sample of {analysis} counts about {step}"
            yield Doubt(place, state, "say a longer time, or take it out")


def _of_older_labels(rules: Rules) -> Iterator[Doubt]:
    """Accounts were moved from version 6 to version 7 on one day: rules on what it reports no more act no more."""
    named = rules.by_name.get(Analysis.CONTENT_MODERATION, {})
    labels = {fold_accents(path[-1]): path[-1] for path in taxonomy.paths(taxonomy.V6)}
    for name, rule in named.items():
        heirs = taxonomy.successors(labels.get(name, ""))
        above = {fold_accents(label) for heir in heirs for label in taxonomy.path(heir, None)}
        if heirs and above.isdisjoint(named):
            state = f"only version 6 of the taxonomy reports it; version 7 reports {' and '.join(heirs)} in its place"
            yield Doubt(f"{Analysis.CONTENT_MODERATION}.{rule.name}", state, "name what version 7 reports, too")


def _of_kinds(rules: Rules) -> Iterator[Doubt]:
    """Only version 7 tells kinds of pictures."""
    now = {fold_accents(path[-1]) for path in taxonomy.paths(taxonomy.V7)}
    before = {fold_accents(path[-1]) for path in taxonomy.paths(taxonomy.V6)} - now
    for name, rule in rules.by_name.get(Analysis.CONTENT_MODERATION, {}).items():
        if rule.by_content and name in before:
            kinds = " and ".join(rule.by_content)
            state = f"what it says of {kinds} has no effect: the taxonomy with this label tells no kinds of pictures"
            yield Doubt(f"{Analysis.CONTENT_MODERATION}.{rule.name}", state, "name the label of version 7")


def _of_texts(rules: Rules) -> Iterator[Doubt]:
    texts = [ReadText(text) for text in ORDINARY_TEXTS]
    for analysis, by_name in rules.by_name.items():
        for rule in by_name.values():
            if rule.sought is None:
                continue
            place = f"{analysis}.{rule.name}"
            for pattern in sorted(rule.sought.patterns):
                found = _found(SoughtText([], [pattern]), texts)
                if found > MOST_FOUND:
                    state = f"the pattern {pattern} finds {found:.0%} of ordinary texts, and so nearly everything"
                    yield Doubt(place, state, "write it closer to what you mean")
            found = _found(SoughtText(rule.sought.phrases, []), texts)
            if found > MOST_FOUND:
                state = f"its words stand in {found:.0%} of ordinary texts, and so in nearly everything"
                yield Doubt(place, state, "take out those that stand everywhere")


def _found(sought: SoughtText, texts: Iterable[ReadText]) -> float:
    found = [sought.is_in(text) for text in texts]
    return sum(found) / len(found)


def _listed(names: list[str]) -> str:
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more:,} more" if more > 0 else "")
