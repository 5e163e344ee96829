"""What can be asked to be decided, and the sentence for what cannot."""

from typing import Any

import pytest

from reelsift.domain.decision import Action, EscalationKind
from reelsift.domain.decision_request import DecisionRequest, UnusableRequest
from reelsift.domain.status import Restriction


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"action": Action.REJECT}, "reject needs a reason of the catalogue: the uploader is owed one"),
        ({"action": Action.RESTRICT, "age": 18}, "restrict needs a reason of the catalogue: the uploader is owed one"),
        (
            {"action": Action.APPROVE, "reasons": ("a",)},
            "approve takes no reason: say in a note what it is for",
        ),
        ({"action": Action.REJECT, "reasons": ("a",) * 11}, "there are 11 reasons; a decision takes 10"),
        (
            {"action": Action.RESTRICT, "reasons": ("a",)},
            "restrict needs an age, a territory, a warning label, demote or demonetise",
        ),
        ({"action": Action.RESTRICT, "reasons": ("a",), "age": 0}, "the age must lie between 1 and 99 years"),
        (
            {"action": Action.RESTRICT, "reasons": ("a",), "territories": ("Bavaria",)},
            "'Bavaria' is no territory: they are named by two letters (ISO 3166-1), such as DE",
        ),
        (
            {"action": Action.RESTRICT, "reasons": ("a",), "warning_label": " "},
            "a warning label has 1 to 200 characters",
        ),
        (
            {"action": Action.REJECT, "reasons": ("a",), "demote": True},
            "reject restricts nothing: age, territories, warning label, demote and demonetise are for restrict",
        ),
        ({"action": Action.APPROVE, "note": "x" * 2001}, "the note has 2,001 characters; it takes 2,000"),
        ({"action": Action.WITHDRAW}, "withdraw takes back one decision, and has to name it by its number"),
        ({"action": Action.APPROVE, "decision": 1}, "approve names no decision: only withdraw does"),
        (
            {"action": Action.APPROVE, "kind": EscalationKind.LEGAL},
            "approve has no kind: only escalate has",
        ),
        ({"action": Action.UPHOLD}, "uphold decides an appeal, and has to name it"),
        ({"action": Action.APPROVE, "appeal": "7"}, "approve decides no appeal: uphold and overturn do"),
        ({"action": Action.UPHOLD, "appeal": "7" * 101}, "the name of an appeal has up to 100 characters"),
        (
            {"action": Action.OVERTURN, "appeal": "7"},
            "overturn needs what the video is to be: approve, reject, restrict",
        ),
        (
            {"action": Action.OVERTURN, "appeal": "7", "to": Action.RESTRICT, "age": 18},
            "overturn to restrict needs a reason of the catalogue: the uploader is owed one",
        ),
        ({"action": Action.APPROVE, "to": Action.REJECT}, "approve turns into nothing else: only overturn does"),
    ],
)
def test_each_fault_is_a_sentence(members: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UnusableRequest) as refused:
        DecisionRequest(**members).checked()
    assert sentence in str(refused.value).split("\n")


@pytest.mark.parametrize(
    "members",
    [
        {"action": Action.APPROVE, "note": "fine"},
        {"action": Action.REJECT, "reasons": ("a", "b")},
        {"action": Action.RESTRICT, "reasons": ("a",), "demonetise": True},
        {"action": Action.ESCALATE},
        {"action": Action.ESCALATE, "reasons": ("a",), "kind": EscalationKind.LEGAL},
        {"action": Action.WITHDRAW, "decision": 3},
        {"action": Action.UPHOLD, "appeal": "7"},
        {"action": Action.OVERTURN, "appeal": "7", "to": Action.APPROVE},
        {"action": Action.OVERTURN, "appeal": "7", "to": Action.RESTRICT, "reasons": ("a",), "age": 16},
    ],
)
def test_what_can_be_decided_passes(members: dict[str, Any]) -> None:
    request = DecisionRequest(**members)
    assert request.checked() is request


def test_a_restriction_has_its_territories_once_and_in_order() -> None:
    request = DecisionRequest(action=Action.RESTRICT, reasons=("a",), territories=("de", "AT", "DE"))
    assert request.restriction == Restriction(territories=("AT", "DE"))
    assert DecisionRequest(action=Action.REJECT, reasons=("a",)).restriction is None


def test_a_repetition_is_known_and_anything_else_is_another_request() -> None:
    request = DecisionRequest(action=Action.REJECT, reasons=("a",), note="x")
    digests = {
        request.digest("v", "p-anna"),
        request.digest("w", "p-anna"),
        request.digest("v", "p-ben"),
        DecisionRequest(action=Action.REJECT, reasons=("a",), note="y").digest("v", "p-anna"),
    }
    assert len(digests) == 4
    assert DecisionRequest(action=Action.REJECT, reasons=("a",), note="x").digest("v", "p-anna") in digests
