from decimal import Decimal

import pytest

from reelsift.domain.cost import billed_ms, cost_micros, minutes


def test_minutes_are_exact() -> None:
    assert minutes(90_000) == Decimal("1.5")
    with pytest.raises(ValueError, match="must not be negative"):
        minutes(-1)


def test_a_video_is_billed_as_it_is_long_unless_there_is_a_least() -> None:
    assert [billed_ms(10_000, 0), billed_ms(10_000, 60_000), billed_ms(61_000, 60_000)] == [10_000, 60_000, 61_000]
    assert cost_micros(billed_ms(10_000, 60_000), Decimal("0.10")) == 100_000
