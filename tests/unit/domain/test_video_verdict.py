"""What a verdict rests on, which one may take another's place, and what is still to be alerted."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Answered, JobState
from reelsift.domain.policy import Judgement, Peak, Verdict
from reelsift.domain.video_verdict import (
    MOST_ALERTED,
    PENDING,
    Basis,
    Said,
    VideoVerdict,
    alert_id,
    alerted_label,
    answers_of,
    can_be_judged,
    is_pending,
    new_alerts,
    said,
)
from support.jobs import VIDEO, make_job

MODERATION, LABELS = Analysis.CONTENT_MODERATION, Analysis.LABELS
BASES = st.builds(
    Basis,
    st.dictionaries(st.sampled_from(Analysis), st.integers(1, 3), max_size=3),
    st.sampled_from(["one", "other"]),
    st.integers(0, 1),
)
VERDICT = VideoVerdict(VIDEO, Verdict.APPROVE, (), Basis({MODERATION: 1}, "policy"), (), judged_ms=1)


def peak(label: str, confidence: float = 98.0) -> Peak:
    return Peak(MODERATION, label, (), confidence, 0, 95.0, ((0, 500),))


def alerting(*labels: str) -> Judgement:
    return Judgement(Verdict.REVIEW, tuple(map(peak, labels)), (), ())


@given(BASES, BASES, BASES)
def test_verdicts_never_take_turns(one: Basis, other: Basis, third: Basis) -> None:
    assert not one.succeeds(one)
    assert not (one.succeeds(other) and other.succeeds(one))
    if one.succeeds(other) and other.succeeds(third):
        assert one.succeeds(third)


@given(BASES, BASES)
def test_what_succeeds_has_no_older_part_and_what_differs_has_another_name(one: Basis, other: Basis) -> None:
    if one.succeeds(other):
        assert one.epoch >= other.epoch
        assert all(one.attempts.get(analysis, 0) >= attempt for analysis, attempt in other.attempts.items())
    assert (one.digest == other.digest) == (one == other)


def test_another_policy_without_a_newer_epoch_or_answer_changes_no_verdict() -> None:
    basis = Basis({MODERATION: 2, LABELS: 1}, "policy")
    assert not replace(basis, policy="other").succeeds(basis)
    assert replace(basis, policy="other", epoch=1).succeeds(basis)
    assert not Basis({MODERATION: 3}, "policy").succeeds(basis), "the answer about labels is not to be forgotten"


def test_the_newest_answer_outlives_attempts_that_are_open_or_have_failed() -> None:
    first = make_job(JobState.CLOSED, result_key="one", settled_ms=1)
    again = make_job(JobState.RUNNING, attempt=2, earlier=first.newest_answer)
    failed = make_job(JobState.SETTLED, attempt=2, failure=Failure(Reason.GAVE_UP, "x"), earlier=first.newest_answer)
    for job in (first, again, failed):
        assert answers_of([job]) == {MODERATION: Answered(1, "one", settled_ms=1)}
    assert answers_of([make_job(JobState.SETTLED, attempt=2, result_key="two", earlier=Answered(1, "one"))]) == {
        MODERATION: Answered(2, "two")
    }


def test_only_what_the_policy_needs_is_waited_for() -> None:
    moderation = make_job(JobState.CLOSED, result_key="r", settled_ms=1)
    for state in JobState:
        labels = make_job(state, analysis=LABELS, settled_ms=1)
        open_ = state not in {JobState.SETTLED, JobState.CLOSED}
        assert is_pending([moderation, labels], {MODERATION, LABELS}) == open_
        assert not is_pending([moderation, labels], {MODERATION})


def test_there_is_no_verdict_where_nothing_that_is_needed_was_asked_for_or_nothing_was_answered() -> None:
    labels = make_job(JobState.CLOSED, analysis=LABELS, result_key="r", settled_ms=1)
    moderation = make_job(JobState.SETTLED, failure=Failure(Reason.UNSUPPORTED_CODEC, "x"), settled_ms=1)
    assert not can_be_judged([labels], {MODERATION})
    assert not can_be_judged([moderation], {MODERATION})
    assert can_be_judged([labels, moderation], {MODERATION})
    assert can_be_judged([labels], frozenset()), "a policy that needs nothing raises alerts"


def test_what_is_said_is_the_verdict_there_is_else_whether_one_is_to_come() -> None:
    waiting = [make_job(JobState.WAITING)]
    reject = replace(VERDICT, verdict=Verdict.REJECT, reasons=(peak("Gore", 97.5), peak("Blood")))
    assert said(None, waiting, {MODERATION}) == Said(PENDING, status=PENDING)
    assert said(None, waiting, {MODERATION}, "rejected") == Said(PENDING, status="rejected")
    assert said(None, waiting, {LABELS}) == Said()
    assert said(VERDICT, waiting, {MODERATION}, "approved") == Said("approve", status="approved")
    assert said(reject, waiting, {MODERATION}) == Said("reject", MODERATION, "Gore", 97.5)
    assert said(replace(VERDICT, verdict=None), waiting, frozenset()) == Said()


def test_what_was_alerted_is_not_alerted_again() -> None:
    assert [each.label for each in new_alerts(alerting("Gore", "Blood"), None)] == ["Gore", "Blood"]
    alerted = replace(VERDICT, alerted=(alerted_label(peak("Gore")),))
    assert [each.label for each in new_alerts(alerting("Gore", "Blood"), alerted)] == ["Blood"]
    assert new_alerts(alerting("Gore"), alerted) == ()


def test_a_video_with_labels_without_end_does_not_alert_without_end() -> None:
    known = tuple((Analysis.TEXT, f"text {number}") for number in range(MOST_ALERTED))
    assert new_alerts(alerting("Gore"), replace(VERDICT, alerted=known)) == ()
    assert len(new_alerts(alerting("Gore"), replace(VERDICT, alerted=known[1:]))) == 1
    assert len(alerted_label(peak("x" * 10_000))[1]) <= 200


@pytest.mark.parametrize("other", [["Gore"], ["Gore", "Blood", "Corpses"]])
def test_an_alert_is_named_by_its_labels_and_what_it_rests_on(other: list[str]) -> None:
    basis = VERDICT.basis
    name = alert_id("video", basis, [peak("Gore"), peak("Blood")])
    assert name == alert_id("video", basis, [peak("Blood"), peak("Gore", 99.0)])
    assert name != alert_id("video", basis, map(peak, other))
    assert name != alert_id("video", replace(basis, attempts={MODERATION: 2}), [peak("Gore"), peak("Blood")])
    assert name != alert_id("another", basis, [peak("Gore"), peak("Blood")])
