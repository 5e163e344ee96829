import pytest

from reelsift.reports import wording


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (200, "under 1 s"),
        (4_000, "4 s"),
        (59_400, "59 s"),
        (60_000, "1 min"),
        (3_599_000, "60 min"),
        (3_600_000, "1 h"),
        (12_000_000, "3 h 20 min"),
        (187_200_000, "2 d 4 h"),
    ],
)
def test_a_span_has_the_precision_anybody_needs(milliseconds: int, words: str) -> None:
    assert wording.span(milliseconds) == words


@pytest.mark.parametrize(
    ("micros", "words"),
    [
        (0, "0.00 USD"),
        (100_000, "0.10 USD"),
        (10, "0.0001 USD"),
        (123_400, "0.1234 USD"),
        (1_006_000, "1.01 USD"),
        (1_234_567_500_000, "1,234,567.50 USD"),
    ],
)
def test_money_never_reads_as_nothing(micros: int, words: str) -> None:
    assert wording.money(micros) == words


def test_minutes_have_three_digits() -> None:
    assert [wording.minutes(ms) for ms in (0, 1_000, 1_500_000, 60_000_000)] == ["0", "0.02", "25.0", "1,000"]


def test_one_is_singular() -> None:
    assert (wording.count(1, "line"), wording.count(1_234, "line")) == ("1 line", "1,234 lines")


def test_a_clock_runs_on_past_the_hour() -> None:
    assert [wording.clock(ms) for ms in (0, 61_250, 3_600_000)] == ["0:00.0", "1:01.2", "60:00.0"]


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 0, ""),
        (0, 9, "0.0 %"),
        (1, 8, "12.5 %"),
        (1, 10_000, "under 0.1 %"),
        (9_999, 10_000, "over 99.9 %"),
        (10_000, 10_000, "100.0 %"),
    ],
)
def test_a_share_never_reads_as_nothing_or_all_where_it_is_not(part: int, whole: int, words: str) -> None:
    assert wording.percent(part, whole) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (10**10, "10.0 GB"),
        (2 * 10**15, "2,000.0 TB"),
    ],
)
def test_sizes_count_in_thousands(size: int, words: str) -> None:
    assert wording.size(size) == words


def test_what_is_not_seen_is_written_out() -> None:
    assert wording.shown("a\n\u202eb\udc80 ä") == "a\\n\\u202eb\\udc80 ä"
