"""A day whose verdicts are unlike those before is noticed, and chance is not."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.policy import Verdict
from reelsift.domain.verdict_mix import FEWEST_DAYS, FEWEST_VERDICTS, DayMix, shift

USUAL = {Verdict.APPROVE: 9_000, Verdict.REVIEW: 900, Verdict.REJECT: 100}


def days(number: int = 20, **changes: int) -> list[DayMix]:
    counts = USUAL | {Verdict(name): count for name, count in changes.items()}
    return [DayMix(f"2026-11-{30 - day:02d}", counts) for day in range(number)]


def today(**counts: int) -> DayMix:
    return DayMix("2026-12-01", {Verdict(name): count for name, count in counts.items()})


@pytest.mark.parametrize(
    "mix",
    [
        today(approve=900, review=10, reject=90),
        today(approve=1000),
        today(approve=500, incomplete=500),
        today(approve=150, review=100),
    ],
    ids=["rejections are nine times as many", "nothing is found", "an analysis is missing", "few, but surely unlike"],
)
def test_another_mix_is_far(mix: DayMix) -> None:
    shifted = shift(mix, days())
    assert shifted is not None
    assert shifted >= 1


@pytest.mark.parametrize(
    "mix",
    [today(approve=900, review=90, reject=10), today(approve=183, review=16, reject=5)],
    ids=["usual", "by chance"],
)
def test_the_usual_mix_is_not(mix: DayMix) -> None:
    shifted = shift(mix, days())
    assert shifted is not None
    assert shifted < 1


def test_days_that_differ_among_themselves_allow_more() -> None:
    apart = [DayMix(day.day, USUAL | {Verdict.REVIEW: 900 * (1 + number % 4)}) for number, day in enumerate(days())]
    mix = today(approve=800, review=200)
    assert (shift(mix, apart) or 0) < (shift(mix, days()) or 0)


def test_one_odd_day_does_not_make_the_next_one_usual() -> None:
    odd = [DayMix("2026-11-30", {Verdict.REJECT: 10_000}), *days(19)]
    assert (shift(today(reject=1000), odd) or 0) >= 1


@given(st.dictionaries(st.sampled_from(Verdict), st.integers(0, 40), min_size=1))
def test_few_verdicts_say_nothing(counts: dict[Verdict, int]) -> None:
    mix = DayMix("2026-12-01", counts)
    assert mix.total < FEWEST_VERDICTS
    assert shift(mix, days()) is None


def test_of_few_days_nobody_can_say_what_is_usual() -> None:
    assert shift(today(reject=1000), days(FEWEST_DAYS - 1)) is None
    assert shift(today(reject=1000), [*days(FEWEST_DAYS - 1), *(today(reject=10) for _ in range(50))]) is None


def test_chance_alone_raises_no_alarm_though_a_day_is_looked_at_while_it_grows() -> None:
    draw, far = random.Random(1), 0
    verdicts, weights = list(USUAL), list(USUAL.values())
    before: list[DayMix] = []
    for number in range(400):
        drawn: Counter[Verdict] = Counter()
        for _ in range(draw.randint(10, 60)):
            drawn.update(draw.choices(verdicts, weights, k=20))
            far += (shift(DayMix(str(number), drawn), before) or 0) >= 1
        before = [DayMix(str(number), drawn), *before][:28]
    assert far == 0
