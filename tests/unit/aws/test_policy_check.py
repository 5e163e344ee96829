"""What the doctor says of a policy."""

from typing import TYPE_CHECKING, Any, cast

import pytest

from reelsift.aws.checkup.finding import Finding
from reelsift.aws.checkup.policy import check_policy, oddities
from reelsift.policies import configured_policy
from support.memory_stores import settings

if TYPE_CHECKING:
    from reelsift.aws.clients import Clients


def findings(**members: Any) -> list[Finding]:
    with_these = settings(**members)
    return oddities(configured_policy(with_these), with_these)


def test_about_a_policy_whose_analyses_are_asked_for_nothing_is_odd() -> None:
    assert findings() == []


def test_an_analysis_that_the_policy_needs_and_nobody_asks_for_is_a_warning() -> None:
    policy = "text: {a: {words: b, review: 80}}\nlabels: {Gun: {reject: 80}}"
    (finding,) = findings(policy_document=policy, analyses="content_moderation,labels")
    assert finding.grade == "warning"
    assert finding.state.startswith("it needs text, which REELSIFT_ANALYSES does not name")


@pytest.mark.parametrize(
    ("policy", "state", "mend"),
    [
        ("content_moderation: {Wepons: off}", "content_moderation names Wepons, which nobody", "did you mean Weapons?"),
        ("default: {review: 0.8, alert: 0.9}", "all thresholds lie below 1", "write confidences from 0 to 100"),
    ],
)
def test_what_a_policy_hardly_means_is_a_warning(policy: str, state: str, mend: str) -> None:
    (finding,) = findings(policy_document=policy)
    assert (finding.grade, finding.mend) == ("warning", mend)
    assert finding.state.startswith(state)


@pytest.mark.parametrize(
    ("policy", "options", "state"),
    [
        (
            "celebrities: {Ada Mirren: {review: 60, reject: 70}}",
            {},
            (
                "of celebrities 2 thresholds lie below 90, the lowest at 60; but nothing below 90 is seen"
                " (REELSIFT_CELEBRITIES_MIN_CONFIDENCE)"
            ),
        ),
        (
            (
                "content_moderation: {Weapons: {review: 80, animated: {review: 45}}}\n"
                "together: {armed: {content_moderation: [Weapons, Alcohol], within: 1 s, review: 40}}"
            ),
            {},
            (
                "of content_moderation 2 thresholds lie below 50, the lowest at 40; but nothing below 50 is seen"
                " (REELSIFT_MIN_CONFIDENCE)"
            ),
        ),
        (
            "text: {a: {words: kill, review: 75}}",
            {},
            (
                "of text a threshold lies below 80, the lowest at 75; but nothing below 80 is seen"
                " (REELSIFT_TEXT_MIN_CONFIDENCE)"
            ),
        ),
        (
            "default: {review: 80, alert: 95}",
            {"min_confidence": 85},
            (
                "of content_moderation a threshold lies below 85, the lowest at 80; but nothing below 85 is seen"
                " (REELSIFT_MIN_CONFIDENCE)"
            ),
        ),
    ],
)
def test_a_threshold_below_what_is_seen_is_a_warning(policy: str, options: dict[str, Any], state: str) -> None:
    found = findings(policy_document=policy, analyses="content_moderation,text,celebrities", **options)
    assert [(finding.grade, finding.state) for finding in found] == [("warning", state)]


@pytest.mark.parametrize(
    "policy",
    ["content_moderation: off", "text: {a: {words: b, review: 80}}", "labels: {Gun: {review: 0}}"],
)
def test_a_threshold_that_can_act_or_means_everything_is_none(policy: str) -> None:
    found = findings(policy_document=policy, analyses="content_moderation,labels,text", min_confidence=80)
    assert found == []


async def test_a_setting_with_which_no_worker_starts_is_broken() -> None:
    unusable = settings(policy_document="text: {a: {words_file: b.txt, review: 80}}")
    (finding,) = [finding async for finding in check_policy(cast("Clients", None), unusable)]
    assert finding.grade == "broken"
    assert finding.state == (
        "REELSIFT_POLICY_DOCUMENT: text.a.words_file: no file lies beside this policy: its words must stand in `words`"
    )
