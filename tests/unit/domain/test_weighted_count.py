"""Counts out of samples: known values, and intervals that hold as often as they say."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.weighted_count import WeightedCount, gamma_quantile, gamma_share


@pytest.mark.parametrize(
    ("events", "low", "high"),
    # Exact limits of a Poisson mean, as tables have them.
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390), (100, 81.364, 121.627)],
)
def test_events_of_one_weight_have_the_exact_limits(events: int, low: float, high: float) -> None:
    count = WeightedCount.of([1.0] * events, largest=1.0)
    assert [count.low, count.high] == pytest.approx([low, high], abs=1e-3)


def test_ten_events_of_half_a_percent_are_960_to_3_670_missed() -> None:
    count = WeightedCount.of([200.0] * 10)
    assert (count.total, round(count.low, -1), round(count.high, -1)) == (2_000, 960, 3_680)
    assert count.says_something
    assert not WeightedCount.of([200.0] * 9).says_something


@given(st.integers(1, 60), st.floats(0.01, 120))
def test_the_share_below_a_value_is_that_of_the_poisson_sum(shape: int, value: float) -> None:
    """Of a whole shape, what is at most `value` is 1 minus a sum of Poisson terms."""
    terms = (math.exp(n * math.log(value) - value - math.lgamma(n + 1)) for n in range(shape))
    assert gamma_share(shape, value) == pytest.approx(1 - math.fsum(terms), abs=1e-9)
    assert gamma_share(shape, gamma_quantile(shape, 0.3)) == pytest.approx(0.3, abs=1e-9)


@pytest.mark.parametrize("mean", [2.0, 5.5, 12.0, 40.0])
def test_limits_of_one_weight_hold_at_least_as_often_as_they_say(mean: float) -> None:
    """By enumeration of every number of events that can be found: so nothing of this is chance."""
    weight = 50.0
    held = 0.0
    for events in range(200):
        count = WeightedCount.of([weight] * events, largest=weight)
        if count.low <= mean * weight <= count.high:
            held += math.exp(events * math.log(mean) - mean - math.lgamma(events + 1))
    assert 0.95 <= held < 0.995


def test_limits_of_several_weights_hold_as_often_as_they_say() -> None:
    """A thousand samples of two windows, one drawn from ten times as thinly: up to 5 % of intervals may miss, 0.1 % of
    such tests would find more than 73. As many again would be missed by limits that took all weights for equal.
    """
    chance = random.Random(7)
    wrong = ((600, 0.02), (100, 0.2))
    missed = naive = 0
    for _ in range(1_000):
        found = [1 / share for number, share in wrong for _ in range(number) if chance.random() < share]
        count = WeightedCount.of(found, largest=50.0)
        missed += not count.low <= 700 <= count.high
        mean = WeightedCount.of([count.total / max(1, count.events)] * count.events)
        naive += not mean.low <= 700 <= mean.high
    assert missed <= 73 < naive
