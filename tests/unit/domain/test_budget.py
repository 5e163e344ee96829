from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.budget import LONGEST_VIDEO_MS, Budget, day_of, estimate_micros, micros, next_day_ms

TIMES = st.integers(0, 4_000_000_000_000)


@given(TIMES)
def test_the_next_day_begins_within_24_hours_and_is_another_day(now_ms: int) -> None:
    tomorrow = next_day_ms(now_ms)
    assert 0 < tomorrow - now_ms <= 24 * 3600 * 1000
    assert day_of(tomorrow - 1) == day_of(now_ms) < day_of(tomorrow)


def test_a_day_is_utcs() -> None:
    assert day_of(int(datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC).timestamp() * 1000)) == "2026-03-01"


def test_an_estimate_is_the_price_of_the_minutes_its_size_has_at_the_bitrate() -> None:
    # 15 MB at 2 Mbit/s last a minute.
    assert estimate_micros(15_000_000, 2_000_000, Decimal("0.10"), least_billed_ms=0) == 100_000


@given(st.integers(0, 10**10), st.floats(1, 10**9), st.decimals(0, 10, places=2))
def test_no_estimate_is_more_than_the_longest_video_costs(size: int, bitrate: float, price: Decimal) -> None:
    most = int(price * LONGEST_VIDEO_MS / 60_000 * 1_000_000)
    assert 0 <= estimate_micros(size, bitrate, price, least_billed_ms=0) <= most


def test_dollars_are_counted_in_millionths() -> None:
    assert micros(Decimal("25.50")) == 25_500_000
    assert Budget(reserved=2, spent=3).committed == 5
