"""A job that the program itself fails over is judged, as messages are: whatever its state, its lines end."""

import json
from collections.abc import Iterator, Sequence

import pytest
from botocore.exceptions import ClientError
from structlog.testing import capture_logs

from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.job import Job, JobKey, JobState
from reelsift.domain.line import Line, LineId, OutcomeStatus
from reelsift.domain.video_verdict import Said
from reelsift.manifests.messages import AttemptMessage, encode_attempt, encode_line
from support.memory_worker import MemoryWorker, succeeded

CAP = 5


@pytest.fixture(autouse=True)
def _no_tracebacks() -> Iterator[None]:
    """To draw one takes longer than a whole test."""
    with capture_logs():
        yield


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "m"}}, "Operation")


async def fail_again_and_again(worker: MemoryWorker, *, checks: int = CAP + 2) -> None:
    for _ in range(checks):
        await worker.reconcile(after_s=worker.settings.recheck_running_s)


async def collecting(worker: MemoryWorker, confidence: float | None = None) -> None:
    """The job ends well at Rekognition, and its completion comes."""
    await worker.admit()
    worker.rekognition.pages.append(succeeded(confidence))
    worker.complete(await worker.job())
    await worker.receive_completions()


async def test_a_settler_that_raises_is_tried_five_times_and_then_the_line_ends_and_says_why() -> None:
    worker = MemoryWorker()
    await worker.parts.policies.step()
    tried = 0

    async def unwritable(key: str, body: bytes, content_type: str) -> None:
        nonlocal tried
        tried += len(key) > 0 < len(body) and content_type == "application/json"
        raise refusal("InvalidArgument")

    worker.work.put = unwritable  # type: ignore[method-assign]
    await collecting(worker)
    assert (await worker.job()).program_failures == 1
    await fail_again_and_again(worker)
    outcome = await worker.outcome()
    assert outcome is not None
    assert (outcome.status, outcome.reason, outcome.billed_ms) == (OutcomeStatus.FAILED, Reason.GAVE_UP, 2000)
    assert "InvalidArgument" in outcome.message
    assert "was paid" in outcome.message
    assert (tried, (await worker.job()).state) == (CAP, JobState.CLOSED)
    assert worker.metrics.counted["ProgramFailures",] == CAP


async def test_an_outage_is_no_failure_of_the_program_however_long_it_lasts() -> None:
    worker = MemoryWorker()

    async def away(key: str, body: bytes, content_type: str) -> None:
        assert all([key, body, content_type])
        raise refusal("ServiceUnavailable")

    put, worker.work.put = worker.work.put, away  # type: ignore[method-assign]
    await collecting(worker)
    await fail_again_and_again(worker, checks=50)
    assert ((await worker.job()).state, (await worker.job()).program_failures) == (JobState.COLLECTING, 0)
    worker.work.put = put  # type: ignore[method-assign]
    await fail_again_and_again(worker, checks=1)
    assert (await worker.job()).state is JobState.CLOSED
    assert worker.metrics.counted["ProgramFailures",] == 0


async def test_failures_in_one_state_do_not_count_in_the_next() -> None:
    worker = MemoryWorker()
    await worker.admit()
    worker.rekognition.pages.extend([KeyError("a fault")] * (CAP - 1))
    await fail_again_and_again(worker, checks=CAP - 1)
    assert ((await worker.job()).state, (await worker.job()).program_failures) == (JobState.RUNNING, CAP - 1)
    await fail_again_and_again(worker, checks=1)
    job = await worker.job()
    assert (job.state, job.program_failures, job.result.failure) == (JobState.CLOSED, 0, None)


async def test_a_running_job_that_is_given_up_frees_its_slot_and_its_reservation_counts_as_spent() -> None:
    worker = MemoryWorker(daily_budget="100")
    await worker.admit()
    worker.rekognition.pages.extend([KeyError("a fault")] * CAP)
    await fail_again_and_again(worker)
    outcome = await worker.outcome()
    assert outcome is not None
    assert outcome.reason is Reason.GAVE_UP
    assert await worker.slots_held() == []
    (row,) = [row for row in worker.tables["batches"].rows.values() if row["batch_id"] == "budget"]
    assert (row.get("reserved", 0), row["spent"] > 0) == (0, True)


async def test_a_start_that_the_program_fails_over_may_have_been_sent_so_it_ends_as_unknown() -> None:
    worker = MemoryWorker()
    worker.rekognition.answers.extend([KeyError("JobId")] * (CAP + 1))
    with pytest.raises(KeyError):
        await worker.admit()
    await fail_again_and_again(worker)
    outcome = await worker.outcome()
    assert outcome is not None
    assert outcome.reason is Reason.START_UNKNOWN
    assert await worker.slots_held() == []


async def test_an_alert_that_sns_refuses_for_ever_holds_up_no_line_and_the_row_says_that_it_did_not_go_out() -> None:
    worker = MemoryWorker()
    worker.alerts.failure = refusal("InvalidParameter")
    await collecting(worker, 98)
    assert (await worker.job()).state is JobState.SETTLED
    await fail_again_and_again(worker)
    job, outcome = await worker.job(), await worker.outcome()
    assert outcome is not None
    assert (outcome.status, outcome.verdict) == (OutcomeStatus.SUCCEEDED, "reject")
    assert (job.state, "InvalidParameter" in (job.undelivered or "")) == (JobState.CLOSED, True)
    assert worker.metrics.counted["Succeeded", "content_moderation"] == 1


