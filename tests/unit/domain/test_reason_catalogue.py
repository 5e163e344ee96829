"""The catalogue of reasons: what it takes, and the sentence for each fault."""

import json
from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.reason_catalogue import (
    DEFAULT_CATALOGUE_TEXT,
    LONGEST_EXPLANATION,
    LONGEST_REFERENCE,
    MOST_REASONS,
    CatalogueError,
    DecisionReason,
    Ground,
    ReasonCatalogue,
    StatementCategory,
    UnknownReason,
)
from reelsift.domain.territories import TERRITORIES, territory

REASON = {
    "words": "Nudity",
    "ground": "terms",
    "reference": "Terms, 4",
    "explanation": "It shows nudity.",
    "category": "other_violation_tc",
}


def catalogue(**changes: object) -> str:
    """A catalogue of one reason; None takes a member away."""
    reason = {name: value for name, value in (REASON | changes).items() if value is not None}
    return json.dumps({"reasons": {"nudity": reason}})


def test_the_built_in_catalogue_can_be_used_and_keeps_its_order() -> None:
    built_in = ReasonCatalogue.built_in()
    assert list(built_in.by_code) == list(yaml.safe_load(DEFAULT_CATALOGUE_TEXT)["reasons"])
    assert {reason.ground for reason in built_in.by_code.values()} == set(Ground)
    assert all(reason.code == code for code, reason in built_in.by_code.items())


def test_the_built_in_catalogue_explains_every_category() -> None:
    about, _, _ = DEFAULT_CATALOGUE_TEXT.partition("reasons:\n")
    assert all(category in about for category in StatementCategory)


def test_categories_have_the_names_of_the_eus_database() -> None:
    assert StatementCategory.OTHER_VIOLATION_TC.in_database == "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
    assert all(category.name == category.upper() for category in StatementCategory)
    assert len(StatementCategory) == 16


def test_a_reason_is_read_whole() -> None:
    text = catalogue(examples="one", territories=["de", "AT", "DE"], ground="law")
    assert ReasonCatalogue.parse(text).by_code["nudity"] == DecisionReason(
        code="nudity",
        words="Nudity",
        ground=Ground.LAW,
        reference="Terms, 4",
        explanation="It shows nudity.",
        category=StatementCategory.OTHER_VIOLATION_TC,
        examples=("one",),
        territories=("AT", "DE"),
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the catalogue needs the key reasons, and no other"),
        ("reasons: {}\nmore: 1", "the catalogue needs the key reasons, and no other"),
        ("reasons:", "reasons: must be reasons by their codes, one at least"),
        ("reasons: [1", "the catalogue is not YAML: line 1, column 12: expected ',' or ']', but got '<stream end>'"),
        ("reasons: {a: 1, A: 2}", "line 1: A stands there for the second time"),
        (
            "reasons: {a: 1}",
            "reasons.a: must be a reason, with words, ground, reference, explanation, category, examples, territories",
        ),
        (catalogue(words=None), "reasons.nudity.words: is missing"),
        (catalogue(words="  "), "reasons.nudity.words: must not be empty"),
        (catalogue(words=5), "reasons.nudity.words: must be text; put it in quotes"),
        (catalogue(ground="both"), "reasons.nudity.ground: must be one of law, terms"),
        (catalogue(reference="x" * (LONGEST_REFERENCE + 1)), "reasons.nudity.reference: has more than 500 characters"),
        (
            catalogue(explanation="x" * (LONGEST_EXPLANATION + 1)),
            "reasons.nudity.explanation: has more than 2,000 characters",
        ),
        (catalogue(examples=["x"] * 21), "reasons.nudity.examples: has more than 20 entries"),
        (catalogue(examples={}), "reasons.nudity.examples: must be a list"),
        ("reasons: {a: {territories: [NO]}}", "reasons.a.territories: NO is no text to YAML; put it in quotes"),
        (
            catalogue(territories=["UK"]),
            (
                "reasons.nudity.territories: 'UK' is no territory: they are named by two letters (ISO 3166-1), such as"
                " DE; the United Kingdom is GB"
            ),
        ),
        (
            catalogue(colour="red"),
            (
                "reasons.nudity.colour: there is no such key; there are words, ground, reference, explanation,"
                " category, examples, territories"
            ),
        ),
        (
            json.dumps({"reasons": {"Not-So": REASON}}),
            "reasons.Not-So: a code is up to 48 lower-case letters, digits and underscores, and begins with a letter",
        ),
        (
            json.dumps({"reasons": {f"a{number}": REASON for number in range(MOST_REASONS + 1)}}),
            "reasons: there are 201; a catalogue takes 200",
        ),
    ],
)
def test_each_fault_is_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(CatalogueError) as refused:
        ReasonCatalogue.parse(text)
    assert sentence in str(refused.value).split("\n")


def test_a_wrong_category_is_told_which_there_are() -> None:
    with pytest.raises(CatalogueError, match=r"reasons\.nudity\.category: must be one of animal_welfare, .*violence"):
        ReasonCatalogue.parse(catalogue(category="nudity"))


def test_all_faults_are_told_at_once_and_no_more_than_anybody_reads() -> None:
    faulty: dict[str, object] = {f"a{number}": {} for number in range(100)}
    with pytest.raises(CatalogueError) as refused:
        ReasonCatalogue.parse(json.dumps({"reasons": faulty}))
    told = str(refused.value).split("\n")
    assert len(told) == 51
    assert told[-1] == "and 450 more"


@given(st.text())
def test_whatever_is_written_is_a_catalogue_or_a_sentence(text: str) -> None:
    with suppress(CatalogueError):
        assert ReasonCatalogue.parse(text).by_code


def test_reasons_are_found_by_their_codes_each_once() -> None:
    built_in = ReasonCatalogue.built_in()
    assert [reason.code for reason in built_in.reasons(["hate", "nudity", "hate"])] == ["hate", "nudity"]
    with pytest.raises(UnknownReason) as unknown:
        built_in.reasons(["nudity", "boredom"])
    assert unknown.value.code == "boredom"
    assert unknown.value.codes == tuple(built_in.by_code)


def test_what_a_decision_copies_is_all_but_the_examples() -> None:
    reason = ReasonCatalogue.parse(catalogue(examples=["one"], territories=["DE"])).by_code["nudity"]
    copied = json.loads(json.dumps(reason.copied()))
    assert "examples" not in copied
    assert DecisionReason.of_copy(copied).copied() == reason.copied()
    assert reason.members()["examples"] == ["one"]


def test_territories_are_the_assigned_codes_in_any_case() -> None:
    assert len(TERRITORIES) == 249
    assert territory(" gb ") == "GB"
    with pytest.raises(ValueError, match="'Germany' is no territory"):
        territory("Germany")
