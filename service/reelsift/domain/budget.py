"""A budget: what may be spent, of which each attempt reserves its estimate before it is started."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from reelsift.domain.cost import billed_ms, cost_micros

ASSUMED_BITRATES = (2_000_000, 8_000_000)
"""Bits a second of a video, at least and at most, where too few have been measured: what H.264 from standard definition
to Full HD is mostly encoded at. What is reserved rests on the least, so that it is rather too much.
"""

LONGEST_VIDEO_MS = 6 * 3600 * 1000
"""Rekognition Video reads at most 6 hours (AWS General Reference): no estimate is longer."""


@dataclass(frozen=True, slots=True)
class Account:
    """What a budget is for, by the key of its row: a batch, or a day of the deployment."""

    batch_id: str
    part: str


@dataclass(frozen=True, slots=True)
class Budget:
    """Where a budget stands, in millionths of a dollar: `reserved` by attempts under way, `spent` by those that ended.

    What ended without anybody knowing its cost (`start_unknown`, `result_expired`) has spent what it had reserved.
    """

    reserved: int = 0
    spent: int = 0

    @property
    def committed(self) -> int:
        return self.reserved + self.spent


def batch_account(batch_id: str) -> Account:
    """Of what a batch may cost (`--max-cost`)."""
    return Account(batch_id, "money")


def day_account(day: str) -> Account:
    """Of what may be spent in a day (ISO date, UTC), whatever asks for it."""
    return Account("budget", day)


def day_of(now_ms: int) -> str:
    """The day (ISO date, UTC) of a time in epoch milliseconds."""
    return _utc(now_ms).date().isoformat()


def next_day_ms(now_ms: int) -> int:
    """When the next day (UTC) begins, in epoch milliseconds."""
    midnight = _utc(now_ms).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((midnight + timedelta(days=1)).timestamp() * 1000)


def estimate_micros(size: int, bitrate: float, price: Decimal, *, least_billed_ms: int) -> int:
    """What the analysis of `size` bytes of video probably costs, in millionths of a dollar; `bitrate` is bits a second,
    `price` dollars a minute, `least_billed_ms` the time that a video is billed as at least.
    """
    duration_ms = min(LONGEST_VIDEO_MS, int(size * 8 * 1000 / bitrate))
    return cost_micros(billed_ms(duration_ms, least_billed_ms), price)


def micros(dollars: Decimal) -> int:
    """Dollars as millionths of a dollar."""
    return int(dollars * 1_000_000)


def _utc(now_ms: int) -> datetime:
    return datetime.fromtimestamp(now_ms / 1000, UTC)
