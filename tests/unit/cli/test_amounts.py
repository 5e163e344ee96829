from decimal import Decimal

import pytest

from reelsift.cli import amounts


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "under 1 s"),
        (4, "4 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (3599, "60 min"),
        (3600, "1 h"),
        (12_000, "3 h 20 min"),
        (187_200, "2 d 4 h"),
    ],
)
def test_a_span_has_the_precision_anybody_needs(seconds: float, words: str) -> None:
    assert amounts.span(seconds) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "0.00 USD"),
        ("0.1", "0.10 USD"),
        ("0.00001", "0.0001 USD"),
        ("0.1234", "0.1234 USD"),
        ("1.006", "1.01 USD"),
        ("1234567.5", "1,234,567.50 USD"),
    ],
)
def test_money_never_reads_as_nothing(amount: str, words: str) -> None:
    assert amounts.money(Decimal(amount)) == words


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (2_500_000_000_000, "2.5 TB")]
)
def test_sizes_have_units(number: int, words: str) -> None:
    assert amounts.size(number) == words


def test_minutes_have_three_digits() -> None:
    assert [amounts.minutes(ms) for ms in (0, 1_000, 1_500_000, 60_000_000)] == ["0", "0.02", "25.0", "1,000"]


def test_one_is_singular() -> None:
    assert (amounts.count(1, "line"), amounts.count(1_234, "line")) == ("1 line", "1,234 lines")


def test_a_clock_runs_on_past_the_hour() -> None:
    assert [amounts.clock(ms) for ms in (0, 61_250, 3_600_000)] == ["0:00.0", "1:01.2", "60:00.0"]
