"""What people write for the filters of a batch, its sample and its money."""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from reelsift.cli.exits import CommandError, Exit
from reelsift.domain.filters import Filters
from reelsift.manifests.iso_time import read_time

ANY_SUFFIX = "*"

MAX_COST = Decimal(10) ** 9
"""US dollars: more than anybody spends, and little enough to count in millionths."""

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgtp]?)(i?)b?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_LARGEST_SIZE = 2**63 - 1


def parse_filters(
    *,
    globs: Sequence[str] = (),
    suffixes: Sequence[str] = (),
    min_size: str | None = None,
    max_size: str | None = None,
    modified_after: str | None = None,
    modified_before: str | None = None,
    sample: str | None = None,
    all_versions: bool = False,
) -> Filters:
    """The filters that the options of `submit` say. Raises CommandError for what makes no sense."""
    if any(not text for text in (*globs, *suffixes)):
        raise CommandError("--glob and --suffix take a pattern and an ending, not nothing", Exit.WRONG_USE)
    filters = Filters(
        globs=tuple(globs),
        suffixes=_suffixes(suffixes),
        min_size=_size("--min-size", min_size),
        max_size=_size("--max-size", max_size),
        modified_after_ms=_time("--modified-after", modified_after),
        modified_before_ms=_time("--modified-before", modified_before),
        sample=_sample(sample),
        all_versions=all_versions,
    )
    _check_order("--min-size", filters.min_size, "--max-size", filters.max_size)
    _check_order("--modified-after", filters.modified_after_ms, "--modified-before", filters.modified_before_ms)
    return filters


def parse_money(text: str | None) -> int | None:
    """Millionths of a dollar from `25.50`. Raises CommandError for what is no amount above nothing."""
    if text is None:
        return None
    try:
        amount = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or not 0 < amount <= MAX_COST:
        raise CommandError(f"--max-cost takes US dollars above 0, such as 25.50, not {text!r}", Exit.WRONG_USE)
    micros = int(amount * 1_000_000)
    if not micros:
        raise CommandError(f"--max-cost {text} is less than a millionth of a dollar", Exit.WRONG_USE)
    return micros


def _suffixes(suffixes: Sequence[str]) -> tuple[str, ...] | None:
    if not suffixes:
        return None
    if ANY_SUFFIX in suffixes:
        return ()
    return tuple(
        dict.fromkeys(suffix.lower() if suffix.startswith(".") else f".{suffix.lower()}" for suffix in suffixes)
    )


def _size(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    found = _SIZE.fullmatch(text.strip())
    size = int(Decimal(found[1]) * (1024 if found[3] else 1000) ** _POWERS[found[2].lower()]) if found else -1
    if not 0 <= size <= _LARGEST_SIZE:
        raise CommandError(
            f"{option} takes a number of bytes, or one such as 10MB or 2GiB, not {text!r}", Exit.WRONG_USE
        )
    return size


def _time(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return read_time(text.strip())
    except ValueError as error:
        raise CommandError(f"{option} {text!r}: {error}", Exit.WRONG_USE) from None


def _sample(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        sample = float(text.strip().removesuffix("%"))
    except ValueError:
        sample = 0
    if not 0 < sample <= 100:  # noqa: PLR2004 - a percentage
        raise CommandError(f"--sample takes a percentage above 0, such as 1% or 0.1%, not {text!r}", Exit.WRONG_USE)
    return sample


def _check_order(least: str, first: int | None, most: str, last: int | None) -> None:
    if first is not None and last is not None and first > last:
        raise CommandError(f"{least} lies above {most}: no object would be left", Exit.WRONG_USE)
