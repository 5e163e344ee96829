"""The clocks of tests: what is left to the machine's own is past by them, today and in some years."""

from support.clocks import DAY_MS, SetClock, WrongClock


def test_a_clock_that_is_set_is_later_than_that_of_any_machine_for_years() -> None:
    """Else the tests in which a part goes by the machine's clock fail from some day on."""
    assert SetClock().now_ms() > WrongClock().now_ms() + 10 * 365 * DAY_MS
