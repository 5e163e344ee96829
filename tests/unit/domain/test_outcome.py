from dataclasses import replace
from decimal import Decimal

import pytest

from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason, failed_job
from reelsift.domain.job import Job, JobState
from reelsift.domain.line import Line, LineId, OutcomeStatus
from reelsift.domain.outcome import TOP_LABELS, Outcome, TopLabel, conclude
from reelsift.domain.result import key_of_result
from reelsift.domain.video import ObjectRef, Video
from reelsift.domain.video_verdict import PENDING, Said
from support.jobs import change_job, make_job

LINE = Line(
    LineId("batch", "m.csv:1", 0),
    ObjectRef("bucket", "key"),
    submitted_ms=100,
    analyses=(Analysis.CONTENT_MODERATION, Analysis.LABELS),
)
MODERATION = make_job(
    video=Video("bucket", "key", "etag"),
    analysis=Analysis.CONTENT_MODERATION,
    attempt=1,
    state=JobState.SETTLED,
    by=LINE.id,
    model_settings="",
    created_ms=0,
    settled_ms=200,
    peak_label="Alcohol",
    peak_confidence=96.0,
    billed_ms=1000,
)
SAID = Said("review")
PRICES = {analysis: Decimal("0.10") for analysis in Analysis}
LABELS = change_job(MODERATION, analysis=Analysis.LABELS, peak_label="Dog", billed_ms=1000)


def test_a_line_has_no_outcome_while_one_of_its_jobs_has_no_result() -> None:
    running = change_job(LABELS, state=JobState.RUNNING, settled_ms=None)
    assert conclude(LINE, [MODERATION, running], PRICES, said=SAID, now_ms=300) is None
    assert conclude(LINE, [], PRICES, said=SAID, now_ms=300) is None


def test_a_line_succeeds_with_all_its_jobs_and_states_what_moderation_found() -> None:
    outcome = conclude(LINE, [LABELS, MODERATION], PRICES, said=SAID, now_ms=300)
    assert outcome is not None
    assert outcome.status is OutcomeStatus.SUCCEEDED
    assert (outcome.verdict, outcome.peak_label, outcome.billed_ms) == ("review", "Alcohol", 2000)
    assert outcome.ref.etag == "etag"


def test_a_verdict_that_was_given_for_a_label_is_told_with_it_and_one_that_is_to_come_without() -> None:
    by_text = conclude(
        LINE, [LABELS, MODERATION], PRICES, said=Said("reject", Analysis.TEXT, "bad word", 99.5), now_ms=300
    )
    assert by_text is not None
    assert by_text.peak_analysis is Analysis.TEXT
    assert (by_text.verdict, by_text.peak_label, by_text.peak_confidence) == ("reject", "bad word", 99.5)
    pending = conclude(LINE, [LABELS, MODERATION], PRICES, said=Said(PENDING), now_ms=300)
    assert pending is not None
    assert (pending.verdict, pending.peak_label) == ("pending", "Alcohol")
    assert pending.peak_analysis is Analysis.CONTENT_MODERATION


def test_what_is_wrong_is_told_before_what_is_surer_and_one_name_of_two_analyses_is_two_labels() -> None:
    sure = tuple((f"Thing {number}", 99.9) for number in range(9))
    outcome = concluded(
        change_job(LABELS, top_labels=(("Smoking", 100.0), *sure)),
        change_job(MODERATION, top_labels=(("Smoking", 60.0), ("Alcohol", 96.0))),
    )
    assert len(outcome.top_labels) == TOP_LABELS
    assert outcome.top_labels[:3] == (
        TopLabel(Analysis.CONTENT_MODERATION, "Alcohol", 96.0),
        TopLabel(Analysis.CONTENT_MODERATION, "Smoking", 60.0),
        TopLabel(Analysis.LABELS, "Smoking", 100.0),
    )


def test_one_failed_job_fails_the_line() -> None:
    broken = change_job(LABELS, failure=Failure(Reason.RESULT_EXPIRED, "gone"), billed_ms=0)
    outcome = conclude(LINE, [MODERATION, broken], PRICES, said=SAID, now_ms=300)
    assert outcome is not None
    assert (outcome.status, outcome.reason, outcome.billed_ms) == (OutcomeStatus.FAILED, Reason.RESULT_EXPIRED, 1000)


BROKEN = change_job(LABELS, failure=Failure(Reason.REKOGNITION_FAILED, "Internal error"), billed_ms=0)
UNKNOWN = change_job(MODERATION, failure=Failure(Reason.START_UNKNOWN, "?"), billed_ms=0)


def concluded(*jobs: Job, required: tuple[Analysis, ...] = (), line: Line = LINE) -> Outcome:
    outcome = conclude(line, jobs, PRICES, required, said=SAID, now_ms=300)
    assert outcome is not None
    return outcome


