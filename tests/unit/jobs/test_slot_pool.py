"""The slots that a worker has reserved: where they come from, how long they are kept, and what a hint costs."""

import asyncio
from typing import Any

import pytest

from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.slots import Slot
from reelsift.jobs.slot_pool import KEEPS, ROWS_A_SECOND
from reelsift.runtime.clock import SystemClock
from reelsift.runtime.timings import Timings
from support.memory_worker import MemoryWorker
from support.patience import PATIENCE_S


async def test_a_stopping_worker_does_not_sit_out_its_pause() -> None:
    worker = MemoryWorker(timings=Timings(), clock=SystemClock())
    pool = worker.jobs.pool
    pool.pause(60)
    waiting = asyncio.create_task(pool.take(1))
    await asyncio.sleep(0)
    pool.stop()
    assert await asyncio.wait_for(waiting, PATIENCE_S) == []


async def test_two_workers_never_have_one_slot() -> None:
    worker = MemoryWorker(quota=3)
    mine = await worker.jobs.pool.take_now(2)
    theirs = await worker.another("other").jobs.pool.take_now(3)
    assert len(mine) == 2
    assert {slot.number for slot in mine} | {slot.number for slot in theirs} == {0, 1, 2}
    assert len(theirs) == 1


async def test_a_slot_above_a_quota_that_shrank_drains() -> None:
    worker = MemoryWorker(quota=2)
    pool = worker.jobs.pool
    for slot in await pool.take_now(2):
        pool.put_back(slot)
    worker.quota.slots = 1
    assert [slot.number for slot in await pool.take_now(2)] == [0]
    assert worker.tables["slots"].rows[1,].keys() == {"slot"}


async def test_a_reservation_of_which_less_than_half_is_left_is_renewed_before_a_message_is_received_under_it() -> None:
    worker = MemoryWorker(quota=1, reservation_s=60)
    pool = worker.jobs.pool
    (slot,) = await pool.take_now(1)
    pool.put_back(slot)
    worker.clock.move(29)
    assert await pool.take_now(1) == [slot]
    pool.put_back(slot)
    worker.clock.move(2)
    (renewed,) = await pool.take_now(1)
    assert renewed.reserved_until_ms == worker.clock.now_ms() + 60_000


async def test_what_a_killed_worker_had_reserved_is_anybodys_after_ten_seconds() -> None:
    worker = MemoryWorker(quota=4)
    killed = worker.another("killed").jobs.pool
    killed.put_back((await killed.take_now(4))[0])
    worker.clock.move(10)
    assert len(await worker.jobs.pool.take_now(4)) == 4


async def test_a_live_worker_keeps_what_is_idle_and_what_was_taken_for_as_long_as_it_wants() -> None:
    worker = MemoryWorker(quota=4)
    pool = worker.jobs.pool
    pool.put_back((await pool.take_now(4))[0])
    other = worker.another("other").jobs.pool
    for _ in range(4 * KEEPS):
        worker.clock.move(worker.settings.reservation_s / KEEPS)
        await pool.keep()
    assert await other.take_now(4) == []
    assert len(await pool.take_now(4)) == 1


async def test_reservations_are_not_written_anew_more_often_than_they_need() -> None:
    worker = MemoryWorker(quota=4)
    pool = worker.jobs.pool
    await pool.take_now(4)
    writes = 0
    reserve = worker.deployment.slots.reserve

    async def counted(number: int, owner: str, **times: Any) -> Slot | None:
        nonlocal writes
        writes += 1
        return await reserve(number, owner, **times)

    worker.deployment.slots.reserve = counted  # type: ignore[method-assign]
    for _ in range(8):
        worker.clock.move(worker.settings.reservation_s / KEEPS)
        await pool.keep()
    assert writes == 4 * 4


async def test_a_slot_that_an_attempt_holds_is_renewed_by_nobody() -> None:
    worker = MemoryWorker(quota=1)
    await worker.admit()
    worker.complete(await worker.job())
    other = worker.another("other")
    worker.clock.move(worker.settings.reservation_s)
    await worker.jobs.pool.keep()
    await other.completions.step()
    await other.completions.drain()
    await worker.jobs.pool.keep()
    assert [slot.reserved_until_ms > worker.clock.now_ms() for slot in await worker.deployment.slots.all()] == [True]
    assert len(await other.jobs.pool.take_now(1)) == 1


