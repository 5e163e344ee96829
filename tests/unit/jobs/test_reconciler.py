"""What is overdue: each state's step is repeated, by one worker of all that see it."""

import pytest

from reelsift.domain.job import JobState
from reelsift.jobs.reconciler import DUE_AT_ONCE, STORING_FAILS
from support.jobs import change_job
from support.memory_worker import MemoryWorker, succeeded


async def test_a_worker_that_died_over_its_start_is_followed_by_a_replay() -> None:
    worker = MemoryWorker()
    worker.rekognition.answers.append(RuntimeError("dies"))
    with pytest.raises(RuntimeError):
        await worker.admit()
    await worker.reconcile(after_s=worker.settings.recheck_starting_s)
    assert (await worker.job()).state is JobState.RUNNING
    await worker.reconcile()  # a replay brings no completion, so the job is due at once
    assert (await worker.job()).state is JobState.CLOSED


async def test_a_lost_completion_costs_only_time() -> None:
    worker = MemoryWorker()
    await worker.admit()
    await worker.reconcile(after_s=worker.settings.recheck_running_s - 1)
    assert (await worker.job()).state is JobState.RUNNING
    await worker.reconcile(after_s=1)
    assert (await worker.job()).state is JobState.CLOSED


async def test_the_lost_message_of_a_due_attempt_is_sent_again_after_a_day() -> None:
    worker = MemoryWorker(quota=1, analyses="content_moderation,labels")
    await worker.admit()
    await worker.reconcile(after_s=worker.timings.lost_message_s)
    bodies = [body for body, _ in worker.queues["begun"].sent]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]


async def test_of_two_workers_that_see_an_overdue_job_one_takes_it_up() -> None:
    worker = MemoryWorker()
    other = worker.another("other")
    await worker.admit()
    worker.rekognition.pages.extend([{"JobStatus": "IN_PROGRESS"}] * 2)
    worker.clock.move(worker.settings.recheck_running_s)
    for reconciler in (worker.jobs.reconciler, other.jobs.reconciler):
        await reconciler.step()
    for reconciler in (worker.jobs.reconciler, other.jobs.reconciler):
        await reconciler.drain()
    assert len(worker.rekognition.asked) == 1


async def test_answers_that_cannot_be_stored_stop_this_workers_intake() -> None:
    worker = MemoryWorker(quota=100)
    for number in range(STORING_FAILS):
        await worker.admit(worker.line(f"{number}.mp4"))
        job = await worker.job(f"{number}.mp4")
        collecting = change_job(job, state=JobState.COLLECTING, slot=None, due_at_ms=1, ended_ms=worker.clock.now_ms())
        await worker.deployment.jobs.change(job, collecting)
    worker.rekognition.pages.extend([succeeded()] * STORING_FAILS)
    await worker.reconcile()
    assert STORING_FAILS <= DUE_AT_ONCE
    assert await worker.jobs.pool.take(1) == []
    worker.clock.move(worker.settings.reconcile_s * 2 + 1)
    assert await worker.jobs.pool.take(1) != []
