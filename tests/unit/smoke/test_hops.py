"""What the rows of a clip's line and job tell of its hops, and what is said where they do not go on."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import QUOTA_FULL, Job, JobState
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.policy import Verdict
from reelsift.domain.video import ObjectRef, Video
from reelsift.domain.video_verdict import Basis, VideoVerdict
from reelsift.smoke import recipients
from reelsift.smoke.diagnosis import Scene, held_up
from reelsift.smoke.hop import Cause, Hop, HopGrade, HopReport
from reelsift.smoke.recipients import Recipients
from reelsift.smoke.trail import Sighting, Trail
from support.jobs import change_job, make_job

LINE = LineId("smoke-2026-07-01", "smoke-1", 0)
VIDEO = Video("videos", "reelsift-smoke/1.mp4", "etag")
CLOSED = make_job(
    video=VIDEO,
    analysis=Analysis.CONTENT_MODERATION,
    attempt=1,
    state=JobState.CLOSED,
    by=LINE,
    model_settings="",
    created_ms=2_000,
    sends=1,
    job_id="j",
    billed_ms=4_000,
    running_ms=3_000,
    ended_ms=10_000,
    completion_received_ms=10_500,
    settled_ms=11_000,
    closed_ms=11_600,
)
VERDICT = VideoVerdict(VIDEO, Verdict.REJECT, (), Basis({Analysis.CONTENT_MODERATION: 1}, "policy"), (), judged_ms=1)
OUTCOME = Outcome(LINE, ObjectRef("videos", VIDEO.key), OutcomeStatus.SUCCEEDED, finished_ms=11_250)
QUIET = Scene(visible=1, hidden=0, quota=20, held=0, blocked=0, reserved=0)


def seen(job: Job | None = None, outcome: Outcome | None = None, **fields: Any) -> list[HopReport]:
    """What one look reports, of a line that was sent at 1 s, at 20 s."""
    return list(Trail(LINE, sent_ms=1_000).see(Sighting(20_000, job, outcome, **fields)))


def times(reports: list[HopReport]) -> dict[Hop, float | None]:
    return {report.hop: report.seconds for report in reports}


def last(job: Job | None = None, outcome: Outcome | None = None, **fields: Any) -> HopReport:
    return seen(job, outcome, **fields)[-1]


def early(state: JobState, **fields: Any) -> Job:
    """The job in a state before its end."""
    past = {
        "ended_ms": None,
        "completion_received_ms": None,
        "settled_ms": None,
        "closed_ms": None,
        "billed_ms": 0,
    }
    return change_job(CLOSED, state=state, **{**past, **fields})


def test_nothing_is_reported_of_a_line_nobody_has_taken() -> None:
    assert seen() == []


def test_each_hop_takes_from_the_one_before_to_its_own_time() -> None:
    assert times(seen(CLOSED, OUTCOME)) == {
        Hop.QUEUE: 1.0,
        Hop.START: 1.0,
        Hop.ANALYSIS: 7.0,
        Hop.NOTIFICATION: 0.5,
        Hop.RESULT: 0.5,
        Hop.OUTCOME: 0.6,
        Hop.ALERT: None,
    }


def test_an_alert_that_is_due_is_timed_from_the_outcome_on_and_told_from_the_end_on() -> None:
    alerted = tuple((Analysis.CONTENT_MODERATION, label) for label in ("Violence", "Weapons"))
    reports = seen(CLOSED, OUTCOME, verdict=replace(VERDICT, alerted=alerted))
    assert times(reports)[Hop.OUTCOME] == 0.25
    assert (reports[-1].grade, reports[-1].seconds) == (HopGrade.OK, 0.35)
    assert reports[-1].state == "sent, for 2 labels, 2 s after Rekognition's end"


def test_hops_are_reported_once_and_go_on_where_the_last_look_ended() -> None:
    trail = Trail(LINE, sent_ms=1_000)
    stages = [
        early(JobState.STARTING, job_id=None, running_ms=None),
        early(JobState.RUNNING),
        change_job(CLOSED, state=JobState.COLLECTING, settled_ms=None, closed_ms=None),
        change_job(CLOSED, state=JobState.SETTLED, closed_ms=None),
        CLOSED,
    ]
    passed = [[report.hop for report in trail.see(Sighting(20_000, job))] for job in stages]
    assert passed == [[Hop.QUEUE], [Hop.START], [Hop.ANALYSIS, Hop.NOTIFICATION], [Hop.RESULT], []]
    assert [trail.pending] == [Hop.OUTCOME]
    assert [report.hop for report in trail.see(Sighting(20_000, CLOSED, OUTCOME))] == [Hop.OUTCOME, Hop.ALERT]
    assert trail.pending is None
    assert list(trail.see(Sighting(20_000, CLOSED, OUTCOME))) == []


@given(st.integers(-(10**6), 10**6), st.lists(st.integers(0, 10**7), min_size=6, max_size=6))
def test_no_clock_makes_a_span_negative_nor_the_queue_longer_than_was_waited(skew: int, stamps: list[int]) -> None:
    names = ("created_ms", "running_ms", "ended_ms", "completion_received_ms", "settled_ms", "closed_ms")
    job = change_job(CLOSED, **{name: stamp + skew for name, stamp in zip(names, stamps, strict=True)})
    found = times(seen(job, OUTCOME))
    assert all(seconds >= 0 for seconds in found.values() if seconds is not None)
    assert (found[Hop.QUEUE] or 0) <= 19


def test_a_job_that_another_line_has_started_counts_once_the_own_line_is_taken() -> None:
    job = change_job(CLOSED, by=LineId("direct-2026-07-01", "m", 0))
    assert seen(job) == []
    for taken in (seen(job, waits=True)[0], seen(job, OUTCOME)[0]):
        assert (taken.hop, taken.seconds) == (Hop.QUEUE, 19.0)
        assert "another line" in taken.state


def test_an_end_that_only_a_look_has_found_is_a_lost_notification_and_not_the_last_hop() -> None:
    reports = seen(change_job(CLOSED, completion_received_ms=None), OUTCOME)
    assert [report.hop for report in reports] == list(Hop)[1:]
    assert [report.hop for report in reports if report.grade is HopGrade.FAILED] == [Hop.NOTIFICATION]
    assert reports[3].state == "no completion came; a worker found the end by looking, 7 s after the Start"


def test_after_a_replayed_start_a_look_says_nothing_against_the_notification() -> None:
    assert seen(change_job(CLOSED, completion_received_ms=None, sends=2), OUTCOME)[3].grade is HopGrade.NOT_DUE


def test_a_completion_that_came_before_the_end_is_no_time_at_all() -> None:
    found = times(seen(change_job(CLOSED, completion_received_ms=6_000), OUTCOME))
    assert (found[Hop.NOTIFICATION], found[Hop.RESULT]) == (0, 1.0)


def test_rekognitions_own_word_ends_the_analysis_where_no_worker_knows_of_it() -> None:
    running = early(JobState.RUNNING)
    assert last(running, rekognition="IN_PROGRESS").hop is Hop.START
    assert last(running, rekognition="SUCCEEDED").hop is Hop.ANALYSIS


@pytest.mark.parametrize(
    ("job", "hop"),
    [
        (early(JobState.CLOSED, job_id=None, failure=Failure(Reason.INVALID_OBJECT, "no")), Hop.START),
        (early(JobState.CLOSED, job_id=None, failure=Failure(Reason.START_UNKNOWN, "no")), Hop.START),
        (early(JobState.CLOSED, ended_ms=9_000, failure=Failure(Reason.UNSUPPORTED_CODEC, "no")), Hop.ANALYSIS),
        (change_job(CLOSED, failure=Failure(Reason.OBJECT_CHANGED, "no")), Hop.RESULT),
        (change_job(CLOSED, billed_ms=0, failure=Failure(Reason.INTERNAL_ERROR, "no")), Hop.RESULT),
    ],
)
def test_a_job_without_a_result_failed_at_the_hop_that_its_reason_belongs_to(job: Job, hop: Hop) -> None:
    report = last(job, replace(OUTCOME, status=OutcomeStatus.FAILED))
    assert (report.hop, report.grade) == (hop, HopGrade.FAILED)
    assert report.state.endswith(": no")
    assert isinstance(report.cause, Reason)


def test_a_line_that_never_came_to_a_job_could_not_be_started() -> None:
    outcome = replace(OUTCOME, status=OutcomeStatus.FAILED, reason=Reason.WRONG_REGION, message="elsewhere")
    report = last(None, outcome)
    assert (report.hop, report.state) == (Hop.START, "wrong_region: elsewhere")
    assert report.cause is Reason.WRONG_REGION


def test_an_outcome_that_failed_though_the_job_did_not_is_told() -> None:
    outcome = replace(OUTCOME, status=OutcomeStatus.FAILED, reason=Reason.GAVE_UP, message="again and again")
    report = last(CLOSED, outcome)
    assert (report.hop, report.grade) == (Hop.OUTCOME, HopGrade.FAILED)
    assert report.cause is Reason.GAVE_UP


def test_what_alerts_nobody_is_told_apart_from_what_has_no_verdict() -> None:
    reports = [last(CLOSED, OUTCOME, verdict=verdict) for verdict in (VERDICT, None)]
    assert [(report.grade, report.state) for report in reports] == [
        (HopGrade.NOT_DUE, "no label passed the alert threshold"),
        (HopGrade.NOT_DUE, "there is no verdict, so nothing alerts"),
    ]


@pytest.mark.parametrize(
    ("scene", "says", "why"),
    [
        (QUIET, "no worker shows", Cause.NO_WORKER),
        (replace(QUIET, reserved=1), "a worker runs, and has not taken", Cause.WORKER_STUCK),
        (replace(QUIET, held=20), "all 20 slots are in use", Cause.SLOTS_IN_USE),
        (replace(QUIET, held=15, blocked=5), "other applications use up", Cause.QUOTA_USED_UP),
        (replace(QUIET, visible=0, hidden=1), "a worker has received the line", Cause.WORKER_STUCK),
        (replace(QUIET, visible=0), "without a trace", Cause.LINE_LOST),
    ],
)
def test_a_line_in_the_queue_waits_for_what_its_surroundings_show(scene: Scene, says: str, why: Cause) -> None:
    state, cause = held_up(Hop.QUEUE, Sighting(20_000), scene)
    assert says in state
    assert cause is why


@pytest.mark.parametrize(
    ("hop", "job", "says", "why"),
    [
        (Hop.START, None, "written no job", Cause.WORKER_STUCK),
        (Hop.START, early(JobState.STARTING, job_id=None), "has not accepted it: STARTING", Cause.WORKER_STUCK),
        (
            Hop.START,
            early(JobState.WAITING, job_id=None, attempt=3, refusal=QUOTA_FULL),
            "; attempt 3 is due",
            Cause.QUOTA_USED_UP,
        ),
        (Hop.ANALYSIS, early(JobState.RUNNING), "was not asked", Cause.NOT_ENDED),
        (Hop.ANALYSIS, early(JobState.WAITING, failures=2), "failed 2 attempts", Cause.NOT_ENDED),
        (Hop.NOTIFICATION, early(JobState.RUNNING), "no worker has been told", Cause.NOT_NOTIFIED),
        (
            Hop.RESULT,
            early(JobState.RUNNING, due_at_ms=80_000),
            "in 1 min, which is not waited for",
            Cause.NOT_NOTIFIED,
        ),
        (Hop.RESULT, early(JobState.COLLECTING), "not stored: COLLECTING", Cause.NOT_STORED),
        (Hop.OUTCOME, change_job(CLOSED, state=JobState.SETTLED), "no outcome", Cause.NOT_CLOSED),
        (Hop.ALERT, change_job(CLOSED, state=JobState.SETTLED), "is not sent", Cause.NOT_ALERTED),
    ],
)
def test_what_holds_a_hop_up_is_told_from_the_job(hop: Hop, job: Job | None, says: str, why: Cause) -> None:
    state, cause = held_up(hop, Sighting(20_000, job), QUIET)
    assert says in state
    assert cause is why


def test_a_full_quota_and_a_denied_start_have_different_causes() -> None:
    def cause(refusal: str) -> Cause:
        return held_up(Hop.START, Sighting(0, early(JobState.WAITING, job_id=None, refusal=refusal)), QUIET)[1]

    assert cause(QUOTA_FULL) is Cause.QUOTA_USED_UP
    assert cause("Rekognition denied the Start: no") is Cause.START_FORBIDDEN


def test_mails_that_nobody_has_confirmed_receive_nothing() -> None:
    found = recipients.count(["arn:aws:sns:eu-west-1:1:alerts:a", "PendingConfirmation", "Deleted"])
    assert found == Recipients(confirmed=1, pending=1)
    assert str(found) == "1 subscription for alerts, 1 more not confirmed yet"
    assert found.cause is Cause.NOT_CONFIRMED


def test_alerts_that_reach_nobody_are_said_to() -> None:
    assert Recipients(0, 0).cause is Cause.NO_RECIPIENT
    assert Recipients(2, 0).cause is None
