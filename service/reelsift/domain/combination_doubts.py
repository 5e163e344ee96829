"""Combinations of a policy that never change a verdict."""

from collections.abc import Iterator

from reelsift.domain.analysis import Analysis
from reelsift.domain.combination import Member
from reelsift.domain.doubt import Doubt
from reelsift.domain.folding import fold_accents
from reelsift.domain.parent_doubts import name_of, names_of, path_of
from reelsift.domain.rules import Action, Combination, Rules


def doubts_of_combinations(rules: Rules) -> Iterator[Doubt]:
    """What of combinations has no effect: one without thresholds, one that asks no less of its members together than is
    asked of one of them alone, and a member that is reported wherever another is.
    """
    for combination in rules.together.values():
        place = f"together.{combination.name}"
        if all(rules.threshold_together(action, combination) is None for action in Action):
            yield Doubt(place, "it has no threshold, and so no effect", "give it one for review, reject or alert")
            continue
        if alone := _as_strict_alone(rules, combination):
            state = f"it changes no verdict: {name_of(alone.name)} alone has thresholds that are no higher"
            yield Doubt(place, state, "lower its thresholds, or raise those of what it names")
        for member, above in _nested(combination):
            upper, lower = name_of(above.name), name_of(member.name)
            state = f"it names {upper}, which is reported wherever {lower} is: that asks for nothing more"
            yield Doubt(place, state, f"take out {upper}, or name another label")


def _as_strict_alone(rules: Rules, combination: Combination) -> Member | None:
    """A member that by itself always has the effect that the combination has."""
    said = [action for action in (Action.REJECT, Action.REVIEW) if combination.thresholds.get(action) is not None]
    if not said:
        return None
    alone = (member for member in combination.members if all(_acts(rules, member, combination, one) for one in said))
    return next(alone, None)


def _acts(rules: Rules, member: Member, combination: Combination, action: Action) -> bool:
    threshold = combination.thresholds[action]
    names = _names(member)
    chain = [rules.by_name.get(member.analysis, {}).get(name) for name in names]
    if threshold is None or any(rule is not None and rule.by_content for rule in (*chain, rules.default)):
        return False
    if not rules.ignore_in(member.analysis, names) <= rules.ignore_in_together(combination, member.analysis):
        return False
    # What is rejected alone need not be sent to review together.
    enough = (Action.REJECT,) if action is Action.REJECT else (Action.REVIEW, Action.REJECT)
    bars = (rules.bar(one, member.analysis, names) for one in enough)
    return any(bar is not None and bar.threshold <= threshold and not bar.at_least_ms for bar in bars)


def _names(member: Member) -> list[str]:
    path = path_of(member.name) if member.analysis is Analysis.CONTENT_MODERATION else None
    return [member.name] if path is None else names_of(path)


def _nested(combination: Combination) -> Iterator[tuple[Member, Member]]:
    """Moderation labels of which one stands above another, the lower first."""
    members = list(combination.members_of(Analysis.CONTENT_MODERATION))
    for member in members:
        above = set(map(fold_accents, (path_of(member.name) or ())[:-1]))
        yield from ((member, other) for other in members if other.name in above)
