"""What holds of a job in each state, whatever way it came there."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain import transitions
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import Job, JobState, Reserved, Result, SharedContent, Start, Times
from reelsift.domain.line import Line, LineId
from reelsift.domain.video import ObjectRef, Video

SHA = "a" * 64
VIDEO = Video("bucket", "a.mp4", "etag", size=9, sha256=SHA)
TWIN = Video("bucket", "b.mp4", "etag", size=9, sha256=SHA)
RESERVED = Reserved(1000, "batch", "2026-01-01")
FAILURE = Failure(Reason.UNSUPPORTED_CODEC, "Unsupported codec/format.")
IN_SLOT = {JobState.STARTING, JobState.RUNNING}


def line(number: int = 1) -> Line:
    return Line(LineId("batch", f"m:{number}", 0), ObjectRef("bucket", "a.mp4"), submitted_ms=number)


def admitted(was: Job | None = None, number: int = 1) -> Job:
    return transitions.admitted(was, line(number), VIDEO, Analysis.LABELS, model_settings="m", now_ms=10, due_at_ms=20)


def starting(job: Job | None = None) -> Job:
    return transitions.starting(
        job or admitted(), 3, "{}", model_settings="m", now_ms=30, due_at_ms=40, reserved=RESERVED
    )


def running(job: Job | None = None) -> Job:
    return transitions.running(job or starting(), "j", now_ms=50, due_at_ms=60)


def collecting(job: Job | None = None) -> Job:
    return transitions.collecting(
        job or running(), ended_ms=70, completion_received_ms=71, duration_ms=1500, billed_ms=1500, due_at_ms=80
    )


def settled(job: Job | None = None) -> Job:
    job = job or collecting()
    return transitions.settled(job, replace(job.result, raw_key="raw", result_key="r"), now_ms=90, due_at_ms=100)


def check(job: Job) -> None:
    """The laws of every state."""
    assert (job.start.slot is not None) == (job.state in IN_SLOT)
    assert (job.start.input is not None) == (job.state is JobState.STARTING)
    assert (job.reserved == Reserved()) == (job.state not in IN_SLOT)
    assert (job.due_at_ms is None) == (job.state is JobState.CLOSED)
    assert (job.times.settled_ms is not None) == job.has_result
    assert (job.times.closed_ms is not None) == (job.state is JobState.CLOSED)
    assert job.result.failure is None or job.has_result
    assert job.start.refusal is None or job.state is JobState.WAITING or job.has_result
    if job.state is JobState.WAITING:
        assert job.result == Result()
        assert job.times == Times(job.times.created_ms)
        assert job.start == Start(refusal=job.start.refusal)
    if job.state in IN_SLOT:
        assert job.start.sends >= 1
        assert job.content == SharedContent(SHA)
        assert job.times.starting_ms is not None
        assert job.times.ended_ms is None
    if job.state in {JobState.RUNNING, JobState.COLLECTING}:
        assert job.start.job_id is not None
    if job.state is JobState.COLLECTING:
        assert job.times.ended_ms is not None
        if job.content.result_from_uri is not None:
            assert job.result.billed_ms == 0
            assert job.result.raw_key is not None


OWNER = settled(collecting(running(starting(replace(admitted(), video=TWIN)))))

STEPS: dict[JobState, list[Callable[[Job], Job]]] = {
    JobState.WAITING: [
        lambda job: transitions.following(job, TWIN.video_id, due_at_ms=5),
        lambda job: transitions.following_nobody(job, due_at_ms=5),
        starting,
        lambda job: transitions.taking_over(job, OWNER, now_ms=5, due_at_ms=6),
    ],
    JobState.STARTING: [
        lambda job: transitions.replaying(job, due_at_ms=5),
        running,
        lambda job: transitions.taken_back(job, refusal="full", due_at_ms=5),
    ],
    JobState.RUNNING: [
        lambda job: transitions.completion_early(job, now_ms=5, due_at_ms=6),
        lambda job: transitions.failed_for_now(job, due_at_ms=6),
        collecting,
    ],
    JobState.COLLECTING: [lambda job: transitions.disowned(job, due_at_ms=6), settled],
    JobState.SETTLED: [lambda job: transitions.closed(job, now_ms=5)],
    JobState.CLOSED: [lambda job: admitted(job, 2)],
}


@given(st.lists(st.integers(0, 9), max_size=40))
def test_whatever_way_a_job_goes_each_state_has_what_it_must_and_nothing_that_it_must_not(way: list[int]) -> None:
    job = admitted()
    check(job)
    for choice in way:
        steps = list(STEPS[job.state])
        if job.state is JobState.COLLECTING and job.content.result_from_uri is None:
            steps = steps[1:]  # only an answer that was taken over can be disowned
        if not job.has_result:
            steps.append(lambda job: transitions.failed(job, FAILURE, now_ms=7, due_at_ms=8))
        before, job = job, steps[choice % len(steps)](job)
        check(job)
        assert job.key == before.key
        assert job.times.created_ms == 10
        next_attempt = job.state is JobState.WAITING and before.state in {*IN_SLOT, JobState.CLOSED}
        assert job.attempt == before.attempt + next_attempt


def test_the_next_attempt_begins_anew_and_belongs_to_the_line_that_asks_for_it() -> None:
    was = transitions.closed(settled(), now_ms=5)
    job = transitions.admitted(
        was, line(2), replace(VIDEO, sha256=None), Analysis.LABELS, model_settings="n", now_ms=500, due_at_ms=20
    )
    assert (job.attempt, job.failures, job.times) == (2, 0, Times(10))
    assert (job.asked.by, job.asked.at_ms, job.asked.model_settings) == (line(2).id, 2, "n")
    assert job.content.sha256 == SHA  # what is known of the content stays known


def test_a_start_that_was_taken_back_says_why_until_the_next_is_sent() -> None:
    back = transitions.taken_back(starting(), refusal="the quota is full", due_at_ms=5)
    assert (back.attempt, back.start.refusal, back.failures) == (2, "the quota is full", 0)
    assert starting(back).start.refusal is None


def test_failures_in_a_row_are_counted_over_the_attempts_they_cause() -> None:
    once = transitions.failed_for_now(running(), due_at_ms=5)
    twice = transitions.failed_for_now(running(starting(once)), due_at_ms=5)
    assert (twice.failures, twice.attempt) == (2, 3)


@pytest.mark.parametrize("duration_ms", [1500, None])
def test_what_rekognition_has_done_is_billed_by_its_duration_as_far_as_that_is_known(duration_ms: int | None) -> None:
    job = transitions.collecting(
        running(),
        ended_ms=70,
        completion_received_ms=None,
        duration_ms=duration_ms,
        billed_ms=duration_ms or 0,
        due_at_ms=80,
    )
    assert (job.result.duration_ms, job.result.billed_ms) == (duration_ms, duration_ms or 0)
    assert settled(job).result.billed_ms == (duration_ms or 0)
    assert job.times.slot_ms == 40


def test_an_answer_that_is_taken_over_is_paid_by_its_owner_alone_and_can_be_given_up_without_a_trace() -> None:
    waiting = transitions.following(admitted(), TWIN.video_id, due_at_ms=5)
    shared = transitions.taking_over(waiting, OWNER, now_ms=5, due_at_ms=6)
    assert (shared.result.raw_key, shared.result.duration_ms, shared.result.billed_ms) == ("raw", 1500, 0)
    assert shared.content == SharedContent(SHA, TWIN.video_id, TWIN.uri)
    assert transitions.disowned(shared, due_at_ms=5) == waiting


def test_a_failure_ends_an_attempt_in_a_slot_now_and_changes_no_end_that_was() -> None:
    assert transitions.failed(running(), FAILURE, now_ms=99, due_at_ms=100).times.ended_ms == 99
    late = transitions.failed(collecting(), FAILURE, now_ms=99, due_at_ms=100)
    assert (late.times.ended_ms, late.times.settled_ms, late.result.billed_ms) == (70, 99, 1500)
    assert transitions.failed(admitted(), FAILURE, now_ms=99, due_at_ms=100).times.ended_ms is None