def test_what_failed_is_told_by_name_and_the_others_results_stand() -> None:
    outcome = concluded(MODERATION, BROKEN)
    assert (outcome.status, outcome.reason) == (OutcomeStatus.FAILED, Reason.REKOGNITION_FAILED)
    assert outcome.message == (
        "labels failed (rekognition_failed): Internal error; what was found by content_moderation stands"
    )
    assert outcome.analyses == LINE.analyses
    assert outcome.failed_analyses == ((Analysis.LABELS, Reason.REKOGNITION_FAILED),)
    assert (outcome.verdict, outcome.peak_label, outcome.cost_micros) == ("review", "Alcohol", 1667)


def test_the_results_that_a_line_rests_on_are_named() -> None:
    name = "content_moderation/1-ab12cd34"
    moderation = change_job(MODERATION, result_key=key_of_result(MODERATION.key.video_id, name))
    assert concluded(moderation, BROKEN).results == (name,)
    labels = change_job(LABELS, result_key=key_of_result(LABELS.key.video_id, "labels/2-00112233"))
    assert concluded(moderation, labels).results == (name, "labels/2-00112233")


def test_a_line_succeeds_without_what_it_need_not_have_and_says_so() -> None:
    required = (Analysis.CONTENT_MODERATION,)
    outcome = concluded(MODERATION, BROKEN, required=required)
    assert (outcome.status, outcome.reason) == (OutcomeStatus.SUCCEEDED, Reason.PARTLY_FAILED)
    assert "labels failed (rekognition_failed)" in outcome.message
    assert (outcome.verdict, outcome.billed_ms) == ("review", 1000)
    before = concluded(change_job(MODERATION, settled_ms=50), BROKEN, required=required)
    assert (before.status, before.reason) == (OutcomeStatus.SUCCEEDED, Reason.PARTLY_FAILED)
    assert concluded(MODERATION, BROKEN, required=(Analysis.LABELS,)).status is OutcomeStatus.FAILED


def test_a_line_that_asks_for_nothing_of_what_is_required_must_have_all() -> None:
    alone = replace(LINE, analyses=(Analysis.LABELS,))
    outcome = concluded(BROKEN, required=(Analysis.CONTENT_MODERATION,), line=alone)
    assert (outcome.status, outcome.message) == (OutcomeStatus.FAILED, "Internal error")


@pytest.mark.parametrize("reason", [Reason.OBJECT_CHANGED, Reason.CANCELLED, Reason.MAX_COST])
def test_what_answers_no_line_outweighs_all_else(reason: Reason) -> None:
    unanswered = change_job(LABELS, failure=Failure(reason, "words"), billed_ms=0)
    outcome = concluded(MODERATION, unanswered, required=(Analysis.CONTENT_MODERATION,))
    assert (outcome.status, outcome.reason, outcome.message) == (OutcomeStatus.FAILED, reason, "words")


def test_a_failure_that_was_perhaps_paid_is_the_reason_so_that_only_a_retry_by_name_starts_it_again() -> None:
    for required in ((), (Analysis.LABELS,)):
        assert concluded(BROKEN, UNKNOWN, required=required).reason is Reason.START_UNKNOWN


def test_only_the_line_that_admitted_a_job_pays_for_it() -> None:
    other = replace(LINE, id=LineId("batch", "m.csv:2", 0))
    outcome = conclude(other, [MODERATION, LABELS], PRICES, said=SAID, now_ms=300)
    assert outcome is not None
    assert outcome.billed_ms == 0


def test_a_line_all_of_whose_results_are_older_is_skipped() -> None:
    older = [change_job(job, settled_ms=50) for job in (MODERATION, LABELS)]
    outcome = conclude(LINE, older, PRICES, said=SAID, now_ms=300)
    assert outcome is not None
    assert (outcome.status, outcome.reason) == (OutcomeStatus.SKIPPED, Reason.ALREADY_ANALYSED)
    mixed = conclude(LINE, [older[0], LABELS], PRICES, said=SAID, now_ms=300)
    assert mixed is not None
    assert mixed.status is OutcomeStatus.SUCCEEDED


def test_what_rekognition_says_of_the_video_itself_is_permanent_and_all_else_may_pass() -> None:
    assert failed_job("Unsupported codec/format.") == Failure(Reason.UNSUPPORTED_CODEC, "Unsupported codec/format.")
    assert failed_job("Internal server error").retryable
    assert failed_job("The service has no information about this job").reason is Reason.REKOGNITION_FAILED
    assert failed_job("The accessory service did not answer").reason is Reason.REKOGNITION_FAILED
    assert failed_job("Unable to access the object").reason is Reason.ACCESS_DENIED
    assert failed_job("Video duration exceeds the limit").reason is Reason.TOO_LARGE
    assert failed_job("The video's format is not known").reason is Reason.UNSUPPORTED_CODEC
    assert failed_job("Video codec not supported").reason is Reason.UNSUPPORTED_CODEC
    assert failed_job("").retryable
