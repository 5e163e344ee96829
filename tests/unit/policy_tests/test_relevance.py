"""What a test of a policy leaves where it lies: nothing that matters, and little else."""

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelsift.archive.part import PartFile, open_part
from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Policy
from reelsift.domain.result import segment_members
from reelsift.policy_tests.relevance import Relevance
from support.archive import seen
from support.thoroughness import examples

LABELS, MODERATION = Analysis.LABELS, Analysis.CONTENT_MODERATION
POLICY = Policy.parse(
    "content_moderation: {Violence: {review: 60}}\nlabels: {Gun: {review: 70}, Café: {review: 50}}\n"
    "default: {review: 90}"
)

confidences = st.sampled_from([49.0, 50.0, 59.0, 60.0, 69.0, 70.0, 90.0])
names = st.sampled_from(["Gun", "GUN", "Weapon", "Cafe", "Violence", "Dog"])
found = st.builds(
    lambda analysis, label, parents, confidence: seen(analysis, label, confidence, *parents),
    st.sampled_from([LABELS, MODERATION, Analysis.TEXT, Analysis.SEGMENTS]),
    names,
    st.lists(names, max_size=3),
    confidences,
)


def rows_of(segments: list[Any]) -> Any:
    file = PartFile()
    for number, segment in enumerate(segments):
        head = {"analysis": str(segment.analysis), "attempt": number + 1, "model_version": None}
        file.add("a" * 40, head, [segment_members(segment)])
    return open_part(BytesIO(file.close())).read()


@settings(max_examples=examples(25))
@given(st.lists(found, min_size=1, max_size=20))
def test_arrow_keeps_the_same_as_python(segments: list[Any]) -> None:
    relevance = Relevance(POLICY)
    kept = relevance.rows(rows_of(segments))["attempt"].to_pylist()
    assert kept == [
        number for number, segment in enumerate(segments, start=1) if relevance.holds(segment_members(segment))
    ]


@pytest.mark.parametrize(
    "segment",
    [
        seen(LABELS, "Rifle", 70.0, "Weapon", "Gun"),
        seen(LABELS, "CAFE", 50.0),
        seen(MODERATION, "Dog", 60.0),
    ],
)
def test_what_can_matter(segment: Any) -> None:
    assert Relevance(POLICY).holds(segment_members(segment))


@pytest.mark.parametrize(
    "segment",
    [
        seen(LABELS, "Dog", 100.0),
        seen(LABELS, "Gun", 49.9),
        seen(MODERATION, "Violence", 59.9),
        seen(Analysis.TEXT, "Gun", 100.0),
    ],
)
def test_what_cannot_matter(segment: Any) -> None:
    assert not Relevance(POLICY).holds(segment_members(segment))


def test_nothing_matters_to_a_policy_that_judges_nothing() -> None:
    policy = Policy.parse("content_moderation: off\ndefault: {review: off, alert: off}")
    rows = Relevance(policy).rows(rows_of([seen(MODERATION, "Violence", 99.0)]))
    assert rows.num_rows == 0
