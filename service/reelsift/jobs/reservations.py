"""Money: before an attempt is started, its estimated cost is reserved of the budgets of its batch and of the day."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NoReturn

import structlog

from reelsift.aws.budgets import BATCH_BUDGET, DAY_BUDGET, Budgets
from reelsift.aws.metrics import Metrics
from reelsift.aws.remembered import Remembered
from reelsift.aws.table import Item, TransactionRefused
from reelsift.batches.paid_videos import PaidVideos
from reelsift.domain.budget import (
    ASSUMED_BITRATES,
    Budget,
    day_of,
    estimate_micros,
    micros,
    next_day_ms,
)
from reelsift.domain.failure import Reason
from reelsift.domain.job import Job, Reserved
from reelsift.jobs.batch_gate import BatchGate, LineMustWait, NotPermitted
from reelsift.jobs.slot_pool import SlotPool
from reelsift.runtime.backoff import Backoffs
from reelsift.runtime.clock import Clock
from reelsift.runtime.timings import Timings
from reelsift.settings import Settings

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reservation:
    """What an attempt reserves, and the parts by which the transaction that starts it reserves that. `estimate`, and
    the `limit` of its batch, are millionths of a dollar.
    """

    reserved: Reserved = Reserved()
    parts: Mapping[str, Item] = field(default_factory=dict)
    estimate: int = 0
    limit: int = 0


class Reservations:
    """Where there is no limit, nothing is reserved, read or written."""

    def __init__(
        self,
        *,
        budgets: Budgets,
        batch_gate: BatchGate,
        pool: SlotPool,
        paid_videos: Callable[[], Awaitable[PaidVideos]],
        metrics: Metrics,
        settings: Settings,
        timings: Timings,
        clock: Clock,
    ) -> None:
        """`paid_videos` reads the sums over the videos that were paid for: estimates rest on them."""
        self._budgets = budgets
        self._batch_gate = batch_gate
        self._pool = pool
        self._paid_videos = paid_videos
        self._metrics = metrics
        self._settings = settings
        self._timings = timings
        self._clock = clock
        self._bitrate: Remembered[float | None] = Remembered(self._fresh_s, monotonic=clock.monotonic)
        self._delays: Backoffs[str] = Backoffs(timings.batch_budget_retry_s, clock)
        self._logged_at = float("-inf")

    async def check(self, job: Job) -> None:
        """Ask the budget of a job's batch, before the attempt has its turn: what would only be refused is to use up no
        Start. Nothing is reserved yet. Raises as `refused`.
        """
        reservation = await self.reserve(job)
        batch_id = reservation.reserved.batch_id
        if batch_id is None:
            return
        budget = await self._budgets.of_batch(batch_id)
        if budget.committed + reservation.estimate > reservation.limit:
            await self._refused_by_batch(reservation, batch_id, budget)
        self._delays.over(batch_id)

    async def reserve(self, job: Job) -> Reservation:
        """What is to be written together with a job's STARTING. Each transition that ends the attempt takes it back.

        A video whose estimate alone is more than a day may cost counts as a whole day: it starts when nothing else has.
        """
        batch = await self._batch_gate.batch(job.asked.by.batch_id)
        limit = batch.max_cost_micros if batch is not None else None
        daily = self._settings.daily_budget
        if limit is None and daily is None:
            return Reservation()
        estimate = await self.estimate(job)
        a_day = micros(daily) if daily is not None else estimate
        amount = min(estimate, a_day)
        reserved = Reserved(amount)
        rooms: dict[str, int] = {}
        if limit is not None:
            reserved = replace(reserved, batch_id=job.asked.by.batch_id)
            rooms[BATCH_BUDGET] = limit - estimate
        if daily is not None:
            reserved = replace(reserved, day=day_of(self._clock.now_ms()))
            rooms[DAY_BUDGET] = a_day - amount
        return Reservation(reserved, self._budgets.reserve_items(reserved, rooms), estimate, limit or 0)

    async def estimate(self, job: Job) -> int:
        """What an attempt of a job probably costs, in millionths of a dollar: by the size of its video."""
        price = self._settings.price_per_minute(job.analysis)
        return estimate_micros(
            job.video.size or 0,
            await self._measured_bitrate(),
            price,
            least_billed_ms=self._settings.least_billed_ms,
        )

    async def _measured_bitrate(self) -> float:
        """Bits a second of the videos that were paid for, remembered for five minutes."""
        bitrate = await self._bitrate.get(self._measure_bitrate)
        return float(ASSUMED_BITRATES[0]) if bitrate is None else bitrate

    async def _measure_bitrate(self) -> float | None:
        return (await self._paid_videos()).bitrate

    def _fresh_s(self, bitrate: float | None) -> float:
        return self._timings.assumed_bitrate_fresh_s if bitrate is None else self._timings.bitrate_fresh_s

    async def refused(self, reservation: Reservation, refusal: TransactionRefused) -> NoReturn:
        """A budget has refused the transaction that was to start an attempt.

        Raises LineMustWait where there may be money again, and else NotPermitted: then the batch is stopped.
        """
        if reservation.reserved.batch_id is not None and BATCH_BUDGET in refusal.parts:
            batch_id = reservation.reserved.batch_id
            await self._refused_by_batch(reservation, batch_id, await self._budgets.of_batch(batch_id))
        await self._refused_by_day(reservation.reserved.day or day_of(self._clock.now_ms()))

    async def _refused_by_batch(self, reservation: Reservation, batch_id: str, budget: Budget) -> NoReturn:
        if budget.reserved or budget.committed + reservation.estimate <= reservation.limit:
            raise LineMustWait(self._delays.refused(batch_id))
        if await self._batch_gate.stop(batch_id, Reason.MAX_COST):
            _log.warning(
                "max_cost_reached",
                batch=batch_id,
                spent_usd=budget.spent / 1_000_000,
                next_usd=reservation.estimate / 1_000_000,
                max_usd=reservation.limit / 1_000_000,
                then="nothing more of the batch is started",
            )
        raise NotPermitted(Reason.MAX_COST)

    async def _refused_by_day(self, day: str) -> NoReturn:
        now = self._clock.now_ms()
        goes_on_ms = next_day_ms(now)
        seconds = (goes_on_ms - now) // 1000 + 1
        self._pool.pause(min(self._timings.day_budget_pause_s, seconds))
        self._metrics.count("BudgetRefusals")
        if self._clock.monotonic() - self._logged_at >= self._timings.day_budget_pause_s:
            self._logged_at = self._clock.monotonic()
            budget = await self._budgets.of_day(day)
            _log.warning(
                "daily_budget_reached",
                day=day,
                spent_usd=budget.spent / 1_000_000,
                reserved_usd=budget.reserved / 1_000_000,
                budget_usd=float(self._settings.daily_budget or 0),
                goes_on=datetime.fromtimestamp(goes_on_ms / 1000, UTC).isoformat(),
            )
        raise LineMustWait(min(self._timings.longest_day_budget_retry_s, seconds))
