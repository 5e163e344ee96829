"""The verdicts of a day are added up over all workers, by one write a minute."""

import pytest

from reelsift.aws.verdict_days import VerdictDays
from reelsift.domain.budget import day_of
from reelsift.domain.policy import Verdict
from reelsift.domain.verdict_mix import FEWEST_DAYS, DayMix
from reelsift.worker.verdict_mix import VerdictMix
from support.clocks import SetClock
from support.memory_table import MemoryTable
from support.memory_worker import ObservedMetrics

DAY_S = 24 * 3600


async def test_what_several_workers_count_is_one_days_and_nothing_is_written_without_a_verdict() -> None:
    table = MemoryTable("batches")
    one, other = VerdictDays(table), VerdictDays(table)
    assert not await one.flush()
    for days, verdict in ((one, Verdict.APPROVE), (one, Verdict.APPROVE), (other, Verdict.REJECT)):
        days.count(verdict, "2026-11-30")
    one.count(Verdict.REVIEW, "2026-12-01")
    assert await one.flush()
    assert await other.flush()
    assert await one.newest() == [
        DayMix("2026-12-01", {Verdict.REVIEW: 1}),
        DayMix("2026-11-30", {Verdict.APPROVE: 2, Verdict.REJECT: 1}),
    ]


async def test_what_could_not_be_added_is_added_later() -> None:
    class Down(MemoryTable):
        up = False

        async def update(self, *arguments: object, **values: object) -> None:
            if not self.up:
                raise ConnectionError("no network")
            await super().update(*arguments, **values)  # type: ignore[arg-type]

    table = Down("batches")
    days = VerdictDays(table)
    days.count(Verdict.APPROVE, "2026-11-30")
    with pytest.raises(ConnectionError):
        await days.flush()
    days.count(Verdict.APPROVE, "2026-11-30")
    table.up = True
    await days.flush()
    assert await days.newest() == [DayMix("2026-11-30", {Verdict.APPROVE: 2})]


async def test_a_day_that_is_unlike_the_others_is_measured_as_far() -> None:
    clock, metrics, days = SetClock(), ObservedMetrics(), VerdictDays(MemoryTable("batches"))
    mix = VerdictMix(days, metrics, clock)

    async def pass_day(verdict: Verdict) -> None:
        clock.move(DAY_S)
        for _ in range(500):
            days.count(verdict, day_of(clock.now_ms()))
        await mix.step()

    for _ in range(FEWEST_DAYS):
        await pass_day(Verdict.APPROVE)
    assert ("VerdictShift",) not in metrics.counted
    await pass_day(Verdict.APPROVE)
    assert metrics.counted["VerdictShift",] == 0
    await pass_day(Verdict.REJECT)
    assert metrics.counted["VerdictShift",] >= 1
