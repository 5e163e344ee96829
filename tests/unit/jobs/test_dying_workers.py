"""A job over which workers die is given up too, and takes no other with it."""

import asyncio
from dataclasses import replace

import pytest

from reelsift.domain.failure import Reason
from reelsift.domain.job import Job, JobState
from reelsift.domain.line import OutcomeStatus
from reelsift.jobs.reconciler import SUSPECT
from reelsift.reports.trouble_words import trouble
from reelsift.worker.lifecycle import Worker
from support.jobs import change_job
from support.memory_worker import MemoryWorker, succeeded

CAP = 5


class Killed(BaseException):
    """The process ends here: nothing that follows is done, not even what an error does."""


async def kill(*_: object, **__: object) -> None:
    """A step over which a worker dies."""
    raise Killed


async def die(worker: MemoryWorker, times: int) -> None:
    """So many workers take up what is overdue, one after the other, and die."""
    for _ in range(times):
        worker.clock.move(worker.settings.recheck_running_s)
        await worker.jobs.reconciler.step()
        tasks = list(worker.jobs.reconciler._tasks._running)
        for task in tasks:
            with pytest.raises(Killed):
                await task


async def collecting(worker: MemoryWorker, key: str = "a.mp4") -> Job:
    """A job whose worker has died before its answer was read."""
    await worker.admit(worker.line(key))
    job = await worker.job(key)
    answered = change_job(job, state=JobState.COLLECTING, slot=None, due_at_ms=1, ended_ms=worker.clock.now_ms())
    return await worker.deployment.jobs.change(job, answered)


async def test_an_answer_that_kills_five_workers_ends_its_line_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = MemoryWorker()
    await collecting(worker)
    monkeypatch.setattr(worker.jobs.reconciler._collector, "collect", kill)
    await die(worker, CAP)
    job = await worker.job()
    assert (job.state, job.taken_up) == (JobState.COLLECTING, CAP)
    assert await worker.deployment.jobs.in_trouble(10) == [job]
    assert "4 workers or more have died over it" in str(trouble(job))
    await worker.reconcile(after_s=worker.settings.recheck_running_s)
    outcome = await worker.outcome()
    assert outcome is not None
    assert (outcome.status, outcome.reason) == (OutcomeStatus.FAILED, Reason.GAVE_UP)
    assert "5 workers have died while they were at it" in outcome.message
    assert (await worker.job()).state is JobState.CLOSED


async def test_one_that_kills_when_it_is_closed_keeps_its_result(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = MemoryWorker()
    await collecting(worker)
    monkeypatch.setattr(worker.jobs.closer, "close", kill)
    await die(worker, 1)
    settled = await worker.job()
    # What killed in another state does not count.
    assert (settled.state, settled.taken_up) == (JobState.SETTLED, 0)
    await die(worker, CAP)
    assert (await worker.job()).taken_up == CAP
    monkeypatch.undo()
    await worker.reconcile(after_s=worker.settings.recheck_running_s)
    job, outcome = await worker.job(), await worker.outcome()
    assert (job.state, job.result.failure) == (JobState.CLOSED, None)
    assert outcome is not None
    assert outcome.status is OutcomeStatus.SUCCEEDED


async def test_a_worker_that_lives_counts_for_nothing_whatever_becomes_of_the_job() -> None:
    worker = MemoryWorker()
    await collecting(worker)

    async def away(*_: object) -> None:
        raise TimeoutError

    worker.work.put = away  # type: ignore[method-assign,assignment]
    worker.rekognition.pages.extend([succeeded()] * 3 * CAP)
    for _ in range(2 * CAP):
        await worker.reconcile(after_s=worker.settings.recheck_running_s)
    job = await worker.job()
    assert (job.state, job.taken_up) == (JobState.COLLECTING, 0)
    assert trouble(job) is None


async def test_a_suspect_is_handled_alone() -> None:
    worker = MemoryWorker(quota=100)
    others = [await collecting(worker, f"{number}.mp4") for number in range(4)]
    suspect = await collecting(worker, "suspect.mp4")
    await worker.deployment.jobs.change(suspect, replace(suspect, taken_up=SUSPECT))
    beside: dict[str, int] = {}
    running = 0

    async def collect(job: Job) -> None:
        nonlocal running
        running += 1
        await asyncio.sleep(0)
        beside[job.video.key] = running - 1
        running -= 1

    worker.jobs.reconciler._collector.collect = collect  # type: ignore[method-assign,assignment]
    worker.clock.move(worker.settings.recheck_running_s)
    await worker.jobs.reconciler.step()
    await worker.jobs.reconciler.drain()
    assert len(beside) == len(others) + 1
    assert beside["suspect.mp4"] == 0
    assert any(beside[f"{number}.mp4"] for number in range(4))


async def test_a_worker_that_is_stopped_before_it_has_ended_has_not_died(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = MemoryWorker(drain_s=0.05)
    await collecting(memory)
    memory.clock.move(memory.settings.recheck_running_s)
    worker = Worker(memory.deployment, memory.policy, "me", memory.stop, memory.timings, memory.clock)
    begun = asyncio.Event()

    async def for_ever(_: Job) -> None:
        begun.set()
        await asyncio.Event().wait()

    reconciler = worker._parts.jobs.reconciler
    monkeypatch.setattr(reconciler._collector, "collect", for_ever)
    await reconciler.step()
    await begun.wait()
    assert (await memory.job()).taken_up == 1
    memory.stop.set()
    await worker._drain([])
    job = await memory.job()
    assert (job.state, job.taken_up) == (JobState.COLLECTING, 0)
