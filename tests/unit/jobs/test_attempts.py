"""How an attempt ends: slot, job and money in one transaction, or nothing of it."""

from dataclasses import replace

import pytest

from reelsift.domain import transitions
from reelsift.domain.job import Attempt, Job, JobState
from reelsift.jobs.attempts import FREE, HAND_OVER, Block, SlotEnd
from support.memory_worker import MemoryWorker

LATER_MS = 2_000_000_000_000


async def running(worker: MemoryWorker) -> Job:
    await worker.admit()
    return await worker.job()


def ended(job: Job) -> Job:
    return transitions.failed_for_now(job, due_at_ms=LATER_MS)


@pytest.mark.parametrize(
    ("slot_end", "reserved_by", "blocked"),
    [(HAND_OVER, "me", False), (FREE, None, False), (Block(5000), None, True)],
    ids=["handed over", "free", "blocked"],
)
async def test_the_slot_of_an_attempt_that_ends_becomes_what_was_chosen(
    slot_end: SlotEnd,
    reserved_by: str | None,
    blocked: bool,  # noqa: FBT001 - parametrised
) -> None:
    worker = MemoryWorker(quota=1)
    job = await running(worker)
    assert await worker.jobs.attempts.end(job, ended(job), slot_end) == ended(job)
    row = worker.tables["slots"].rows[0,]
    assert (row.get("reserved_by"), row.get("blocked_until", 0) > worker.clock.now_ms()) == (reserved_by, blocked)
    assert "holder" not in row
    # Only what was handed over serves this worker's next message at once, without a read of the table.
    worker.tables["slots"].failure = RuntimeError("read")
    if slot_end == HAND_OVER:
        assert [slot.number for slot in await worker.jobs.pool.take_now(1)] == [0]
    else:
        with pytest.raises(RuntimeError):
            await worker.jobs.pool.take_now(1)


async def test_a_stopping_worker_frees_what_it_would_have_taken_over() -> None:
    worker = MemoryWorker(quota=1)
    job = await running(worker)
    worker.jobs.pool.stop()
    await worker.jobs.attempts.end(job, ended(job))
    assert worker.tables["slots"].rows[0,].keys() == {"slot"}


async def test_an_attempt_ends_once_and_whoever_comes_second_changes_nothing() -> None:
    worker = MemoryWorker(daily_budget="100")
    job = await running(worker)
    assert await worker.jobs.attempts.end(job, ended(job), spent_micros=7) is not None
    before = {name: dict(table.rows) for name, table in worker.tables.items()}
    assert await worker.another("other").jobs.attempts.end(job, ended(job), spent_micros=7) is None
    assert {name: dict(table.rows) for name, table in worker.tables.items()} == before


async def test_a_start_that_was_replayed_meanwhile_is_not_ended_by_the_one_that_sent_it_first() -> None:
    worker = MemoryWorker()
    worker.rekognition.answers.append(RuntimeError("dies"))
    with pytest.raises(RuntimeError):
        await worker.admit()
    job = await worker.job()
    await worker.deployment.jobs.change(job, transitions.replaying(job, due_at_ms=LATER_MS))
    back = transitions.taken_back(job, refusal=None, due_at_ms=LATER_MS)
    assert await worker.jobs.attempts.end(job, back) is None
    assert await worker.slots_held() == [job.start.slot]


async def test_a_slot_of_another_attempt_is_never_freed() -> None:
    worker = MemoryWorker()
    job = await running(worker)
    worker.tables["slots"].rows[job.start.slot,]["holder"] = "somebody/labels/1"
    assert await worker.jobs.attempts.end(job, ended(job)) is None
    assert (await worker.job()).state is JobState.RUNNING


async def test_what_holds_no_slot_cannot_end_as_an_attempt() -> None:
    worker = MemoryWorker()
    job = await running(worker)
    waiting = replace(job, start=replace(job.start, slot=None))
    with pytest.raises(ValueError, match="without a slot"):
        await worker.jobs.attempts.end(waiting, ended(job))


async def test_an_orphan_slot_is_freed_and_what_it_had_reserved_counts_as_spent() -> None:
    worker = MemoryWorker(daily_budget="100")
    job = await running(worker)
    worker.tables["jobs"].rows.clear()
    worker.clock.move(worker.timings.orphan_slot_s - 1)
    await worker.jobs.reconciler.free_orphans()
    assert await worker.slots_held() == [job.start.slot]  # it may not be visible everywhere yet
    worker.clock.move(1)
    await worker.jobs.reconciler.free_orphans()
    assert await worker.slots_held() == []
    (budget,) = [row for row in worker.tables["batches"].rows.values() if "committed" in row]
    assert (budget["reserved"], budget["spent"]) == (0, job.reserved.micros)


async def test_a_slot_whose_job_knows_it_is_no_orphan_however_long_it_is_held() -> None:
    worker = MemoryWorker()
    job = await running(worker)
    worker.clock.move(7 * 86_400)
    await worker.jobs.reconciler.free_orphans()
    assert await worker.slots_held() == [job.start.slot]


async def test_an_orphan_that_has_another_holder_by_now_stays() -> None:
    worker = MemoryWorker()
    job = await running(worker)
    (slot,) = [slot for slot in await worker.deployment.slots.all() if slot.holder]
    assert not await worker.jobs.attempts.free_orphan(slot, Attempt(job.key, 7))
    assert await worker.slots_held() == [slot.number]


async def test_once_its_message_is_sent_a_due_attempt_is_watched_over_from_afar() -> None:
    worker = MemoryWorker()
    job = await running(worker)
    waiting = await worker.jobs.attempts.end(job, ended(job))
    assert waiting is not None
    await worker.jobs.attempts.send(waiting, delay_s=3)
    ((body, delay_s),) = worker.queues["begun"].sent
    assert ('"attempt": 2' in body, delay_s) == (True, 3)
    due_at_ms = (await worker.job()).due_at_ms or 0
    assert due_at_ms - worker.clock.now_ms() == worker.timings.lost_message_s * 1000


@pytest.mark.parametrize("priority", [False, True])
async def test_attempts_wait_apart_from_lines_whatever_the_priority_of_these(
    priority: bool,  # noqa: FBT001 - parametrised
) -> None:
    worker = MemoryWorker()
    await worker.admit(worker.line(priority=priority))
    await worker.jobs.attempts.send(await worker.job())
    assert {name: len(queue.sent) for name, queue in worker.queues.items() if queue.sent} == {"begun": 1}