async def test_a_slot_that_is_released_while_it_is_renewed_is_not_taken_again() -> None:
    worker = MemoryWorker(quota=2)
    pool, slots = worker.jobs.pool, worker.deployment.slots
    for slot in await pool.take_now(2):
        pool.put_back(slot)
    worker.clock.move(worker.settings.reservation_s - 1)
    reserve = slots.reserve

    async def late(number: int, owner: str, **times: Any) -> Slot | None:
        await pool.close()
        return await reserve(number, owner, **times)

    slots.reserve = late  # type: ignore[method-assign]
    await pool.keep()
    slots.reserve = reserve  # type: ignore[method-assign]
    assert len(await worker.another("other").jobs.pool.take_now(2)) == 2


async def test_a_slot_that_is_taken_while_it_is_renewed_stays_reserved_while_more_are_sought() -> None:
    worker = MemoryWorker(quota=2)
    pool, table = worker.jobs.pool, worker.tables["slots"]
    (mine,) = await pool.take_now(1)
    pool.put_back(mine)
    # Late enough to be renewed, and early enough to be taken without that.
    worker.clock.move(4.5)
    renew = table.update_and_read
    more_sought = asyncio.Event()

    async def answered_late(*args: Any, **values: Any) -> Any:
        table.update_and_read = answered_after_that  # type: ignore[method-assign]
        row = await renew(*args, **values)
        await more_sought.wait()
        return row

    async def answered_after_that(*args: Any, **values: Any) -> Any:
        more_sought.set()
        await keeping
        return await renew(*args, **values)

    table.update_and_read = answered_late  # type: ignore[method-assign]
    keeping = asyncio.create_task(pool.keep())
    await asyncio.sleep(0)
    taken = await asyncio.wait_for(pool.take_now(2), PATIENCE_S)
    assert {slot.number for slot in taken} == {0, 1}
    assert [row["reserved_by"] for row in table.rows.values()] == ["me", "me"]


async def test_a_slot_whose_binding_meets_an_outage_goes_back() -> None:
    worker = MemoryWorker(quota=1)
    worker.tables["jobs"].transact = refusing(AwsUnavailable("no answer"))  # type: ignore[method-assign]
    with pytest.raises(AwsUnavailable):
        await worker.admit()
    assert len(await worker.jobs.pool.take_now(1)) == 1


async def test_a_reservation_that_ran_out_and_went_to_another_is_not_used() -> None:
    worker = MemoryWorker(quota=1, reservation_s=60)
    pool = worker.jobs.pool
    (slot,) = await pool.take_now(1)
    pool.put_back(slot)
    worker.clock.move(61)
    assert len(await worker.another("other").jobs.pool.take_now(1)) == 1
    assert await pool.take_now(1) == []


async def test_one_read_serves_many_slots_and_the_next_comes_no_sooner_than_the_table_is_long() -> None:
    worker = MemoryWorker(quota=2000, slot_poll_s=0.1)
    reads = 0
    scan = worker.deployment.slots.free_numbers

    async def counted(quota: int, now_ms: int) -> list[int]:
        nonlocal reads
        reads += 1
        return [number for number in await scan(quota, now_ms) if number < 3]

    worker.deployment.slots.free_numbers = counted  # type: ignore[method-assign]
    assert len(await worker.jobs.pool.take_now(5)) == 3
    assert await worker.jobs.pool.take_now(5) == []
    assert reads == 1
    worker.clock.move(1.5 * 2000 / ROWS_A_SECOND)
    await worker.jobs.pool.take_now(5)
    assert reads == 2


async def test_with_nothing_to_receive_all_slots_but_one_are_left_to_others() -> None:
    worker = MemoryWorker(quota=4)
    pool = worker.jobs.pool
    for slot in await pool.take_now(4):
        pool.put_back(slot)
    await pool.spare()
    assert len(await worker.another("other").jobs.pool.take_now(4)) == 3


async def test_at_its_end_a_worker_releases_what_it_has_reserved_and_takes_no_more() -> None:
    worker = MemoryWorker(quota=2)
    pool = worker.jobs.pool
    for slot in await pool.take_now(2):
        pool.put_back(slot)
    await pool.close()
    assert await pool.take_now(1) == []
    assert len(await worker.another("other").jobs.pool.take_now(2)) == 2


