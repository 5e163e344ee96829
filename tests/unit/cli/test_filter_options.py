"""What people write for filters and money is understood, or refused in a sentence."""

import pytest

from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.filter_options import parse_filters, parse_money
from reelsift.domain.filters import Filters


def test_without_options_nothing_is_asked() -> None:
    assert parse_filters() == Filters()


def test_every_option_is_understood() -> None:
    assert parse_filters(
        globs=["in/*", "out/*"],
        suffixes=["MP4", ".Mov", "mp4"],
        min_size="10MB",
        max_size="2GiB",
        modified_after="2026-07-01",
        modified_before="2026-07-31T12:00:00+02:00",
        sample="0.5%",
        all_versions=True,
    ) == Filters(
        globs=("in/*", "out/*"),
        suffixes=(".mp4", ".mov"),
        min_size=10_000_000,
        max_size=2 * 1024**3,
        modified_after_ms=1_782_864_000_000,
        modified_before_ms=1_785_492_000_000,
        sample=0.5,
        all_versions=True,
    )


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("5", 5), ("5B", 5), ("1.5 kB", 1_500), ("1K", 1_000), ("1TiB", 1024**4), ("2gb", 2 * 10**9)],
)
def test_a_size_has_any_usual_unit(text: str, size: int) -> None:
    assert parse_filters(min_size=text).min_size == size


def test_a_star_is_any_suffix() -> None:
    assert parse_filters(suffixes=["*"]).suffixes == ()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"min_size": "ten"}, "--min-size takes a number of bytes"),
        ({"max_size": "-1"}, "--max-size takes a number of bytes"),
        ({"max_size": "99999PB"}, "--max-size takes a number of bytes"),
        ({"min_size": "2kB", "max_size": "1kB"}, "--min-size lies above --max-size"),
        ({"modified_after": "yesterday"}, "--modified-after 'yesterday': the time is not in ISO 8601"),
        ({"modified_after": "2026-07-02", "modified_before": "2026-07-01"}, "lies above --modified-before"),
        ({"sample": "0%"}, "--sample takes a percentage above 0"),
        ({"sample": "101%"}, "--sample takes a percentage"),
        ({"sample": "nan"}, "--sample takes a percentage"),
        ({"sample": "a tenth"}, "--sample takes a percentage"),
        ({"globs": [""]}, "--glob and --suffix take"),
        ({"suffixes": [""]}, "--glob and --suffix take"),
    ],
)
def test_what_makes_no_sense_is_wrong_use(options: dict[str, str], says: str) -> None:
    with pytest.raises(CommandError, match=says) as refusal:
        parse_filters(**options)  # type: ignore[arg-type]
    assert refusal.value.code is Exit.WRONG_USE


def test_money_is_counted_in_millionths_of_a_dollar() -> None:
    assert parse_money(None) is None
    assert [parse_money(text) for text in ("25.50", "$1", "0.000001", "1e3")] == [25_500_000, 1_000_000, 1, 10**9]


@pytest.mark.parametrize("text", ["0", "-1", "free", "", "nan", "Infinity", "1e12", "0.0000001"])
def test_what_is_no_amount_is_wrong_use(text: str) -> None:
    with pytest.raises(CommandError, match="--max-cost") as refusal:
        parse_money(text)
    assert refusal.value.code is Exit.WRONG_USE
