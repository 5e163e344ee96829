"""What Rekognition says of a job, and what follows from it."""

import pytest

from reelsift.aws.rekognition import ResultExpired
from reelsift.domain.failure import Reason
from reelsift.domain.job import Job, JobState, job_tag
from reelsift.domain.line import OutcomeStatus
from support.memory_worker import MemoryWorker, succeeded

ONCE_MORE = {"JobStatus": "FAILED", "StatusMessage": "Internal error."}
UNSUPPORTED = {"JobStatus": "FAILED", "StatusMessage": "Unsupported codec/format."}
IN_PROGRESS = {"JobStatus": "IN_PROGRESS"}


async def running(worker: MemoryWorker) -> Job:
    await worker.admit()
    return await worker.job()


async def test_a_success_frees_the_slot_before_its_answer_is_read() -> None:
    worker = MemoryWorker()
    job = await running(worker)
    worker.rekognition.pages.append(succeeded() | {"NextToken": "2"})
    worker.rekognition.pages.append(RuntimeError("the worker dies over the second page"))
    worker.complete(job)
    await worker.receive_completions()
    assert ((await worker.job()).state, await worker.slots_held()) == (JobState.COLLECTING, [])
    await worker.reconcile(after_s=worker.settings.recheck_collecting_s)
    assert (await worker.job()).state is JobState.CLOSED
    assert len(worker.rekognition.starts) == 1


async def test_an_answer_that_cannot_be_read_fails_the_line_which_has_paid_all_the_same() -> None:
    worker = MemoryWorker()
    job = await running(worker)
    worker.rekognition.pages.append(succeeded() | {"ModerationLabels": "no list"})
    worker.complete(job)
    await worker.receive_completions()
    outcome = await worker.outcome()
    assert outcome is not None
    assert (outcome.reason, outcome.billed_ms) == (Reason.INTERNAL_ERROR, 2000)


async def test_the_end_of_a_job_is_what_its_completion_says_if_that_can_be_true() -> None:
    for said_s, believed_s in ((0, 0), (-3600, 20), (3600, 20)):
        worker = MemoryWorker()
        job = await running(worker)
        at_ms = worker.clock.now_ms() + said_s * 1000
        worker.clock.move(20)
        worker.complete(job, Timestamp=at_ms)
        await worker.receive_completions()
        ended = await worker.job()
        assert ended.times.ended_ms == (job.times.running_ms or 0) + believed_s * 1000


async def test_a_completion_before_the_end_is_not_believed_and_the_job_is_checked_soon() -> None:
    worker = MemoryWorker()
    job = await running(worker)
    worker.rekognition.pages.append(IN_PROGRESS)
    worker.complete(job)
    await worker.receive_completions()
    early = await worker.job()
    assert early.state is JobState.RUNNING
    assert (early.due_at_ms or 0) - worker.clock.now_ms() == worker.timings.early_completion_s * 1000
    assert worker.queues["completion"].deleted == ["r0"]
    await worker.reconcile(after_s=worker.timings.early_completion_s)
    assert (await worker.job()).state is JobState.CLOSED


async def test_a_job_that_still_runs_is_left_alone_for_a_while() -> None:
    worker = MemoryWorker()
    job = await running(worker)
    worker.rekognition.pages.append(IN_PROGRESS)
    await worker.reconcile(after_s=worker.settings.recheck_running_s)
    later = await worker.job()
    assert (later.state, later.start.slot) == (JobState.RUNNING, job.start.slot)
    assert (later.due_at_ms or 0) == worker.clock.now_ms() + worker.settings.recheck_running_s * 1000


