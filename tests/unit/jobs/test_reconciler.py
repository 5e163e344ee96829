"""What is overdue: each state's step is repeated, by one worker of all that see it."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from reelsift.domain.job import Job, JobState
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


async def write_as_a_later_version(worker: MemoryWorker, job: Job, **attributes: Any) -> None:
    """Change a row as no version does that this one knows of."""
    key = {"video_id": job.key.video_id, "analysis": str(job.analysis)}
    sets = ", ".join(f"#{name} = :{name}" for name in attributes)
    await worker.deployment.jobs.table.update(key, f"SET {sets}", **attributes)


async def test_rows_that_this_version_cannot_read_keep_no_job_from_its_check() -> None:
    worker = MemoryWorker(quota=100)
    # More of them than are read at a time, and due for longer.
    for number in range(DUE_AT_ONCE + 1):
        await worker.admit(worker.line(f"{number}.mp4"))
        job = await worker.job(f"{number}.mp4")
        await write_as_a_later_version(worker, job, state="OF_A_LATER_VERSION", due_at=1)
    await worker.admit()
    with capture_logs() as logs:
        await worker.reconcile(after_s=worker.settings.recheck_running_s)
        await worker.reconcile()
    assert (await worker.job()).state is JobState.CLOSED
    assert len([entry for entry in logs if entry["event"] == "row_unreadable"]) == DUE_AT_ONCE + 1


async def test_the_slot_of_a_job_that_this_version_cannot_read_is_no_orphan_and_keeps_none_from_being_freed() -> None:
    worker = MemoryWorker()
    for name in ("later.mp4", "unknown.mp4", "orphan.mp4"):
        await worker.admit(worker.line(name))
    await write_as_a_later_version(worker, await worker.job("later.mp4"), state="OF_A_LATER_VERSION")
    of_unknown = await worker.job("unknown.mp4")
    assert of_unknown.start.slot is not None
    holder = f"{of_unknown.key.video_id}/of_a_later_version/1"
    await worker.deployment.slots.table.update({"slot": of_unknown.start.slot}, "SET #holder = :holder", holder=holder)
    orphan = await worker.job("orphan.mp4")
    worker.tables["jobs"].rows.pop((orphan.key.video_id, str(orphan.analysis)))
    worker.clock.move(worker.timings.orphan_slot_s + 1)
    await worker.jobs.reconciler.free_orphans()
    assert orphan.start.slot not in await worker.slots_held()
    assert len(await worker.slots_held()) == 2


async def test_a_worker_that_is_to_stop_takes_up_nothing_more_of_what_it_has_found_due() -> None:
    worker = MemoryWorker(collectors=1)
    for number in range(4):
        await worker.admit(worker.line(f"{number}.mp4"))
    worker.clock.move(worker.settings.recheck_running_s)
    asked = worker.rekognition.page

    async def page(*asking: Any) -> Any:
        worker.stop.set()
        await asyncio.sleep(0)
        return await asked(*asking)

    worker.rekognition.page = page  # type: ignore[method-assign,assignment]
    await worker.jobs.reconciler.step()
    await worker.jobs.reconciler.drain()
    assert len(worker.rekognition.asked) == 1