async def test_a_slot_that_cannot_be_released_now_is_left_to_run_out() -> None:
    worker = MemoryWorker(quota=1)
    pool = worker.jobs.pool
    for slot in await pool.take_now(1):
        pool.put_back(slot)

    async def unavailable(number: int, owner: str) -> None:
        raise AwsUnavailable(f"{number} {owner}")

    worker.deployment.slots.release = unavailable  # type: ignore[method-assign]
    await pool.close()
    worker.clock.move(worker.settings.reservation_s + 1)
    assert len(await worker.another("other").jobs.pool.take_now(1)) == 1


async def test_a_block_is_believed_unless_a_wrong_clock_wrote_it() -> None:
    worker = MemoryWorker(quota=2)
    now = worker.clock.now_ms()
    await worker.tables["slots"].write_many(
        [{"slot": 0, "blocked_until": now + 60_000}, {"slot": 1, "blocked_until": now + 3_600_000}]
    )
    assert [slot.number for slot in await worker.jobs.pool.take_now(2)] == [1]


async def test_an_error_while_waiting_for_a_slot_is_the_callers() -> None:
    worker = MemoryWorker()
    worker.tables["slots"].failure = AwsUnavailable("no table")
    with pytest.raises(AwsUnavailable):
        await worker.jobs.pool.take(1)


async def test_slots_that_were_taken_are_given_where_the_search_for_more_meets_an_outage() -> None:
    worker = MemoryWorker(quota=8)
    pool = worker.jobs.pool
    for slot in await pool.take_now(4):
        pool.put_back(slot)
    worker.clock.move(2)
    worker.deployment.slots.reserve = refusing(AwsUnavailable("throttled"))  # type: ignore[method-assign]
    assert len(await pool.take_now(8)) == 4


async def test_slots_that_were_found_are_given_where_a_later_reservation_meets_an_outage() -> None:
    worker = MemoryWorker(quota=4)
    slots = worker.deployment.slots
    reserve, tried = slots.reserve, 0

    async def third_fails(number: int, owner: str, **times: Any) -> Slot | None:
        nonlocal tried
        tried += 1
        if tried == 3:
            # The answer is lost, but not the write.
            await reserve(number, owner, **times)
            raise AwsUnavailable("no answer")
        return await reserve(number, owner, **times)

    slots.reserve = third_fails  # type: ignore[method-assign]
    pool = worker.jobs.pool
    assert len(await pool.take_now(4)) == 2
    assert len(await pool.take_now(4)) == 2, "the one whose answer was lost is had by a second try"


@pytest.mark.parametrize("error", [ValueError("a fault of this program"), asyncio.CancelledError()])
async def test_slots_that_were_taken_go_back_where_the_caller_gets_an_error(error: BaseException) -> None:
    worker = MemoryWorker(quota=8)
    pool = worker.jobs.pool
    for slot in await pool.take_now(4):
        pool.put_back(slot)
    reserve = worker.deployment.slots.reserve
    worker.deployment.slots.reserve = refusing(error)  # type: ignore[method-assign]
    with pytest.raises(type(error)):
        await pool.take_now(8)
    worker.deployment.slots.reserve = reserve  # type: ignore[method-assign]
    assert len(await pool.take_now(4)) == 4
    assert len(await worker.another("other").jobs.pool.take_now(8)) == 4, "and no other was lost"


@pytest.mark.parametrize("error", [AwsUnavailable("throttled"), asyncio.CancelledError()])
async def test_a_slot_whose_renewal_or_release_fails_stays_this_workers(error: BaseException) -> None:
    worker = MemoryWorker(quota=2, reservation_s=60)
    pool, slots = worker.jobs.pool, worker.deployment.slots
    for slot in await pool.take_now(2):
        pool.put_back(slot)
    worker.clock.move(55)
    reserve, release = slots.reserve, slots.release
    slots.reserve = slots.release = refusing(error)  # type: ignore[method-assign]
    with pytest.raises(type(error)):
        await pool.take_now(2)
    with pytest.raises(type(error)):
        await pool.spare()
    slots.reserve, slots.release = reserve, release  # type: ignore[method-assign]
    assert len(await pool.take_now(2)) == 2


def refusing(error: BaseException) -> Any:
    async def refuse(*_: object, **__: object) -> None:
        raise error

    return refuse
