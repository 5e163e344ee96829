"""A person gives up what nothing else would end soon: recorded with its slot and money, and never started again."""

import pytest

from reelsift.aws.rekognition import Unclear
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.job import JobState
from reelsift.errors import NotAVideo, NothingToGiveUp
from reelsift.jobs.by_hand import give_up, jobs_to_give_up
from support.memory_worker import MemoryWorker, succeeded

URI = "s3://videos/a.mp4"


async def by_hand(worker: MemoryWorker, named: str = URI) -> list[JobState]:
    jobs = await jobs_to_give_up(worker.deployment, named)
    return [job.state for job in await give_up(worker.deployment, jobs, worker.clock)]


async def starting(worker: MemoryWorker) -> None:
    """A job whose Start was perhaps accepted, left by a worker that stops."""
    worker.rekognition.answers.append(Unclear("500"))
    worker.stop.set()
    await worker.admit()
    worker.stop.clear()
    assert (await worker.job()).state is JobState.STARTING


async def test_a_start_that_was_perhaps_accepted_ends_as_unknown_and_its_estimate_counts_as_spent() -> None:
    worker = MemoryWorker(daily_budget="100")
    await starting(worker)
    assert await by_hand(worker) == [JobState.SETTLED]
    assert await worker.slots_held() == []
    await worker.reconcile()
    outcome = await worker.outcome()
    assert outcome is not None
    assert outcome.reason is Reason.START_UNKNOWN
    assert "somebody gave it up" in outcome.message
    (row,) = [row for row in worker.tables["batches"].rows.values() if row["batch_id"] == "budget"]
    assert (row.get("reserved", 0), row["spent"] > 0) == (0, True)
    assert len(worker.rekognition.starts) == 1


async def test_what_runs_ends_as_given_up_and_a_late_answer_changes_nothing() -> None:
    worker = MemoryWorker()
    await worker.admit()
    job = await worker.job()
    assert await by_hand(worker, job.key.video_id) == [JobState.SETTLED]
    worker.rekognition.pages.append(succeeded(99))
    worker.complete(job)
    await worker.receive_completions()
    await worker.reconcile()
    outcome = await worker.outcome()
    assert outcome is not None
    assert (outcome.reason, (await worker.job()).state) == (Reason.GAVE_UP, JobState.CLOSED)
    assert worker.alerts.sent == []


async def test_a_replay_that_comes_between_is_noticed_and_the_job_ends_all_the_same() -> None:
    worker = MemoryWorker()
    await starting(worker)
    jobs = await jobs_to_give_up(worker.deployment, URI)
    worker.rekognition.answers.append(Unclear("500"))
    worker.stop.set()
    await worker.jobs.starter.replay(await worker.job())
    assert (await worker.job()).start.sends == 2
    ended = await give_up(worker.deployment, jobs, worker.clock)
    assert [job.result.failure is not None for job in ended] == [True]
    assert await worker.slots_held() == []


async def test_what_ended_meanwhile_is_left_as_it_is() -> None:
    worker = MemoryWorker()
    await worker.admit()
    jobs = await jobs_to_give_up(worker.deployment, URI)
    worker.complete(jobs[0])
    await worker.receive_completions()
    assert await give_up(worker.deployment, jobs, worker.clock) == []
    assert (await worker.job()).result.failure is None


@pytest.mark.parametrize("named", [URI, "0" * 40])
async def test_there_is_nothing_to_give_up_of_a_video_that_nobody_analyses(named: str) -> None:
    with pytest.raises(NothingToGiveUp):
        await jobs_to_give_up(MemoryWorker().deployment, named)


async def test_only_the_analyses_that_are_named_are_chosen() -> None:
    worker = MemoryWorker(analyses="content_moderation,labels", quota=1)
    await worker.admit()
    jobs = await jobs_to_give_up(worker.deployment, URI, [Analysis.LABELS])
    assert [job.analysis for job in jobs] == [Analysis.LABELS]
    assert len(await jobs_to_give_up(worker.deployment, URI)) == 2


@pytest.mark.parametrize("named", ["a.mp4", "s3://", "s3://videos"])
async def test_what_names_no_video_is_refused(named: str) -> None:
    with pytest.raises(NotAVideo):
        await jobs_to_give_up(MemoryWorker().deployment, named)
