"""What a reviewer is not given: what they do not take, and what a lead has set."""

import pytest

from reelsift.aws.reviewer_rows import Day
from reelsift.console.reviewing.limits import RESTED_MS, Limits, grave_in_a_row
from reelsift.console.reviewing.preferences import Preferences


def test_nobody_has_a_limit_that_no_lead_has_set() -> None:
    limits = Limits()
    assert not limits.minutes_are_used(Day(seconds=86_400))
    assert limits.another_grave_one(Day(grave_in_a_row=1000, grave_ms=0), 1)


@pytest.mark.parametrize(("seconds", "used"), [(3599, False), (3600, True)])
def test_minutes_are_used_once_the_last_of_them_is_over(seconds: int, *, used: bool) -> None:
    assert Limits(minutes_a_day=60).minutes_are_used(Day(seconds=seconds)) is used


def test_after_so_many_grave_ones_in_a_row_there_is_no_other_until_a_pause() -> None:
    limits, day = Limits(most_grave_in_a_row=3), Day(grave_in_a_row=3, grave_ms=1000)
    assert limits.another_grave_one(Day(grave_in_a_row=2, grave_ms=1000), 1001)
    assert not limits.another_grave_one(day, 1000 + RESTED_MS - 1)
    assert limits.another_grave_one(day, 1000 + RESTED_MS)
    assert grave_in_a_row(day, 1000 + RESTED_MS) == 0


def test_categories_are_known_whatever_their_capitals() -> None:
    assert Limits(grave=["gambling"]).is_grave(("Alcohol", "Gambling"))
    assert not Limits(grave=["gambling"]).is_grave(("Violence",))
    assert Preferences(declined=["VIOLENCE"]).declines(("Violence",))
    assert not Preferences().declines(("Violence",))


@pytest.mark.parametrize("kept", [{"minutes_a_day": "never"}, {"of_another_version": 1}, {"speed": 100}])
def test_what_cannot_be_read_is_as_if_nothing_was_set(kept: dict[str, object]) -> None:
    assert Limits.stored(kept) == Limits()
    assert Preferences.stored(kept) == Preferences()
