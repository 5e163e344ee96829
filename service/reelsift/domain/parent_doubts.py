"""Thresholds of moderation labels that have no effect, for a label above is reported as well and has a lower one."""

from collections.abc import Iterator, Mapping

from reelsift.domain import taxonomy
from reelsift.domain.analysis import Analysis
from reelsift.domain.doubt import Doubt
from reelsift.domain.duration_text import write_ms
from reelsift.domain.folding import fold_accents
from reelsift.domain.rules import Action, Bar, Rule, Rules

MODERATION = Analysis.CONTENT_MODERATION

_DONE = {Action.REVIEW: "sent to review", Action.REJECT: "rejected", Action.ALERT: "alerted"}


def doubts_of_parents(rules: Rules) -> Iterator[Doubt]:
    """Each threshold of a label that lies above one that holds for a label above it: Rekognition reports both, the
    upper as sure as the lower.
    """
    for name, rule in rules.by_name.get(MODERATION, {}).items():
        path = _PATHS.get(name)
        if path is None or MODERATION in rules.switched_off:
            continue
        for action in rule.thresholds:
            said = _without_effect(rules, action, path, rule)
            if said is not None:
                above, bar = said
                state = (
                    f"{action} {_words(rule.bar(action))} has no effect: where there is {rule.name}, Rekognition is as"
                    f" sure of {above}, which is {_DONE[action]} at {_words(bar)}"
                )
                yield Doubt(f"{MODERATION}.{rule.name}", state, _mend(action, above, rule.bar(action)))


def names_of(path: tuple[str, ...]) -> list[str]:
    """The folded names by which rules know the label at the end of a path, the nearest first."""
    return [fold_accents(label) for label in reversed(path)]


def path_of(name: str) -> tuple[str, ...] | None:
    """The path of a moderation label by its folded name, from the top level down; None where nobody knows it. A label
    of both versions stands where version 7 has it, which is what Rekognition answers by today.
    """
    return _PATHS.get(name)


def name_of(folded: str) -> str:
    """A folded name as the taxonomy writes it, or as it is."""
    path = _PATHS.get(folded)
    return folded if path is None else path[-1]


def _without_effect(rules: Rules, action: Action, path: tuple[str, ...], rule: Rule) -> tuple[str, Bar] | None:
    """The nearest label above that acts whenever this one would, and before; with its bar."""
    own = rule.bar(action)
    ignored = rules.ignore_in(MODERATION, names_of(path))
    for length in range(len(path) - 1, 0, -1):
        names = names_of(path[:length])
        bar = rules.bar(action, MODERATION, names)
        if bar is None or not rules.ignore_in(MODERATION, names) <= ignored:
            continue
        if own is None or (bar != own and bar.threshold <= own.threshold and bar.at_least_ms <= own.at_least_ms):
            return path[length - 1], bar
    return None


def _words(bar: Bar | None) -> str:
    if bar is None:
        return "off"
    return f"{bar.threshold:g}" + (f" for {write_ms(bar.at_least_ms)}" if bar.at_least_ms else "")


def _mend(action: Action, above: str, own: Bar | None) -> str:
    if own is None:
        return f"switch {action} off for {above}, and write it for the other labels below"
    return f"make {above} as mild ({action} {_words(own)}), and write what is stricter for labels below that need it"


def _paths() -> Mapping[str, tuple[str, ...]]:
    # Of one version's two labels "Gambling" the upper one, and version 7 before version 6: the last takes the place.
    trees = (taxonomy.V6, taxonomy.V7)
    every = (path for tree in trees for path in sorted(taxonomy.paths(tree), key=len, reverse=True))
    return {fold_accents(path[-1]): path for path in every}


_PATHS = _paths()
