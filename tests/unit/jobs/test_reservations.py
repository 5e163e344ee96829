"""Money: what may be started within a batch's limit and a day's, by estimates."""

from dataclasses import replace

import pytest

from reelsift.domain.batch import Batch, BatchState
from reelsift.domain.budget import ASSUMED_BITRATES, Budget, day_of, estimate_micros
from reelsift.domain.job import JobState
from reelsift.jobs.batch_gate import LineMustWait
from support.memory_worker import MODERATION, MemoryWorker, succeeded

DAY_S = 86_400


def estimate(worker: MemoryWorker) -> int:
    """What a video of a test is thought to cost."""
    price = worker.settings.price_per_minute(MODERATION)
    return estimate_micros(1_000_000, ASSUMED_BITRATES[0], price, least_billed_ms=worker.settings.least_billed_ms)


async def with_limit(worker: MemoryWorker, max_cost_micros: int) -> None:
    batch = Batch("batch", "batch", "list.csv", created_ms=1, total=10, chunks=1, manifest_key="m")
    await worker.deployment.batches.create(replace(batch, max_cost_micros=max_cost_micros))


async def test_where_there_is_no_limit_nothing_is_reserved_or_written() -> None:
    worker = MemoryWorker()
    await worker.admit()
    assert (await worker.job()).reserved.micros == 0
    assert not any("committed" in row for row in worker.tables["batches"].rows.values())


async def test_what_runs_has_reserved_its_estimate_and_what_ended_has_spent_what_it_cost() -> None:
    worker = MemoryWorker(daily_budget="100")
    await with_limit(worker, 100_000_000)
    await worker.admit()
    day = day_of(worker.clock.now_ms())
    budgets = worker.deployment.budgets
    reserved = Budget(reserved=estimate(worker))
    assert (await budgets.of_batch("batch"), await budgets.of_day(day)) == (reserved, reserved)
    worker.complete(await worker.job())
    await worker.receive_completions()
    spent = Budget(spent=3333)
    assert (await budgets.of_batch("batch"), await budgets.of_day(day)) == (spent, spent)


async def test_the_least_that_a_video_is_billed_as_holds_for_budget_and_outcome_alike() -> None:
    worker = MemoryWorker(daily_budget="100", least_billed_s="60")
    await with_limit(worker, 100_000_000)
    await worker.admit()
    assert (await worker.job()).reserved.micros == 100_000
    worker.complete(await worker.job())
    await worker.receive_completions()
    outcome = await worker.outcome()
    assert outcome is not None
    assert (outcome.duration_ms, outcome.billed_ms, outcome.cost_micros) == (2000, 60_000, 100_000)
    assert await worker.deployment.budgets.of_batch("batch") == Budget(spent=100_000)


async def test_a_line_waits_while_what_runs_may_leave_it_the_money_and_then_its_batch_is_stopped() -> None:
    worker = MemoryWorker()
    await with_limit(worker, estimate(worker) + 1)
    await worker.admit(worker.line("a.mp4"))
    with pytest.raises(LineMustWait) as wait:
        await worker.admit(worker.line("b.mp4"))
    assert wait.value.delay_s == worker.timings.batch_budget_retry_s
    worker.complete(await worker.job("a.mp4"))
    await worker.receive_completions()
    await worker.admit(worker.line("b.mp4"))
    batch = await worker.deployment.batches.get("batch")
    assert batch is not None
    assert batch.state is BatchState.CANCELLING
    outcome = await worker.outcome("b.mp4")
    assert outcome is not None
    assert str(outcome.reason) == "max_cost"
    assert len(worker.rekognition.starts) == 1


async def test_a_refusal_of_the_money_leaves_slot_job_and_waiter_as_they_were() -> None:
    worker = MemoryWorker(quota=1)
    await with_limit(worker, 1)
    await worker.admit()
    assert await worker.slots_held() == []
    assert len(await worker.jobs.pool.take_now(1)) == 1
    assert worker.tables["jobs"].rows == {}


async def test_the_days_budget_pauses_the_intake_and_goes_on_the_next_day() -> None:
    worker = MemoryWorker(daily_budget="0.000001", quota=2)
    # The first is more than a day may cost, and starts as the only one of its day.
    await worker.admit(worker.line("a.mp4"))
    assert (await worker.job("a.mp4")).reserved.micros == 1
    with pytest.raises(LineMustWait) as wait:
        await worker.admit(worker.line("b.mp4"))
    assert wait.value.delay_s == worker.timings.longest_day_budget_retry_s
    assert await worker.jobs.pool.take(1) == []
    worker.clock.move(DAY_S)
    await worker.admit(worker.line("b.mp4"))
    assert (await worker.job("b.mp4")).state is JobState.RUNNING


async def test_what_was_reserved_on_one_day_is_settled_on_that_day() -> None:
    worker = MemoryWorker(daily_budget="100")
    yesterday = day_of(worker.clock.now_ms())
    await worker.admit()
    worker.clock.move(DAY_S)
    worker.rekognition.pages.append(succeeded())
    worker.complete(await worker.job())
    await worker.receive_completions()
    budgets = worker.deployment.budgets
    assert await budgets.of_day(yesterday) == Budget(spent=3333)
    assert await budgets.of_day(day_of(worker.clock.now_ms())) == Budget()
