"""What a policy says of queues to which nothing leads."""

from collections.abc import Iterator

from reelsift.domain import taxonomy
from reelsift.domain.analyses.spec import Judging
from reelsift.domain.analysis import Analysis
from reelsift.domain.content_type import ContentType
from reelsift.domain.doubt import Doubt
from reelsift.domain.folding import fold_accents
from reelsift.domain.handling import DEFAULT_QUEUE, Handling
from reelsift.domain.handling_document import OWN_QUEUES
from reelsift.domain.parent_doubts import MODERATION, name_of, names_of
from reelsift.domain.rules import Action, Rules


def doubts_of_handling(handling: Handling, rules: Rules) -> Iterator[Doubt]:
    """Labels with a queue that are never a reason, and hours for queues in which nothing waits."""
    reasons = _Reasons(rules)
    for name in handling.queues:
        if reasons.never(name):
            state = f"{name_of(name)} has a queue, and never leads there: it has no threshold for review or reject"
            yield Doubt("queues", state, "give it one, or take it out there")
    known = {rule.queue for rule in handling.queues.values()} | {DEFAULT_QUEUE, *OWN_QUEUES}
    for queue in handling.due_hours:
        if queue not in known:
            yield Doubt("due_hours", f"no label leads to the queue {queue}", "name it in `queues`, or take it out")


class _Reasons:
    """What may be a reason of a verdict."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        combined = [one for one in rules.together.values() if one.gives_verdict]
        self._combined = {fold_accents(one.name) for one in combined}
        self._members = {member.name for one in combined for member in one.members}
        self._combinations = set(rules.together)
        self._moderation = [path for tree in (taxonomy.V6, taxonomy.V7) for path in taxonomy.paths(tree)]
        self._labels = {fold_accents(label) for path in self._moderation for label in path}

    def never(self, name: str) -> bool:
        """Whether what goes by a folded name, and all that stands below it as far as is known, is never a reason. False
        where nobody knows the name: that is told already.
        """
        if name in self._combined or name in self._members:
            return False
        # A label may have the name of a rule on text, and of a person.
        named = [analysis for analysis in Analysis if name in self._rules.by_name.get(analysis, {})]
        if name in self._labels:
            named.append(MODERATION)
        if Analysis.LABELS in named:
            # Below it are labels without number, of which some may have rules.
            return False
        places = [self._is_reason(analysis, name) for analysis in named]
        return bool(places or name in self._combinations) and not any(places)

    def _is_reason(self, analysis: Analysis, name: str) -> bool:
        if analysis.spec.judging is not Judging.EVERY_LABEL:
            return self._acts(analysis, [name])
        below = [names for path in self._moderation if name in (names := names_of(path))]
        if any(self._members.intersection(names) for names in below):
            return True
        return any(self._acts(analysis, names) for names in (*below, [name]))

    def _acts(self, analysis: Analysis, names: list[str]) -> bool:
        every_kind = [frozenset[ContentType](), *(frozenset({kind}) for kind in ContentType)]
        return any(
            self._rules.bar(action, analysis, names, kinds) is not None
            for action in (Action.REVIEW, Action.REJECT)
            for kinds in every_kind
        )
