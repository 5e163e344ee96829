"""How many videos machines may reject within an hour."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.brake import ALWAYS, USUAL_HOURS, Allowed, Brake, Limit, hour_of

NOW = 500_000


def every_hour(count: int) -> dict[int, int]:
    return dict.fromkeys(range(NOW - USUAL_HOURS, NOW), count)


@pytest.mark.parametrize(
    ("before", "allowed"),
    [
        ({}, Allowed(ALWAYS, Limit.USUAL)),
        (every_hour(1), Allowed(ALWAYS, Limit.USUAL)),
        (every_hour(20), Allowed(60, Limit.USUAL)),
        (every_hour(50), Allowed(100, Limit.HOURLY)),
        # A batch of yesterday counts for what it is of a week.
        ({NOW - 24: 1_680}, Allowed(30, Limit.USUAL)),
        # Neither the hour itself nor what is longer ago says what is usual.
        ({NOW: 1_000_000, NOW - USUAL_HOURS - 1: 1_000_000}, Allowed(ALWAYS, Limit.USUAL)),
    ],
)
def test_an_hour_has_a_multiple_of_the_mean_of_the_week_and_never_more_than_the_limit(
    before: dict[int, int], allowed: Allowed
) -> None:
    assert Brake(100, 3.0).allowed(NOW, before) == allowed


def test_nothing_is_rejected_where_nothing_may_be() -> None:
    assert Brake(0, 3.0).allowed(NOW, every_hour(50)) == Allowed(0, Limit.HOURLY)


@given(
    st.dictionaries(st.integers(NOW - 300, NOW + 10), st.integers(0, 10_000)), st.integers(0, 2_000), st.floats(1, 50)
)
def test_what_is_allowed_is_bounded_by_the_limit_and_by_the_week(
    before: dict[int, int], hourly: int, times: float
) -> None:
    allowed = Brake(hourly, times).allowed(NOW, before)
    assert 0 <= allowed.most <= hourly
    mean = sum(count for hour, count in before.items() if NOW - USUAL_HOURS <= hour < NOW) / USUAL_HOURS
    assert allowed.most <= max(ALWAYS, times * mean)
    assert (allowed.limit is Limit.HOURLY) == (allowed.most == hourly)


def test_hours_are_those_of_utc() -> None:
    assert [hour_of(ms) for ms in (0, 3_599_999, 3_600_000)] == [0, 0, 1]
