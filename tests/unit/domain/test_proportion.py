"""A proportion and its interval."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.proportion import Proportion


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (8, 10, 0.4902, 0.9433), (45, 100, 0.3561, 0.5476)],
)
def test_the_interval_is_wilsons(hits: int, n: int, low: float, high: float) -> None:
    assert (round(Proportion(hits, n).low, 4), round(Proportion(hits, n).high, 4)) == (low, high)


@given(st.integers(1, 2_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_proportion_lies_in_its_interval(trials: tuple[int, int]) -> None:
    found = Proportion(*trials)
    assert found.share is not None
    assert 0 <= found.low <= found.share + 1e-12
    assert found.share - 1e-12 <= found.high <= 1


@given(st.integers(1, 2_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_bounds_are_the_shares_that_the_trials_are_just_compatible_with(trials: tuple[int, int]) -> None:
    """By the score test: the standardised distance of what was seen from either bound is that of 2.5 %."""
    found = Proportion(*trials)
    for bound in (found.low, found.high):
        if 0 < bound < 1:
            distance = abs(found.hits - found.n * bound) / math.sqrt(found.n * bound * (1 - bound))
            assert math.isclose(distance, 1.959964, rel_tol=1e-5)


def test_without_a_trial_nothing_is_known() -> None:
    assert Proportion(0, 0).members() == {"hits": 0, "n": 0, "share": None, "low": None, "high": None}