async def test_a_verdict_that_cannot_be_made_holds_up_no_line_and_the_row_says_so() -> None:
    worker = MemoryWorker()
    reviews = worker.deployment.reviews

    async def refused(*_: object, **__: object) -> None:
        raise ValueError("a fault")

    reviews.write = refused  # type: ignore[method-assign, assignment]
    await collecting(worker, 98)
    await fail_again_and_again(worker)
    job, outcome = await worker.job(), await worker.outcome()
    assert outcome is not None
    assert (outcome.status, outcome.verdict) == (OutcomeStatus.SUCCEEDED, None)
    assert (job.state, "a fault" in (job.undelivered or "")) == (JobState.CLOSED, True)


async def test_a_line_that_no_result_can_end_ends_as_given_up_and_its_neighbours_with_the_result() -> None:
    worker = MemoryWorker()
    await worker.admit()
    await worker.admit(worker.line(id=LineId("batch", "poison", 0)))
    await worker.admit(worker.line(id=LineId("batch", "good", 0)))
    lines = worker.jobs.lines
    end = lines.end

    async def fail_over_poison(lines: Sequence[Line], job: Job, said: Said) -> list[Line]:
        if any(line.id.line == "poison" for line in lines):
            raise ValueError("a fault")
        return await end(lines, job, said)

    lines.end = fail_over_poison  # type: ignore[method-assign]
    worker.rekognition.pages.append(succeeded())
    worker.complete(await worker.job())
    await worker.receive_completions()
    await fail_again_and_again(worker)
    outcomes = {name: await worker.outcome(name) for name in ("a.mp4", "poison", "good")}
    assert {name: outcome and outcome.reason for name, outcome in outcomes.items()} == {
        "a.mp4": None,
        "poison": Reason.GAVE_UP,
        "good": None,
    }
    assert await worker.waiting() == []
    assert (await worker.job()).state is JobState.CLOSED


async def test_an_attempt_whose_message_is_judged_ends_its_job() -> None:
    worker = MemoryWorker()
    await worker.admit()
    worker.rekognition.pages.append({"JobStatus": "FAILED", "StatusMessage": "Internal error"})
    worker.complete(await worker.job())
    await worker.receive_completions()
    job = await worker.job()
    assert (job.state, job.attempt) == (JobState.WAITING, 2)
    due = encode_attempt(AttemptMessage(job.key.video_id, Analysis.CONTENT_MODERATION, 2))
    worker.queues["begun"].put(due, receives=worker.settings.max_receives)
    await worker.receive()
    outcome = await worker.outcome()
    assert outcome is not None
    assert outcome.reason is Reason.GAVE_UP
    assert len(worker.dead["begun"].sent) == 1


async def test_the_dead_letter_of_an_attempt_that_no_worker_has_judged_ends_its_job_too() -> None:
    worker = MemoryWorker()
    await worker.admit()
    worker.rekognition.pages.append({"JobStatus": "FAILED", "StatusMessage": "Internal error"})
    worker.complete(await worker.job())
    await worker.receive_completions()
    job = await worker.job()
    worker.dead["intake"].put(json.dumps(json.loads(encode_attempt(AttemptMessage(*_named(job.key), 2)))))
    await worker.parts.dead_letter_sweep.step()
    outcome = await worker.outcome()
    assert outcome is not None
    assert outcome.reason is Reason.GAVE_UP


async def test_a_dead_letter_that_cannot_be_judged_keeps_no_other_from_it() -> None:
    worker = MemoryWorker()
    await worker.admit()
    job = await worker.job()
    row = worker.tables["jobs"].rows[job.key.video_id, str(job.analysis)]
    row["state"] = "OF_A_LATER_VERSION"
    worker.dead["begun"].put(encode_attempt(AttemptMessage(*_named(job.key), 1)))
    worker.dead["begun"].put(encode_line(worker.line("b.mp4")))
    worker.dead["intake"].put(encode_line(worker.line("c.mp4")))
    await worker.parts.dead_letter_sweep.step()
    outcomes = [await worker.outcome(key) for key in ("b.mp4", "c.mp4")]
    assert [outcome and outcome.reason for outcome in outcomes] == [Reason.GAVE_UP, Reason.GAVE_UP]
    # It is there for whoever looks for it, and is judged once that can be.
    assert (worker.dead["begun"].deleted, worker.dead["begun"].hidden) == (["r1"], [("r0", 0)])
    assert worker.metrics.counted["ProgramFailures",] == 1


async def test_an_old_message_of_an_attempt_gives_up_nothing() -> None:
    worker = MemoryWorker()
    await worker.admit()
    job = await worker.job()
    await worker.jobs.giving_up.message_failed(AttemptMessage(*_named(job.key), 1), "too often")
    assert (await worker.job()) == job


def _named(key: JobKey) -> tuple[str, Analysis]:
    return key.video_id, key.analysis
