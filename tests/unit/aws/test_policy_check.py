"""What the doctor says of a policy."""

from typing import TYPE_CHECKING, Any, cast

import pytest

from reelsift.aws.checkup.finding import Finding
from reelsift.aws.checkup.policy import check_policy
from reelsift.domain.policy import Policy
from support.memory_stores import settings

if TYPE_CHECKING:
    from reelsift.aws.clients import Clients


async def findings(**members: Any) -> list[Finding]:
    return [finding async for finding in check_policy(cast("Clients", None), settings(**members))]


async def test_a_policy_whose_analyses_are_asked_for_is_well() -> None:
    (finding,) = await findings()
    assert (finding.grade, finding.state) == ("ok", f"{Policy.built_in().digest}, needs content_moderation")


async def test_an_analysis_that_the_policy_needs_and_nobody_asks_for_is_a_warning() -> None:
    policy = "text: {a: {words: b, review: 80}}\nlabels: {Gun: {reject: 80}}"
    (finding,) = await findings(policy_document=policy, analyses="content_moderation,labels")
    assert finding.grade == "warning"
    assert finding.state.startswith("it needs text, which REELSIFT_ANALYSES does not name")


@pytest.mark.parametrize(
    ("policy", "state", "mend"),
    [
        ("content_moderation: {Wepons: off}", "content_moderation names Wepons, which nobody", "did you mean Weapons?"),
        ("default: {review: 0.8, alert: 0.9}", "all thresholds lie below 1", "write confidences from 0 to 100"),
    ],
)
async def test_what_a_policy_hardly_means_is_a_warning(policy: str, state: str, mend: str) -> None:
    (finding,) = await findings(policy_document=policy)
    assert (finding.grade, finding.mend) == ("warning", mend)
    assert finding.state.startswith(state)


async def test_a_policy_that_cannot_be_used_is_broken() -> None:
    (finding,) = await findings(policy_document="text: {a: {words_file: b.txt, review: 80}}")
    assert finding.grade == "broken"
    assert finding.state == (
        "REELSIFT_POLICY_DOCUMENT: text.a.words_file: no file lies beside this policy: its words must stand in `words`"
    )


async def test_a_policy_that_alerts_alone_is_told_to_give_no_verdict() -> None:
    (finding,) = await findings(policy_document="content_moderation: off\nlabels: {Gun: {alert: 50}}")
    assert finding.state.endswith("needs no analysis: it alerts, and gives no verdict")
