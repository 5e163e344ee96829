import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import (
    LET_GO,
    Admission,
    Attempt,
    Job,
    JobKey,
    JobState,
    StartSettings,
    admission,
    job_tag,
    parse_job_tag,
    start_input,
    token,
)
from reelsift.domain.line import Line, LineId
from reelsift.domain.video import ObjectRef, Video
from support.jobs import make_job

VIDEO = Video("bucket", "a b+ü.mp4", "etag")
LINE_ID = LineId("batch", "m.csv:1", 0)
SETTINGS = StartSettings("reelsift", "arn:aws:sns:eu-west-1:1:t", "arn:aws:iam::1:role/r")
MODEL_SETTINGS = SETTINGS.model_settings(Analysis.CONTENT_MODERATION)


def job(state: JobState = JobState.CLOSED, **fields: object) -> Job:
    return make_job(
        video=VIDEO,
        analysis=Analysis.CONTENT_MODERATION,
        attempt=1,
        state=state,
        by=LINE_ID,
        model_settings=MODEL_SETTINGS,
        created_ms=0,
        **fields,
    )


def line(submitted_ms: int = 100, *, again: bool = False) -> Line:
    return Line(LINE_ID, ObjectRef("bucket", "a b+ü.mp4"), submitted_ms, again=again)


def decide(job_: Job | None, line_: Line, settings: str = MODEL_SETTINGS) -> Admission:
    return admission(job_, line_, settings)


def test_a_video_never_seen_is_started() -> None:
    assert decide(None, line()) is Admission.START


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.STARTING, JobState.RUNNING, JobState.COLLECTING], ids=str)
def test_a_job_under_way_is_joined_whatever_the_line_asks_for(state: JobState) -> None:
    assert decide(job(state), line(again=True), "min_confidence=80") is Admission.JOIN


@pytest.mark.parametrize("failure", [None, Failure(Reason.UNSUPPORTED_CODEC, "no")], ids=["result", "failure"])
@pytest.mark.parametrize("settings", [MODEL_SETTINGS, '{"MinConfidence": 80}'])
def test_what_came_after_the_line_was_submitted_answers_it_so_that_redelivery_is_free(
    failure: Failure | None, settings: str
) -> None:
    assert decide(job(settled_ms=100, failure=failure), line(again=True), settings) is Admission.TAKE_RESULT


def test_an_older_result_is_taken_but_not_an_older_failure() -> None:
    assert decide(job(settled_ms=99), line()) is Admission.TAKE_RESULT
    assert decide(job(settled_ms=99, failure=Failure(Reason.UNSUPPORTED_CODEC, "no")), line()) is Admission.START


def test_an_older_result_is_not_enough_for_a_line_that_asks_again_or_for_other_model_settings() -> None:
    assert decide(job(settled_ms=99), line(again=True)) is Admission.START
    assert decide(job(settled_ms=99), line(), "min_confidence=80") is Admission.START


def test_a_retry_of_a_line_that_asks_again_takes_what_it_has_paid_for_itself() -> None:
    mine = job(settled_ms=99)
    later = replace(line(again=True), id=replace(mine.asked.by, round=2))
    assert decide(mine, later) is Admission.TAKE_RESULT
    assert decide(mine, later, "min_confidence=80") is Admission.START
    assert decide(job(settled_ms=99, failure=Failure(Reason.UNSUPPORTED_CODEC, "no")), later) is Admission.START
    another = replace(later, id=replace(later.id, line="another"))
    assert decide(mine, another) is Admission.START


def test_a_start_of_unknown_result_is_started_again_only_on_request() -> None:
    unknown = job(settled_ms=99, failure=Failure(Reason.START_UNKNOWN, "?"))
    assert decide(unknown, line()) is Admission.TAKE_RESULT
    assert decide(unknown, line(again=True)) is Admission.START


def test_a_new_attempt_waits_until_the_last_result_is_handed_out() -> None:
    assert decide(job(JobState.SETTLED, settled_ms=99), line(again=True)) is Admission.WAIT


attempts = st.builds(
    Attempt,
    st.builds(JobKey, st.text("0123456789abcdef", min_size=40, max_size=40), st.sampled_from(Analysis)),
    st.integers(1, 10**6),
)
deployments = st.from_regex(r"[a-z][a-z0-9-]{1,31}", fullmatch=True)


@given(deployments, attempts)
def test_a_job_tag_names_its_attempt_in_the_characters_rekognition_allows(deployment: str, attempt: Attempt) -> None:
    tag = job_tag(deployment, attempt)
    assert parse_job_tag(deployment, tag) == attempt
    assert re.fullmatch(r"[a-zA-Z0-9_.\-:+=/]{1,1024}", tag)
    assert parse_job_tag(deployment + "x", tag) is None


@given(st.none() | st.text())
def test_any_other_tag_names_nothing(tag: str | None) -> None:
    assert parse_job_tag("reelsift", tag) is None


@given(deployments, attempts, attempts)
def test_a_token_is_an_attempts_own_in_the_form_rekognition_takes(
    deployment: str, attempt: Attempt, other: Attempt
) -> None:
    assert re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", token(deployment, attempt))
    assert (token(deployment, attempt) == token(deployment, other)) == (attempt == other)


@given(attempts)
def test_a_slots_holder_reads_back_as_the_attempt(attempt: Attempt) -> None:
    assert Attempt.parse(str(attempt)) == attempt


def test_the_start_input_pins_a_version_but_not_the_null_version() -> None:
    attempt = Attempt(JobKey(VIDEO.video_id, Analysis.LABELS), 1)
    pinned = start_input(Video("b", "k", "e", version_id="v1"), attempt, SETTINGS)
    assert pinned["Video"]["S3Object"] == {"Bucket": "b", "Name": "k", "Version": "v1"}
    loose = start_input(Video("b", "k", "e", version_id="null"), attempt, SETTINGS)
    assert loose["Video"]["S3Object"] == {"Bucket": "b", "Name": "k"}
    assert loose["NotificationChannel"] == {"SNSTopicArn": SETTINGS.topic_arn, "RoleArn": SETTINGS.role_arn}


@given(st.text(), st.text(), st.text(), st.text())
def test_videos_with_other_names_or_contents_have_other_ids(key: str, etag: str, key2: str, etag2: str) -> None:
    one, two = Video("b", key, etag.replace("\0", "")), Video("b", key2, etag2.replace("\0", ""))
    assert (one.video_id == two.video_id) == ((one.key, one.etag) == (two.key, two.etag))


@pytest.mark.parametrize("reason", sorted(LET_GO))
def test_that_another_batch_was_stopped_is_no_answer_to_a_line(reason: Reason) -> None:
    given_up = job(failure=Failure(reason, "stopped"), settled_ms=200)
    assert decide(given_up, line(100)) is Admission.START
    assert decide(replace(given_up, state=JobState.SETTLED), line(100)) is Admission.WAIT
