"""What changes between two policies is said place by place, and nothing else is."""

from typing import Any

import pytest

from reelsift.domain.policy import Policy
from reelsift.domain.policy_changes import PolicyChange, policy_changes

TEXT = "text: {threats: {words: [kill, kill you], review: 80}, contact: {patterns: ['t.me'], review: 90}}"


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        (TEXT, f"# the same\n{TEXT}", []),
        (
            "content_moderation: {Weapons: {review: 80}}",
            "content_moderation: {Weapons: {review: 90, reject: off}}",
            [
                PolicyChange(("content_moderation", "Weapons", "reject"), None, after=False),
                PolicyChange(("content_moderation", "Weapons", "review"), 80, 90),
            ],
        ),
        (
            "content_moderation: {Weapons: {review: 80}}",
            "labels: {Gun: {review: 70}}",
            [
                PolicyChange(("content_moderation", "Weapons", "review"), 80, None),
                PolicyChange(("labels", "Gun", "review"), None, 70),
            ],
        ),
        (
            TEXT,
            "text: {threats: {words: [kill you, maim], review: 80}}",
            [
                PolicyChange(("text", "contact", "patterns"), removed=("t.me",)),
                PolicyChange(("text", "contact", "review"), 90, None),
                PolicyChange(("text", "threats", "words"), removed=("kill",), added=("maim",)),
            ],
        ),
        (
            "content_moderation: {Weapons: {review: 80}}",
            "content_moderation: off\nlabels: {Gun: {review: 1}}",
            [
                PolicyChange(("content_moderation",), {"Weapons": {"review": 80}}, after=False),
                PolicyChange(("labels", "Gun", "review"), None, 1),
            ],
        ),
        (
            "{ignore_in: [EndCredits], audit_approvals: 0.5 %}",
            "{ignore_in: [EndCredits, EndCredits], audit_approvals: 1 %}",
            [PolicyChange(("audit_approvals",), "0.5 %", "1 %")],
        ),
    ],
)
def test_each_place_that_says_something_else_is_named_once(
    before: str, after: str, changes: list[PolicyChange]
) -> None:
    def between(first: str, second: str) -> list[PolicyChange]:
        return policy_changes(Policy.parse(first), Policy.parse(second))

    assert between(before, after) == changes
    assert between(before, before) == between(after, after) == []
    assert [change.path for change in between(after, before)] == [change.path for change in changes]


@pytest.mark.parametrize(
    ("change", "members"),
    [
        (PolicyChange(("default", "review"), 80, None), {"path": ["default", "review"], "before": 80, "after": None}),
        (PolicyChange(("ignore_in",), added=("Slate",)), {"path": ["ignore_in"], "removed": [], "added": ["Slate"]}),
    ],
)
def test_a_change_as_json(change: PolicyChange, members: dict[str, Any]) -> None:
    assert change.members() == members