async def test_a_passing_failure_is_tried_again_with_a_growing_delay_and_a_third_one_is_the_end() -> None:
    worker = MemoryWorker(retry_delay_s=30, max_failures=3)
    await worker.admit()
    for failures, delay_s in ((1, 30), (2, 60)):
        worker.rekognition.pages.append(ONCE_MORE)
        worker.complete(await worker.job())
        await worker.receive_completions()
        job = await worker.job()
        assert (job.state, job.failures, job.attempt) == (JobState.WAITING, failures, failures + 1)
        body, delay = worker.queues["begun"].sent[-1]
        assert delay == delay_s
        worker.queues["begun"].put(body)
        await worker.receive()
    worker.rekognition.pages.append(ONCE_MORE)
    worker.complete(await worker.job())
    await worker.receive_completions()
    outcome = await worker.outcome()
    assert outcome is not None
    assert (outcome.status, outcome.reason) == (OutcomeStatus.FAILED, Reason.REKOGNITION_FAILED)
    assert len(worker.rekognition.starts) == 3


async def test_no_delay_of_a_retry_is_longer_than_sqs_allows() -> None:
    worker = MemoryWorker(retry_delay_s=600, max_failures=9)
    await worker.admit()
    for _ in range(2):
        worker.rekognition.pages.append(ONCE_MORE)
        worker.complete(await worker.job())
        await worker.receive_completions()
        worker.queues["begun"].put(worker.queues["begun"].sent[-1][0])
        await worker.receive()
    assert [delay for _, delay in worker.queues["begun"].sent] == [600, 900]


async def test_what_speaks_of_the_video_itself_is_not_tried_again() -> None:
    worker = MemoryWorker()
    job = await running(worker)
    worker.rekognition.pages.append(UNSUPPORTED)
    worker.complete(job)
    await worker.receive_completions()
    outcome = await worker.outcome()
    assert outcome is not None
    assert outcome.reason is Reason.UNSUPPORTED_CODEC
    assert "s3://videos/a.mp4" in outcome.message
    assert len(worker.rekognition.starts) == 1


async def test_a_result_that_rekognition_no_longer_has_frees_the_slot_and_says_what_it_cost() -> None:
    worker = MemoryWorker(daily_budget="100")
    await running(worker)
    worker.rekognition.pages.append(ResultExpired("job-1"))
    await worker.reconcile(after_s=worker.settings.recheck_running_s)
    outcome = await worker.outcome()
    assert outcome is not None
    assert outcome.reason is Reason.RESULT_EXPIRED
    assert "USD" in outcome.message
    assert await worker.slots_held() == []
    (budget,) = [row for row in worker.tables["batches"].rows.values() if "committed" in row]
    assert budget["reserved"] == 0
    assert budget["spent"] > 0


@pytest.mark.parametrize("own", [True, False])
async def test_a_completion_quicker_than_its_starter_is_adopted_only_if_rekognition_itself_gives_the_tag(
    own: bool,  # noqa: FBT001 - parametrised
) -> None:
    worker = MemoryWorker()
    worker.rekognition.answers.append(RuntimeError("the worker dies before it records the JobId"))
    with pytest.raises(RuntimeError):
        await worker.admit()
    job = await worker.job()
    tag = job_tag(worker.settings.deployment, job.current) if own else "another:application"
    worker.rekognition.pages.append(succeeded(tag=tag))
    worker.complete(job, JobId="job-9")
    await worker.receive_completions()
    after = await worker.job()
    assert (after.state, after.start.job_id) == ((JobState.CLOSED, "job-9") if own else (JobState.STARTING, None))


async def test_stale_and_foreign_completions_are_deleted_and_change_nothing() -> None:
    worker = MemoryWorker()
    job = await running(worker)
    worker.complete(job, JobTag=f"reelsift:{job.key.video_id}:content_moderation:7")
    worker.complete(job, JobTag="somebody-else:1")
    worker.complete(job, JobTag=None)
    await worker.receive_completions()
    assert await worker.job() == job
    assert worker.rekognition.asked == []
    assert sorted(worker.queues["completion"].deleted) == ["r0", "r1", "r2"]


async def test_a_doubled_completion_reads_the_answer_once() -> None:
    worker = MemoryWorker()
    job = await running(worker)
    worker.complete(job)
    await worker.receive_completions()
    worker.complete(job)
    await worker.receive_completions()
    assert worker.rekognition.asked == ["job-1"]
    assert worker.metrics.counted["Succeeded", "content_moderation"] == 1
