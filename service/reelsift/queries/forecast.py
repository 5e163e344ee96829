"""What a batch still has to take: time and money, as far as what was measured so far can say."""

from dataclasses import dataclass
from enum import StrEnum

from reelsift.batches.paid_videos import FEWEST_VIDEOS, PaidVideos
from reelsift.domain.batch import HELD
from reelsift.queries.demand import Demand
from reelsift.queries.progress import Progress


class Basis(StrEnum):
    """What a time to go follows from."""

    QUOTA = "quota"
    """The minutes of video that are left, and how long slots are held for them."""
    RATE = "rate"
    """The lines that ended a second so far."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is still to come of a batch; what is None nobody can say.

    `billed_ms` of video time will be paid for and cost `cost_micros` (millionths of a US dollar). The end comes in
    `seconds`, which follows from `basis`.
    """

    billed_ms: float | None = None
    cost_micros: int | None = None
    seconds: float | None = None
    basis: Basis | None = None


def forecast(progress: Progress, rate: float, demand: Demand, paid: PaidVideos, *, start_rate: float) -> Forecast:
    """The forecast of a batch that has the quota to itself. `rate` is lines a second so far, `start_rate` the Starts
    that Rekognition takes a second.
    """
    if progress.batch.total is None or progress.waiting is None:
        return Forecast()
    if progress.waiting == 0:
        return Forecast(billed_ms=0, cost_micros=0)
    billed_ms = _billed_ms(progress, paid)
    cost_micros = None if billed_ms is None else paid.cost_micros(billed_ms)
    if progress.batch.state in HELD:
        return Forecast(billed_ms, cost_micros)
    slot_ms = None if billed_ms is None else paid.slot_ms(billed_ms)
    if slot_ms is not None:
        slots = max(1, demand.quota - demand.blocked)
        seconds = max(slot_ms / slots / 1000, progress.waiting / start_rate)
        return Forecast(billed_ms, cost_micros, seconds, Basis.QUOTA)
    if rate > 0:
        return Forecast(billed_ms, cost_micros, progress.waiting / rate, Basis.RATE)
    return Forecast(billed_ms, cost_micros)


def _billed_ms(progress: Progress, paid: PaidVideos) -> float | None:
    """The video time that is left: by the bytes left, else as much a line as the batch's own have had so far."""
    waiting, total, counts = progress.waiting or 0, progress.batch.total or 0, progress.counts
    # Lines that were cut off have ended, but nobody counted their bytes.
    cut_off = progress.batch.stopped is not None
    left = progress.size * waiting / max(1, total) if cut_off else max(0, progress.size - counts.size)
    by_size = paid.billed_ms(left) if left else None
    if by_size is not None:
        return by_size
    if counts.billed < FEWEST_VIDEOS:
        return None
    return waiting * counts.billed_ms / counts.ended
