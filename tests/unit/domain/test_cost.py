from decimal import Decimal

import pytest

from reelsift.domain.cost import minutes


def test_minutes_are_exact() -> None:
    assert minutes(90_000) == Decimal("1.5")
    with pytest.raises(ValueError, match="must not be negative"):
        minutes(-1)
