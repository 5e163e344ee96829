from decimal import Decimal

import pytest

from reelsift.domain.analysis import Analysis
from reelsift.domain.cost import cost, minutes


def test_each_analysis_is_paid_for_itself() -> None:
    assert cost(600_000, [Analysis.CONTENT_MODERATION]) == Decimal("1.00")
    assert cost(600_000, list(Analysis)) == Decimal("2.00")


def test_a_part_of_a_minute_costs_its_part_rounded_up_to_a_millionth() -> None:
    assert cost(30_000, [Analysis.LABELS]) == Decimal("0.05")
    assert cost(1, [Analysis.LABELS]) == Decimal("0.000002")


def test_prices_are_a_setting() -> None:
    assert cost(60_000, [Analysis.LABELS], {Analysis.LABELS: Decimal("0.12")}) == Decimal("0.12")


def test_nothing_costs_nothing() -> None:
    assert cost(0, list(Analysis)) == 0
    assert cost(60_000, []) == 0


def test_minutes_are_exact() -> None:
    assert minutes(90_000) == Decimal("1.5")
    with pytest.raises(ValueError, match="must not be negative"):
        minutes(-1)
