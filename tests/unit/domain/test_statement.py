"""Statements of reasons: each that is made is one that the EU's transparency database takes, and leads to nobody.

`_RULES` are the rules of its interface in our own words, from its source: digital-services-act/transparency-database,
`app/Http/Requests/StatementStoreRequest.php` and the enumerations of `app/Models/Statement.php`.
"""

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.decision import Action, Decision, EscalationKind
from reelsift.domain.reason_catalogue import DecisionReason, Ground, ReasonCatalogue, StatementCategory
from reelsift.domain.statement import (
    EEA,
    Circumstances,
    Deciding,
    NoStatement,
    PeriodicCounts,
    Source,
    puid,
    statement,
)
from reelsift.domain.status import Restriction, Status
from reelsift.domain.territories import TERRITORIES

_VISIBILITY = {
    *("DECISION_VISIBILITY_CONTENT_REMOVED", "DECISION_VISIBILITY_CONTENT_DISABLED"),
    *("DECISION_VISIBILITY_CONTENT_DEMOTED", "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED"),
    *("DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED", "DECISION_VISIBILITY_CONTENT_LABELLED"),
}
_MONETARY = {"DECISION_MONETARY_SUSPENSION", "DECISION_MONETARY_TERMINATION"}
_CATEGORIES = {
    f"STATEMENT_CATEGORY_{name}"
    for name in (
        *("ANIMAL_WELFARE", "CONSUMER_INFORMATION", "CYBER_VIOLENCE", "CYBER_VIOLENCE_AGAINST_WOMEN"),
        *("DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", "ILLEGAL_OR_HARMFUL_SPEECH"),
        *("INTELLECTUAL_PROPERTY_INFRINGEMENTS", "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS"),
        *("NOT_SPECIFIED_NOTICE", "OTHER_VIOLATION_TC", "PROTECTION_OF_MINORS", "RISK_FOR_PUBLIC_SECURITY"),
        *("SCAMS_AND_FRAUD", "SELF_HARM", "UNSAFE_AND_PROHIBITED_PRODUCTS", "VIOLENCE"),
    )
}
_COUNTRIES = {
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI"),
    *("LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
}
_ONE_OF = {
    "decision_ground": {"DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT"},
    "decision_monetary": _MONETARY,
    "incompatible_content_illegal": {"Yes", "No"},
    "category": _CATEGORIES,
    "source_type": {
        *("SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER", "SOURCE_TYPE_OTHER_NOTIFICATION", "SOURCE_VOLUNTARY"),
    },
    "automated_detection": {"Yes", "No"},
    "automated_decision": {
        *("AUTOMATED_DECISION_FULLY", "AUTOMATED_DECISION_PARTIALLY", "AUTOMATED_DECISION_NOT_AUTOMATED"),
    },
}
_SOME_OF = {
    "decision_visibility": _VISIBILITY,
    "content_type": {"CONTENT_TYPE_VIDEO"},
    "category_addition": _CATEGORIES,
    "territorial_scope": _COUNTRIES,
}
_LONGEST = {
    "illegal_content_legal_ground": 500,
    "illegal_content_explanation": 2000,
    "incompatible_content_ground": 500,
    "incompatible_content_explanation": 2000,
    "decision_facts": 5000,
    "puid": 500,
}
_REQUIRED = {
    *("decision_ground", "content_type", "category", "content_date", "application_date", "decision_facts"),
    *("source_type", "automated_detection", "automated_decision", "puid"),
}
_OF_GROUND = {
    "DECISION_GROUND_ILLEGAL_CONTENT": {"illegal_content_legal_ground", "illegal_content_explanation"},
    "DECISION_GROUND_INCOMPATIBLE_CONTENT": {"incompatible_content_ground", "incompatible_content_explanation"},
}
_MAY_BE = {*_REQUIRED, *_ONE_OF, *_SOME_OF, *_LONGEST}


def _faults(made: dict[str, Any]) -> list[str]:
    """What the database would refuse."""
    faults = [f"{name}: not known" for name in made.keys() - _MAY_BE]
    faults += [f"{name}: required" for name in _REQUIRED - made.keys()]
    faults += [f"{name}: empty" for name, value in made.items() if not value]
    faults += [
        f"{name}: no such value" for name, values in _ONE_OF.items() if name in made and made[name] not in values
    ]
    for name, values in _SOME_OF.items():
        if name in made and not (isinstance(made[name], list) and set(made[name]) <= values):
            faults.append(f"{name}: no such value")
    faults += [f"{name}: too long" for name, longest in _LONGEST.items() if len(made.get(name, "")) > longest]
    if not {"decision_visibility", "decision_monetary"} & made.keys():
        faults.append("no decision")
    for ground, members in _OF_GROUND.items():
        needed = made["decision_ground"] == ground
        faults += [
            f"{name}: {'required' if needed else 'of another ground'}" for name in members if (name in made) != needed
        ]
    for name, first in (("content_date", "2000-01-01"), ("application_date", "2020-01-01")):
        if not (date.fromisoformat(first) <= date.fromisoformat(made[name]) <= date(2038, 1, 1)):
            faults.append(f"{name}: out of range")
    if not re.fullmatch(r"[a-zA-Z0-9\-_]+", made["puid"]):
        faults.append("puid: malformed")
    return faults


_texts = st.text(min_size=1, max_size=2000)
_reasons = st.builds(
    DecisionReason,
    code=st.from_regex(r"[a-z][a-z0-9_]{0,47}", fullmatch=True),
    words=st.text(min_size=1, max_size=200),
    ground=st.sampled_from(Ground),
    reference=st.text(min_size=1, max_size=500),
    explanation=_texts,
    category=st.sampled_from(StatementCategory),
    territories=st.lists(st.sampled_from(sorted(TERRITORIES)), max_size=4, unique=True).map(tuple),
)
_restrictions = st.builds(
    Restriction,
    age=st.none() | st.integers(1, 99),
    territories=st.lists(st.sampled_from(sorted(TERRITORIES)), max_size=4, unique=True).map(tuple),
    warning_label=st.just("SECRET warning"),
    demote=st.booleans(),
    demonetise=st.booleans(),
)
_only_territories = st.builds(
    Restriction, territories=st.lists(st.sampled_from(EEA), min_size=1, max_size=3, unique=True).map(tuple)
)
_only_money = st.just(Restriction(demonetise=True))
_decisions = st.builds(
    Decision,
    video_id=st.just("5ec2e7" * 6 + "5ec2"),
    number=st.integers(1, 9),
    action=st.sampled_from(Action),
    by=st.just("p-secretdecider"),
    principal=st.just("p-secretprincipal"),
    at_ms=st.integers(1_577_836_800_000, 2_145_830_400_000),
    status=st.none() | st.sampled_from(Status),
    restriction=_restrictions | _only_territories | _only_money,
    reasons=st.lists(_reasons, max_size=3).map(tuple),
    kind=st.none() | st.sampled_from(EscalationKind),
    appeal=st.just("appeal-secret"),
    automated=st.booleans(),
    content_date=st.none() | st.dates(date(1990, 1, 1), date(2037, 12, 31)).map(date.isoformat),
    private_digest=st.just("a" * 64),
)
_circumstances = st.builds(
    Circumstances,
    withdrawn=st.booleans(),
    sealed=st.booleans(),
    source=st.sampled_from(Source),
    deciding=st.sampled_from(Deciding),
)
NUDITY = ReasonCatalogue.built_in().by_code["nudity"]
REJECTED = Decision(
    video_id="a" * 40,
    number=3,
    action=Action.REJECT,
    by="p-one",
    principal="p-one",
    at_ms=1_790_000_000_000,
    status=Status.REJECTED,
    reasons=(NUDITY,),
    automated=True,
    content_date="2026-09-01",
    private_digest="b" * 64,
)


def _made(decision: Decision, **circumstances: Any) -> dict[str, Any]:
    made = statement(decision, Circumstances(**circumstances))
    assert isinstance(made, dict)
    return made


@given(_decisions, _circumstances)
def test_every_statement_is_one_that_the_database_takes(decision: Decision, circumstances: Circumstances) -> None:
    made = statement(decision, circumstances)
    if isinstance(made, NoStatement):
        return
    assert _faults(made) == []


@given(_decisions, _circumstances)
def test_no_statement_leads_to_a_person_or_a_video(decision: Decision, circumstances: Circumstances) -> None:
    told = json.dumps(statement(decision, circumstances)).lower()
    named = {decision.video_id, decision.by, decision.principal, str(decision.appeal), decision.digest, "secret"}
    assert [name for name in named if name in told] == []


@given(_decisions)
def test_what_restricts_nobody_is_told_nowhere(decision: Decision) -> None:
    made = statement(decision, Circumstances())
    if decision.status not in {Status.REJECTED, Status.RESTRICTED}:
        assert made is NoStatement.NO_RESTRICTION
    assert isinstance(statement(decision, Circumstances(withdrawn=True)), NoStatement)
    assert isinstance(statement(decision, Circumstances(sealed=True)), NoStatement)


def test_the_rules_of_these_tests_find_what_is_wrong() -> None:
    made = _made(REJECTED)
    assert _faults(made) == []
    assert _faults(made | {"url": "s3://bucket/key"}) == ["url: not known"]
    assert _faults({name: value for name, value in made.items() if name != "decision_visibility"}) == ["no decision"]
    assert _faults(made | {"decision_facts": "x" * 5001}) == ["decision_facts: too long"]
    assert _faults(made | {"puid": "a/b"}) == ["puid: malformed"]
    assert _faults(made | {"decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT"}) != []


def test_a_statement_says_what_was_decided() -> None:
    assert _made(REJECTED) == {
        "puid": puid(REJECTED.digest),
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_DISABLED"],
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": "Terms and conditions, nudity and sexual content",
        "incompatible_content_explanation": NUDITY.explanation,
        "content_type": ["CONTENT_TYPE_VIDEO"],
        "category": "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
        "territorial_scope": sorted(_COUNTRIES),
        "content_date": "2026-09-01",
        "application_date": "2026-09-21",
        "decision_facts": "The video was checked on the platform's own initiative. Automated analysis of its frames had"
        " found something to look at. A reviewer found: Nudity or sexual acts.",
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "Yes",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
    }


def test_each_restriction_has_its_own_word_and_territories_bound_it() -> None:
    restricted = replace(REJECTED, status=Status.RESTRICTED, action=Action.RESTRICT)
    all_of_it = Restriction(age=18, territories=("DE", "US"), warning_label="Blood", demote=True, demonetise=True)
    made = _made(replace(restricted, restriction=all_of_it))
    assert made["decision_visibility"] == [
        "DECISION_VISIBILITY_CONTENT_DEMOTED",
        "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
        "DECISION_VISIBILITY_CONTENT_LABELLED",
    ]
    assert made["decision_monetary"] == "DECISION_MONETARY_SUSPENSION"
    assert made["territorial_scope"] == ["DE"]
    money = _made(replace(restricted, restriction=Restriction(demonetise=True)))
    assert "decision_visibility" not in money
    blocked = _made(replace(restricted, restriction=Restriction(territories=("FR",))))
    assert blocked["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_DISABLED"]
    abroad = replace(restricted, restriction=Restriction(territories=("US",)))
    assert statement(abroad, Circumstances()) is NoStatement.OUTSIDE


def test_a_statement_has_the_id_of_its_decision_and_of_no_other() -> None:
    assert puid(REJECTED.digest) == _made(REJECTED)["puid"]
    assert puid(REJECTED.digest) != puid(replace(REJECTED, number=4).digest)


@pytest.mark.parametrize(
    ("circumstance", "member", "value"),
    [
        ({"source": Source.NOTICE}, "source_type", "SOURCE_ARTICLE_16"),
        ({"deciding": Deciding.PROGRAM}, "automated_decision", "AUTOMATED_DECISION_FULLY"),
    ],
)
def test_who_began_and_who_decided_is_said(circumstance: dict[str, Any], member: str, value: str) -> None:
    assert _made(REJECTED, **circumstance)[member] == value


def test_counts_of_a_period_say_how_often_and_of_nobody() -> None:
    counts = PeriodicCounts()
    upheld = replace(REJECTED, action=Action.UPHOLD, appeal="a1")
    for decision, circumstances in (
        (REJECTED, Circumstances()),
        (replace(REJECTED, number=4), Circumstances(withdrawn=True)),
        (upheld, Circumstances()),
    ):
        counts.add(decision, statement(decision, circumstances))
    members = counts.members()
    assert members["decisions"] == {"reject": 2, "uphold": 1}
    assert (members["decisions_withdrawn"], members["statements"]) == (1, 1)
    assert members["appeals_decided"] == {"uphold": 1}
    assert members["statements_by"]["category"] == {"STATEMENT_CATEGORY_OTHER_VIOLATION_TC": 1}
    assert members["decisions_without_statement"] == {"no_restriction": 1, "withdrawn": 1}
