"""What each answer to a Start means for the attempt, its slot, its money and the next message."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.rekognition import (
    Denied,
    QuotaFull,
    Refused,
    StartAnswer,
    Started,
    Throttled,
    TokenMismatch,
    Unclear,
)
from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Failure, Reason
from reelsift.domain.job import REPLAY_LIMIT_MS, Job, JobState
from reelsift.domain.line import OutcomeStatus
from reelsift.runtime.clock import SystemClock
from support.memory_worker import NO_WAITS, MemoryWorker, ScriptedRekognition
from support.patience import PATIENCE_S

CODEC = Failure(Reason.INVALID_OBJECT, "no video")


def attempts_sent(worker: MemoryWorker) -> list[int]:
    """The attempts whose messages were sent to the intake."""
    return [json.loads(body)["attempt"] for body, _ in worker.queues["begun"].sent]


async def interrupted(worker: MemoryWorker, *, moved_s: float = 60) -> Job:
    """A job whose worker died over its Start: nobody knows whether that was sent."""
    worker.rekognition.answers.append(RuntimeError("the worker dies here"))
    with pytest.raises(RuntimeError):
        await worker.admit()
    worker.clock.move(moved_s)
    job = await worker.job()
    assert job.state is JobState.STARTING
    return job


async def test_an_accepted_start_is_running_in_its_slot_and_can_no_longer_be_replayed() -> None:
    worker = MemoryWorker()
    await worker.admit()
    job = await worker.job()
    assert (job.state, job.start.job_id, job.start.input) == (JobState.RUNNING, "job-1", None)
    assert await worker.slots_held() == [job.start.slot]
    assert await worker.waiting() == ["a.mp4"]


async def test_what_is_sent_is_what_was_written_before_and_carries_token_and_tag() -> None:
    worker = MemoryWorker()
    await interrupted(worker)
    job = await worker.job()
    assert worker.rekognition.starts == [job.start.input]
    sent = json.loads(worker.rekognition.starts[0])
    assert sent["JobTag"] == f"reelsift:{job.key.video_id}:content_moderation:1"
    assert len(sent["ClientRequestToken"]) == 64


async def test_a_full_quota_blocks_the_slot_and_makes_the_next_attempt_due() -> None:
    worker = MemoryWorker()
    worker.rekognition.answers.append(QuotaFull())
    await worker.admit()
    job = await worker.job()
    assert (job.state, job.attempt, job.failures) == (JobState.WAITING, 2, 0)
    assert job.start.refusal is not None
    assert attempts_sent(worker) == [2]
    (slot,) = await worker.deployment.slots.all()
    assert slot.blocked(worker.clock.now_ms())
    assert await worker.waiting() == ["a.mp4"]


async def test_throttles_are_tried_again_in_place_with_the_same_input_and_slow_this_worker_down() -> None:
    worker = MemoryWorker()
    worker.rekognition.answers.extend([Throttled(), Throttled(), Started("j")])
    await worker.admit()
    assert (await worker.job()).start.job_id == "j"
    assert len(set(worker.rekognition.starts)) == 1
    assert len(worker.rekognition.starts) == 3
    assert worker.metrics.counted["Throttled", "Start"] == 2


async def test_an_unclear_start_is_sent_again_and_checked_at_once_since_a_replay_brings_no_completion() -> None:
    worker = MemoryWorker()
    worker.rekognition.answers.extend([Unclear("timeout"), Started("j")])
    await worker.admit()
    job = await worker.job()
    assert (job.state, job.due_at_ms) == (JobState.RUNNING, worker.clock.now_ms())


async def test_a_start_that_was_surely_refused_ends_the_job_and_hands_the_slot_on() -> None:
    worker = MemoryWorker(quota=1)
    worker.rekognition.answers.append(Refused(CODEC))
    await worker.admit()
    job, outcome = await worker.job(), await worker.outcome()
    assert (job.state, job.result.failure) == (JobState.CLOSED, CODEC)
    assert outcome is not None
    assert (outcome.status, outcome.reason) == (OutcomeStatus.FAILED, Reason.INVALID_OBJECT)
    assert await worker.slots_held() == []
    assert await worker.waiting() == []


@pytest.mark.parametrize(
    "answers",
    [[Unclear("timeout"), Refused(CODEC)], [TokenMismatch("other input")]],
    ids=["refused after one that nobody answered", "token known with another input"],
)
async def test_what_may_have_been_started_is_never_called_refused(answers: list[StartAnswer]) -> None:
    worker = MemoryWorker()
    worker.rekognition.answers.extend(answers)
    await worker.admit()
    job = await worker.job()
    assert job.result.failure is not None
    assert job.result.failure.reason is Reason.START_UNKNOWN


async def test_a_denied_start_waits_for_a_person_and_stops_this_workers_intake_for_a_while() -> None:
    worker = MemoryWorker()
    worker.rekognition.answers.append(Denied("not you"))
    await worker.admit()
    job = await worker.job()
    assert (job.state, job.attempt) == (JobState.WAITING, 2)
    assert "not you" in (job.start.refusal or "")
    assert await worker.slots_held() == []
    assert await worker.jobs.pool.take(1) == []
    worker.clock.move(worker.timings.denied_pause_s + 1)
    assert await worker.jobs.pool.take(1) != []


async def test_a_stopping_worker_takes_back_what_it_never_got_started() -> None:
    worker = MemoryWorker()
    worker.rekognition.answers.append(Throttled())
    worker.stop.set()
    await worker.admit()
    assert ((await worker.job()).state, attempts_sent(worker)) == (JobState.WAITING, [2])


async def test_a_stopping_worker_leaves_what_may_have_been_started_to_others() -> None:
    worker = MemoryWorker()
    worker.rekognition.answers.append(Unclear("timeout"))
    worker.stop.set()
    await worker.admit()
    job = await worker.job()
    assert (job.state, attempts_sent(worker)) == (JobState.STARTING, [])
    assert await worker.slots_held() == [job.start.slot]


@pytest.mark.parametrize("answer", [Throttled(), Unclear("timeout")])
async def test_a_worker_that_is_to_stop_waits_for_no_further_try_and_sends_none(answer: StartAnswer) -> None:
    worker = MemoryWorker(timings=replace(NO_WAITS, start_retry_s=600, longest_start_retry_s=600))
    worker.rekognition.answers.append(answer)
    start = worker.rekognition.start

    async def last_start(analysis: Analysis, start_input: str) -> StartAnswer:
        asyncio.get_running_loop().call_later(0.05, worker.stop.set)
        return await start(analysis, start_input)

    worker.rekognition.start = last_start  # type: ignore[method-assign]
    async with asyncio.timeout(PATIENCE_S):
        await worker.admit()
    assert len(worker.rekognition.starts) == 1
    throttled = isinstance(answer, Throttled)
    assert (await worker.job()).state is (JobState.WAITING if throttled else JobState.STARTING)
    assert attempts_sent(worker) == ([2] if throttled else [])


async def test_a_replay_that_waits_for_its_turn_when_the_worker_stops_is_due_for_others_at_once() -> None:
    worker = MemoryWorker()
    job = await interrupted(worker)
    # The first Start had the last turn.
    worker.jobs.starter._pace.rate = 1 / 600
    due = await worker.deployment.jobs.postpone(job, worker.clock.now_ms() + 20_000)
    replaying = asyncio.create_task(worker.jobs.starter.replay(due))
    await asyncio.sleep(0)
    worker.stop.set()
    async with asyncio.timeout(PATIENCE_S):
        await replaying
    (left,) = await worker.deployment.jobs.due(worker.clock.now_ms(), 10)
    assert (left.key, left.start.sends) == (job.key, 1)


async def test_a_replay_sends_the_stored_input_verbatim_and_counts_itself() -> None:
    worker = MemoryWorker()
    job = await interrupted(worker)
    await worker.jobs.starter.replay(job)
    replayed = await worker.job()
    assert (replayed.state, replayed.start.sends) == (JobState.RUNNING, 2)
    assert len(set(worker.rekognition.starts)) == 1


async def test_of_two_replays_of_one_start_one_is_sent() -> None:
    worker = MemoryWorker()
    job = await interrupted(worker)
    worker.rekognition.answers.append(QuotaFull())  # the first leaves it STARTING
    await worker.jobs.starter.replay(job)
    await worker.another("other").jobs.starter.replay(job)
    assert len(worker.rekognition.starts) == 2


async def test_a_replay_that_meets_a_full_quota_keeps_its_slot_since_its_first_start_may_fill_it() -> None:
    worker = MemoryWorker()
    job = await interrupted(worker)
    worker.rekognition.answers.append(QuotaFull())
    await worker.jobs.starter.replay(job)
    later = await worker.job()
    assert (later.state, later.attempt, later.start.slot) == (JobState.STARTING, 1, job.start.slot)
    assert 0 < (later.due_at_ms or 0) - worker.clock.now_ms() <= 60_000
    assert attempts_sent(worker) == []


async def test_a_start_older_than_its_token_surely_lives_is_not_replayed() -> None:
    worker = MemoryWorker()
    job = await interrupted(worker, moved_s=REPLAY_LIMIT_MS / 1000 + 1)
    await worker.jobs.starter.replay(job)
    assert len(worker.rekognition.starts) == 1
    outcome = await worker.outcome()
    assert outcome is not None
    assert outcome.reason is Reason.START_UNKNOWN


def _unclear(worker: MemoryWorker) -> None:
    worker.rekognition.answers.extend([Unclear("timeout"), Refused(CODEC)])


def _refused(worker: MemoryWorker) -> None:
    worker.rekognition.answers.append(Refused(CODEC))


def _full(worker: MemoryWorker) -> None:
    worker.rekognition.answers.append(QuotaFull())


@pytest.mark.parametrize(
    ("answer", "spends"),
    [(_unclear, True), (_refused, False), (_full, False)],
    ids=["perhaps started", "refused", "quota full"],
)
async def test_money_is_spent_only_where_something_may_have_been_started(
    answer: Callable[[MemoryWorker], None],
    spends: bool,  # noqa: FBT001 - parametrised
) -> None:
    worker = MemoryWorker(daily_budget="100")
    answer(worker)
    await worker.admit()
    budgets = [row for row in worker.tables["batches"].rows.values() if "committed" in row]
    assert [row["reserved"] for row in budgets] == [0]
    assert [row["spent"] > 0 for row in budgets] == [spends]


async def test_a_slot_that_rekognition_lets_in_again_brings_two_more_out_of_their_block() -> None:
    worker = MemoryWorker(quota=5)
    now = worker.clock.now_ms()
    blocked = [{"slot": number, "blocked_until": now + 30_000, "block_ms": 30_000} for number in range(1, 5)]
    await worker.tables["slots"].write_many([{"slot": 0, "blocked_until": now - 1, "block_ms": 1000}, *blocked])
    await worker.admit()
    assert await worker.slots_held() == [0]
    reserved = [row for row in worker.tables["slots"].rows.values() if "reserved_by" in row]
    assert len(reserved) == 2


async def test_an_outage_before_the_start_is_written_puts_the_slot_back() -> None:
    worker = MemoryWorker(quota=1, daily_budget="100")
    worker.tables["batches"].failure = AwsUnavailable("throttled")
    with pytest.raises(AwsUnavailable):
        await worker.admit()
    assert worker.rekognition.starts == []
    assert len(await worker.jobs.pool.take_now(1)) == 1


class SlowRekognition(ScriptedRekognition):
    """Takes its time over a Start."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_to_start, self.may_answer = asyncio.Event(), asyncio.Event()

    async def start(self, analysis: Analysis, start_input: str) -> StartAnswer:
        self.asked_to_start.set()
        await self.may_answer.wait()
        return await super().start(analysis, start_input)


