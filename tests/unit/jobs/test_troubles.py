"""AWS fails over one video for ever: it ends after a bounded time, by a record, and an outage ends nothing."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from reelsift.aws.errors import Unanswered
from reelsift.aws.rekognition import StartAnswer, Unclear
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.job import JobState
from reelsift.domain.outcome import Outcome
from support.memory_worker import MemoryWorker, succeeded

LIMIT_S = 3600


@pytest.fixture(autouse=True)
def _no_logs() -> Iterator[None]:
    with capture_logs():
        yield


async def ended(worker: MemoryWorker) -> Outcome:
    outcome = await worker.outcome()
    assert outcome is not None
    return outcome


class FailingStarts:
    """Every Start takes 20 s and says nothing, so often at most."""

    def __init__(self, worker: MemoryWorker, times: int) -> None:
        self._worker = worker
        self.left = times
        worker.rekognition.start = self.start  # type: ignore[method-assign]

    async def start(self, analysis: Analysis, start_input: str) -> StartAnswer:
        assert (analysis, bool(start_input)) == (Analysis.CONTENT_MODERATION, True)
        self._worker.clock.move(20)
        self.left -= 1
        if not self.left:
            self._worker.stop.set()
        return Unclear("InternalServerError: try again")


async def test_a_start_that_fails_for_an_hour_while_rekognition_answers_ends_as_unknown_and_frees_its_slot() -> None:
    worker = MemoryWorker(daily_budget="100")
    starts = FailingStarts(worker, 1_000)
    await worker.admit()
    outcome = await ended(worker)
    assert outcome.reason is Reason.START_UNKNOWN
    assert "answered about others" in outcome.message
    assert "may have been billed" in outcome.message
    assert await worker.slots_held() == []
    tried_s = (1_000 - starts.left) * 20
    assert LIMIT_S <= tried_s <= LIMIT_S + 120
    assert worker.queues["intake"].sent == []


async def test_what_a_start_that_is_given_up_has_reserved_counts_as_spent() -> None:
    worker = MemoryWorker(daily_budget="100")
    FailingStarts(worker, 1_000)
    await worker.admit()
    (row,) = [row for row in worker.tables["batches"].rows.values() if row["batch_id"] == "budget"]
    assert (row.get("reserved", 0), row["spent"] > 0) == (0, True)


async def test_an_outage_of_rekognition_ends_no_start() -> None:
    worker = MemoryWorker()
    worker.rekognition.up = False
    FailingStarts(worker, 1_000)
    await worker.admit()
    job = await worker.job()
    assert (job.state, job.trouble.ms) == (JobState.STARTING, 0)
    assert job.trouble.cause == "InternalServerError: try again"
    assert await worker.slots_held() == [job.start.slot]


async def test_trouble_with_a_start_outlives_the_workers_that_have_it() -> None:
    worker = MemoryWorker()
    starts = FailingStarts(worker, 3)
    await worker.admit()
    for _ in range(100):
        worker.stop.clear()
        starts.left = 3
        await worker.reconcile(after_s=worker.settings.recheck_starting_s)
        if (await worker.job()).has_result:
            break
    assert (await ended(worker)).reason is Reason.START_UNKNOWN


async def test_a_start_that_succeeds_after_all_forgets_its_trouble() -> None:
    worker = MemoryWorker()
    worker.rekognition.answers.extend([Unclear("500")] * 5)
    await worker.admit()
    job = await worker.job()
    assert (job.state, job.trouble.cause) == (JobState.RUNNING, None)


async def troubled_get(worker: MemoryWorker, checks: int) -> None:
    for _ in range(checks):
        worker.rekognition.pages.append(Unanswered("GetContentModeration of job-1: 500"))
        await worker.reconcile(after_s=worker.timings.trouble_check_s)


async def test_a_get_that_fails_for_an_hour_while_rekognition_answers_ends_the_job_and_frees_its_slot() -> None:
    worker = MemoryWorker()
    await worker.admit()
    worker.clock.move(worker.settings.recheck_running_s)
    await troubled_get(worker, 59)
    assert (await worker.job()).state is JobState.RUNNING
    await troubled_get(worker, 3)
    outcome = await ended(worker)
    assert outcome.reason is Reason.REKOGNITION_FAILED
    assert "retry pays again" in outcome.message
    assert await worker.slots_held() == []
    assert len(worker.rekognition.starts) == 1
    assert worker.queues["intake"].sent == []


async def test_a_get_is_not_given_up_while_rekognition_answers_nothing_and_names_its_trouble_meanwhile() -> None:
    worker = MemoryWorker()
    await worker.admit()
    worker.clock.move(worker.settings.recheck_running_s)
    worker.rekognition.up = False
    await troubled_get(worker, 200)
    job = await worker.job()
    assert (job.state, job.trouble.ms, job.trouble.cause) == (
        JobState.RUNNING,
        0,
        "GetContentModeration of job-1: 500",
    )
    worker.rekognition.up = True
    await worker.reconcile(after_s=worker.timings.trouble_check_s)
    assert (await worker.job()).state is JobState.CLOSED
    assert (await ended(worker)).reason is None


async def test_a_status_that_comes_after_all_forgets_the_trouble() -> None:
    worker = MemoryWorker()
    await worker.admit()
    worker.clock.move(worker.settings.recheck_running_s)
    await troubled_get(worker, 30)
    assert (await worker.job()).trouble.ms > 0
    worker.rekognition.pages.append({"JobStatus": "IN_PROGRESS"})
    await worker.reconcile(after_s=worker.timings.trouble_check_s)
    assert (await worker.job()).trouble.ms == 0


async def test_an_answer_of_which_a_page_fails_for_ever_ends_too_and_says_that_it_was_paid() -> None:
    worker = MemoryWorker()
    await worker.admit()
    worker.rekognition.pages.extend([succeeded() | {"NextToken": "2"}, Unanswered("page 2: 500")])
    worker.complete(await worker.job())
    await worker.receive_completions()
    for _ in range(65):
        worker.rekognition.pages.extend([succeeded() | {"NextToken": "2"}, Unanswered("page 2: 500")])
        await worker.reconcile(after_s=worker.settings.recheck_collecting_s)
    outcome = await ended(worker)
    assert (outcome.reason, outcome.billed_ms) == (Reason.REKOGNITION_FAILED, 2000)
    assert "was paid" in outcome.message


async def test_an_object_that_cannot_be_looked_at_after_its_analysis_ends_the_job_too() -> None:
    worker = MemoryWorker()
    await worker.admit()
    worker.videos.unanswered.add("a.mp4")
    worker.complete(await worker.job())
    await worker.receive_completions()
    for _ in range(65):
        await worker.reconcile(after_s=worker.settings.recheck_collecting_s)
    outcome = await ended(worker)
    assert (outcome.reason, outcome.billed_ms) == (Reason.S3_FAILED, 2000)


def body(worker: MemoryWorker) -> str:
    line = {"bucket": "videos", "key": "a.mp4", "batch": "batch", "line": "a.mp4", "chunk": 0}
    return json.dumps(line | {"submitted_ms": worker.clock.now_ms()})


async def redelivered(worker: MemoryWorker, times: int) -> dict[str, Any]:
    """A line comes, and comes again each time it is sent anew; returns what was sent last."""
    intake = worker.queues["intake"]
    last: dict[str, Any] = {}
    if not intake.waiting:
        intake.put(body(worker))
    for _ in range(times):
        await worker.receive()
        if not intake.sent:
            break
        ((sent, delay_s),) = intake.sent
        intake.sent.clear()
        worker.clock.move(delay_s)
        intake.put(sent)
        last = json.loads(sent)
    return last


async def test_a_head_that_fails_for_an_hour_while_s3_answers_ends_its_line() -> None:
    worker = MemoryWorker()
    worker.videos.unanswered.add("a.mp4")
    retries = LIMIT_S // worker.timings.outage_retry_s
    last = await redelivered(worker, retries - 5)
    assert (await worker.outcome(), last["trouble_ms"] > 0) == (None, True)
    assert await worker.jobs.pool.take_now(1) != []  # one object's trouble does not stop the intake
    await redelivered(worker, 10)
    assert (await ended(worker)).reason is Reason.S3_FAILED
    assert worker.rekognition.starts == []


async def test_an_outage_of_s3_ends_no_line_and_stops_the_intake() -> None:
    worker = MemoryWorker()
    worker.videos.unanswered.add("a.mp4")
    worker.videos.up = False
    last = await redelivered(worker, 500)
    assert await worker.outcome() is None
    assert last.get("trouble_ms") is None
    await worker.receive()
    assert await worker.jobs.pool.take(1) == []


async def test_a_line_whose_object_answers_after_all_is_analysed() -> None:
    worker = MemoryWorker()
    worker.videos.unanswered.add("a.mp4")
    last = await redelivered(worker, 50)
    worker.videos.unanswered.clear()
    worker.queues["intake"].put(json.dumps(last))
    await worker.receive()
    assert (await worker.job()).state is JobState.RUNNING


@pytest.mark.parametrize("seconds", [300, 1800])
async def test_how_long_is_a_setting(seconds: int) -> None:
    worker = MemoryWorker(trouble_limit_s=seconds)
    starts = FailingStarts(worker, 1_000)
    await worker.admit()
    assert seconds <= (1_000 - starts.left) * 20 <= seconds + 120
