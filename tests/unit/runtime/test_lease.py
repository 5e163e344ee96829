"""Workers agree on who works on a row by its due time, and never wait for one that has died."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import pytest

from reelsift.aws.errors import AwsUnavailable
from reelsift.aws.table import ConditionFailed
from reelsift.runtime.lease import Lease, WorkerStops
from support.clocks import SetClock

SECONDS = 60


@dataclass(frozen=True)
class Row:
    due_at_ms: int | None = None
    tries: int = 0


class Stored:
    """A row as the table has it; its writes are conditional on the due time that was read, as the stores' are."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.down = False
        self.writes = 0

    async def write(self, row: Row, **changes: Any) -> Row:
        if self.down:
            raise AwsUnavailable("no answer")
        if row.due_at_ms != self.row.due_at_ms:
            raise ConditionFailed("rows")
        self.writes += 1
        self.row = replace(self.row, **changes)
        return self.row


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def stored(clock: SetClock) -> Stored:
    return Stored(Row(due_at_ms=clock.now_ms()))


def lease(stored: Stored, clock: SetClock, **options: Any) -> Lease[Row]:
    return Lease(stored.row, stored.write, seconds=SECONDS, clock=clock, **options)


async def claimed(stored: Stored, clock: SetClock, **options: Any) -> Lease[Row]:
    ours = lease(stored, clock, **options)
    await ours.claim()
    return ours


async def test_of_two_workers_one_gets_the_row(stored: Stored, clock: SetClock) -> None:
    first, second = lease(stored, clock), lease(stored, clock)
    await first.claim(tries=1)
    with pytest.raises(ConditionFailed):
        await second.claim(tries=1)
    assert (first.lost, second.lost) == (False, True)
    assert stored.row == first.row == Row(clock.now_ms() + SECONDS * 1000, tries=1)


async def test_a_lease_is_renewed_at_half_time_and_not_before(stored: Stored, clock: SetClock) -> None:
    ours = await claimed(stored, clock)
    clock.move(SECONDS / 2 - 1)
    await ours.keep()
    assert (stored.writes, ours.renewal_in_s) == (1, 1)
    clock.move(1)
    await ours.keep()
    assert (stored.writes, ours.left_s) == (2, SECONDS)
    assert stored.row.due_at_ms == clock.now_ms() + SECONDS * 1000


async def test_nearly_all_of_a_lease_is_left_where_it_is_renewed_early(stored: Stored, clock: SetClock) -> None:
    ours = await claimed(stored, clock, renew_after_s=10)
    clock.move(10)
    await ours.keep()
    assert ours.left_s == SECONDS


async def test_a_row_that_was_claimed_before_has_what_is_left_of_its_time(stored: Stored, clock: SetClock) -> None:
    stored.row = Row(due_at_ms=clock.now_ms() + 40_000)
    ours = lease(stored, clock)
    assert (ours.left_s, ours.renewal_in_s) == (40, 10)


async def test_a_due_time_far_ahead_is_believed_for_one_lease_at_most(stored: Stored, clock: SetClock) -> None:
    stored.row = Row(due_at_ms=clock.now_ms() + 10 * SECONDS * 1000)
    assert lease(stored, clock).left_s == SECONDS


async def test_a_worker_that_overslept_finds_its_row_lost(stored: Stored, clock: SetClock) -> None:
    sleeper = await claimed(stored, clock)
    clock.move(SECONDS + 1)
    await claimed(stored, clock)
    with pytest.raises(ConditionFailed):
        await sleeper.keep()
    assert sleeper.lost


async def test_a_renewal_that_fails_is_tried_again_at_the_next_step(stored: Stored, clock: SetClock) -> None:
    ours = await claimed(stored, clock)
    clock.move(SECONDS / 2)
    stored.down = True
    with pytest.raises(AwsUnavailable):
        await ours.keep()
    stored.down = False
    await ours.keep()
    assert (ours.lost, ours.left_s) == (False, SECONDS)


async def test_a_released_row_is_due_when_its_worker_says(stored: Stored, clock: SetClock) -> None:
    ours = await claimed(stored, clock)
    await ours.release(15, tries=3)
    assert stored.row == Row(clock.now_ms() + 15_000, tries=3)


async def test_the_row_of_another_worker_is_not_released(stored: Stored, clock: SetClock) -> None:
    sleeper = await claimed(stored, clock)
    clock.move(SECONDS + 1)
    other = await claimed(stored, clock)
    await sleeper.release()
    assert sleeper.lost
    assert stored.row == other.row


async def test_a_lease_that_cannot_be_released_runs_out(stored: Stored, clock: SetClock) -> None:
    ours = await claimed(stored, clock)
    stored.down = True
    await ours.release()
    assert not ours.lost
    assert stored.row.due_at_ms == clock.now_ms() + SECONDS * 1000


async def test_a_fault_of_the_program_at_a_release_is_not_hidden(stored: Stored, clock: SetClock) -> None:
    ours = await claimed(stored, clock)
    with pytest.raises(TypeError):
        await ours.release(no_such_member=1)


async def test_a_worker_that_is_told_to_stop_leaves_off_before_it_renews(stored: Stored, clock: SetClock) -> None:
    stop = asyncio.Event()
    ours = await claimed(stored, clock, stop=stop)
    clock.move(SECONDS / 2)
    stop.set()
    with pytest.raises(WorkerStops):
        await ours.keep()
    assert stored.writes == 1