async def test_a_start_that_takes_long_stays_its_workers_and_is_not_replayed() -> None:
    worker = MemoryWorker(clock=SystemClock(), recheck_starting_s=2)
    slow = SlowRekognition()
    worker.deployment = replace(worker.deployment, rekognition=slow)
    worker.parts = worker.another()
    worker.jobs = worker.parts.jobs
    admission = asyncio.create_task(worker.admit())
    await slow.asked_to_start.wait()
    postponed = asyncio.Event()
    table = worker.tables["jobs"]
    update = table.update

    async def noticed(*key: Any, **values: Any) -> None:
        await update(*key, **values)
        postponed.set()

    table.update = noticed  # type: ignore[method-assign]
    began = await worker.job()
    await postponed.wait()
    kept = await worker.job()
    assert (kept.state, kept.start.sends, kept.due_at_ms != began.due_at_ms) == (JobState.STARTING, 1, True)
    slow.may_answer.set()
    await admission
    assert (await worker.job()).state is JobState.RUNNING


async def test_the_answer_to_a_start_counts_whatever_becomes_of_keeping_it() -> None:
    worker = MemoryWorker(clock=SystemClock(), recheck_starting_s=2)
    slow = SlowRekognition()
    worker.deployment = replace(worker.deployment, rekognition=slow)
    worker.parts = worker.another()
    worker.jobs = worker.parts.jobs
    failed = asyncio.Event()
    table = worker.tables["jobs"]
    update = table.update

    async def fails(*_: object, **__: object) -> None:
        failed.set()
        raise AwsUnavailable("no table")

    admission = asyncio.create_task(worker.admit())
    await slow.asked_to_start.wait()
    table.update = fails  # type: ignore[method-assign]
    await failed.wait()
    table.update = update  # type: ignore[method-assign]
    slow.may_answer.set()
    await admission
    assert (await worker.job()).state is JobState.RUNNING
