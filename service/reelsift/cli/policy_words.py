"""A version of the policy, and what changes by it, in words and as JSON."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from reelsift.domain.policy import Policy
from reelsift.domain.policy_changes import PolicyChange, policy_changes
from reelsift.domain.policy_test import PolicyTestRun
from reelsift.domain.policy_version import PolicyVersion
from reelsift.policy_versions.publishing import Succession
from reelsift.reports import wording
from reelsift.reports.policy_test_report import DecisionTime, coverage, heading, move_words, moves_in_order, unknowns

ENTRIES_SHOWN = 5
"""Of a list that has changed, as many of what was added and of what was removed."""

CHANGES_SHOWN = 200
"""Lines of changes; JSON has them all."""


def succession_members(succession: Succession) -> dict[str, Any]:
    """What would go live, and what changes by it, as JSON. `changes` is null where what holds cannot be read."""
    before = succession.policy_before
    changes = (
        None if before is None else [change.members() for change in policy_changes(before, succession.policy_after)]
    )
    return {
        "before": None if succession.before is None else succession.before.members(),
        "after": succession.after.members(),
        "needs": sorted(succession.policy_after.needs),
        "changes": changes,
    }


def succession_lines(succession: Succession) -> Iterator[str]:
    """What a person reads before they say yes."""
    before, after = succession.before, succession.after
    if before is None:
        yield "no policy is live yet: this would be the first version"
    else:
        yield f"epoch {before.epoch} would be followed by epoch {after.epoch}"
    if succession.policy_before is not None:
        yield from _changed(policy_changes(succession.policy_before, succession.policy_after))
        yield from _needs(succession.policy_before, succession.policy_after)
    elif before is not None:
        yield "what is live now cannot be read, so that nothing can be compared with it"
    if before is not None:
        yield from _digests(before, after)
    yield from _rejecting(before, after)


def test_lines(run: PolicyTestRun, time: DecisionTime) -> Iterator[str]:
    """What a policy would make of what is stored, in short."""
    test = run.test
    yield f"held against {heading(run)}: {coverage(run)}"
    if not test.concludes:
        return
    moves = ", ".join(f"{move_words(move)} {videos:,}" for move, videos in moves_in_order(test.moves))
    yield f"another verdict, if `reelsift reevaluate` acted on them: {moves or 'no video'}"
    before, after = (test.in_review(side) for side in (0, 1))
    hours = f", {wording.span(time.load_ms(after))} of people's time" if after else ""
    yield f"to review: {before:,} before, {after:,} after{hours}"
    for sentence in unknowns(run):
        yield f"not known: {sentence}"


def rejecting(version: PolicyVersion) -> str:
    """Whether machines reject, and who says so."""
    if version.auto_reject_by is None or version.auto_reject_at_ms is None:
        return "no"
    word = "yes" if version.auto_reject else "no"
    return f"{word}, by {version.auto_reject_by} since {wording.moment(version.auto_reject_at_ms)}"


def _changed(changes: list[PolicyChange]) -> Iterator[str]:
    if not changes:
        yield "  the document says the same"
    for change in changes[:CHANGES_SHOWN]:
        yield f"  {_change(change)}"
    if len(changes) > CHANGES_SHOWN:
        yield f"  and {wording.count(len(changes) - CHANGES_SHOWN, 'more change')}; --json has them all"


def _change(change: PolicyChange) -> str:
    place = " > ".join(map(wording.short, change.path))
    if not (change.removed or change.added):
        return f"{place}: {_value(change.before)} -> {_value(change.after)}"
    parts = []
    for word, entries in (("removed", change.removed), ("added", change.added)):
        if entries:
            some = ", ".join(map(wording.short, entries[:ENTRIES_SHOWN]))
            more = ", …" if len(entries) > ENTRIES_SHOWN else ""
            parts.append(f"{wording.number(len(entries))} {word} ({some}{more})")
    return f"{place}: {', '.join(parts)}"


def _value(value: Any) -> str:
    # YAML reads `off` as false.
    if value is None:
        return "not said"
    if value is False:
        return "off"
    return wording.short(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _needs(before: Policy, after: Policy) -> Iterator[str]:
    if before.needs != after.needs:
        yield f"it needs {_listed(after.needs)}; before {_listed(before.needs)}"


def _listed(names: Any) -> str:
    return ", ".join(sorted(map(str, names))) or "no analysis"


def _digests(before: PolicyVersion, after: PolicyVersion) -> Iterator[str]:
    if before.judging != after.judging:
        yield f"judging {before.judging} -> {after.judging}: what is judged from then on may get another verdict"
    if before.handling != after.handling:
        yield f"handling {before.handling} -> {after.handling}: people may be asked other things"
    if before.judging == after.judging and before.handling == after.handling:
        yield "no verdict changes by it, and people are asked the same"
    elif before.judging != after.judging:
        yield "verdicts that were made stay as they are until `reelsift reevaluate`"


def _rejecting(before: PolicyVersion | None, after: PolicyVersion) -> Iterator[str]:
    if before is not None and before.auto_reject is after.auto_reject:
        yield f"machines reject: {rejecting(after)}, as before"
    else:
        was = "no" if before is None or not before.auto_reject else "yes"
        yield f"machines reject: {was} -> {'yes' if after.auto_reject else 'no'}"
    known: Mapping[Any, tuple[str, ...]] = {} if before is None else before.known_models
    for analysis, models in after.known_models.items():
        new = [model for model in models if model not in known.get(analysis, ())]
        gone = [model for model in known.get(analysis, ()) if model not in models]
        if before is not None and new:
            yield f"models of {analysis} that were met since then, and count as known now: {', '.join(new)}"
        if gone:
            yield f"models of {analysis} that were not known then: {', '.join(gone)}"
