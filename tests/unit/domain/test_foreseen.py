"""Of what is seen, only that rejects without a person which whoever made the policy live can have known of."""

import pytest

from reelsift.domain.analysis import Analysis
from reelsift.domain.foreseen import is_foreseen
from reelsift.domain.policy import Peak, Policy

MODERATION, LABELS, TEXT, CELEBRITIES = (
    Analysis.CONTENT_MODERATION,
    Analysis.LABELS,
    Analysis.TEXT,
    Analysis.CELEBRITIES,
)
POLICY = Policy.parse(
    """
    default: {reject: 90}
    content_moderation: {Deepfake: {reject: 80}}
    labels: {Weapon: {reject: 80}}
    text: {slurs: {words: [foo], reject: 80}}
    celebrities: {José: {reject: 90}, 1AbC2dE: {reject: 90}}
    together: {drunk driving: {labels: [Car], content_moderation: [Alcohol], within: 5 s, reject: 80}}
    """
)
MET = {MODERATION: ("7.0",), LABELS: ("3.0",), TEXT: ("3.1",)}


def peak(analysis: Analysis, label: str, *parents: str, known_as: str | None = None) -> Peak:
    return Peak(analysis, label, parents, 99.0, 0, 80.0, (), known_as)


@pytest.mark.parametrize(
    ("found", "foreseen"),
    [
        (peak(MODERATION, "Weapons", "Violence"), True),
        (peak(MODERATION, "graphic male nudity", "Explicit Nudity"), True),
        (peak(MODERATION, "Deepfake"), True),
        (peak(MODERATION, "Holograms", "Violence"), False),
        (peak(LABELS, "Weapon"), True),
        (peak(LABELS, "Railgun", "Weapon"), False),
        (peak(LABELS, "Car", "drunk driving"), True),
        (peak(LABELS, "Bicycle", "drunk driving", "Car"), False),
        (peak(TEXT, "FOO!", "slurs"), True),
        (peak(CELEBRITIES, "Jose"), True),
        (peak(CELEBRITIES, "Jane Doe", known_as="1abc2de"), True),
        (peak(CELEBRITIES, "Jane Doe", known_as="2"), False),
    ],
    ids=str,
)
def test_a_label_is_known_that_rekognition_is_known_to_have_or_that_the_policy_names(
    found: Peak,
    foreseen: bool,  # noqa: FBT001 -- a row of the table
) -> None:
    models = {MODERATION: "7.0", LABELS: "3.0", TEXT: "3.1", CELEBRITIES: None}
    assert is_foreseen(found, POLICY.rules, models, MET) is foreseen


@pytest.mark.parametrize("version", [None, "7.1", "7", ""])
def test_of_a_model_that_was_not_met_then_nothing_was_known(version: str | None) -> None:
    found = peak(MODERATION, "Weapons", "Violence")
    assert is_foreseen(found, POLICY.rules, {MODERATION: "7.0"}, MET)
    assert not is_foreseen(found, POLICY.rules, {MODERATION: version}, MET)
    assert not is_foreseen(found, POLICY.rules, {MODERATION: "7.0"}, {})
