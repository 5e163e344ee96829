"""What the options of commands take, each with its bounds and its unit, and a sentence for anything else."""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

import typer

from reelsift.manifests.iso_time import read_time

_LONGEST_SHOWN = 60

_Kind = TypeVar("_Kind", bound=StrEnum)


def whole(least: int, most: int | None = None, *, of: str = "") -> Callable[[object], int]:
    """A parser of whole numbers from `least` to `most`; `of` is what is counted."""
    takes = f"a whole number{_unit(of)} {_range(least, most)}"

    def parse(value: object) -> int:
        number = _number(value)
        if number is None or number != number.to_integral_value() or not _within(number, least, most):
            raise _refused(takes, value)
        return int(number)

    return parse


def decimal(least: float, most: float | None = None, *, of: str = "") -> Callable[[object], float]:
    """A parser of numbers from `least` to `most`; `of` is what is counted."""
    takes = f"a number{_unit(of)} {_range(least, most)}"

    def parse(value: object) -> float:
        number = _number(value)
        if number is None or not _within(number, least, most):
            raise _refused(takes, value)
        return float(number)

    return parse


def one_of(kinds: type[_Kind]) -> Callable[[object], _Kind]:
    """A parser of the words of an enumeration, in either case."""

    def parse(value: object) -> _Kind:
        try:
            return kinds(str(value).strip().lower())
        except ValueError:
            raise _refused(f"one of {', '.join(kinds)}", value) from None

    return parse


def deployment_name(value: object) -> str:
    """A parser of what a deployment can be called."""
    from reelsift.setting_words import DEPLOYMENT_NAME, PATTERNS

    text = str(value)
    if re.search(DEPLOYMENT_NAME, text) is None:
        raise _refused(PATTERNS[DEPLOYMENT_NAME], value)
    return text


def moment(value: object) -> int:
    """A parser of times: epoch milliseconds of what ISO 8601 says, UTC unless it names a zone."""
    if isinstance(value, int):
        return value
    try:
        return read_time(str(value).strip())
    except ValueError:
        raise _refused("a day or a time (UTC), such as 2026-07-31 or 2026-07-31T12:00:00Z", value) from None


def _unit(of: str) -> str:
    return f" of {of}" if of else ""


def _range(least: float, most: float | None) -> str:
    return f"of at least {least:,}" if most is None else f"from {least:,} to {most:,}"


def _number(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _within(number: Decimal, least: float, most: float | None) -> bool:
    return Decimal(least) <= number <= Decimal(_LARGEST if most is None else most)


def _refused(takes: str, value: object) -> typer.BadParameter:
    text = str(value)
    shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return typer.BadParameter(f"it takes {takes}, not {shown!r}.")


_LARGEST = 10**15
"""More than anybody means; an exponent in a few characters makes a number that fills the memory."""
