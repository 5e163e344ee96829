"""Numbers as people read them: counts, sizes, minutes, money, spans of time."""

from decimal import ROUND_HALF_UP, ROUND_UP, Decimal

_CENT = Decimal("0.01")
_SMALLEST = Decimal("0.0001")


def count(number: int, noun: str) -> str:
    """`1 line`, `1,234 lines`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def size(number: int) -> str:
    """Bytes in units of 1,000, as S3's prices count them."""
    value = float(number)
    for unit in ("bytes", "kB", "MB", "GB", "TB", "PB"):
        if value < 1000 or unit == "PB":  # noqa: PLR2004 - the unit's own step
            return f"{value:,.0f} {unit}" if unit == "bytes" else f"{value:,.1f} {unit}"
        value /= 1000
    raise AssertionError("PB is the last unit")


def money(amount: Decimal) -> str:
    """US dollars: to the cent, and what is less than one finer, so that what costs something never reads as nothing."""
    cents = amount.quantize(_CENT, rounding=ROUND_HALF_UP)
    if amount < 1 and cents != amount:
        return f"{amount.quantize(_SMALLEST, rounding=ROUND_UP)} USD"
    return f"{cents:,} USD"


def minutes(milliseconds: float) -> str:
    """Minutes of video, to three digits or all that stand before the point."""
    value = milliseconds / 60_000
    digits = 0 if value >= 100 or value == 0 else 1 if value >= 10 else 2  # noqa: PLR2004 - three digits
    return f"{value:,.{digits}f}"


def span(seconds: float) -> str:
    """How long something takes, to the precision anybody needs: `4 s`, `12 min`, `3 h 20 min`, `2 d 4 h`."""
    whole = round(seconds)
    if whole < 1:
        return "under 1 s"
    if whole < 60:  # noqa: PLR2004 - seconds
        return f"{whole} s"
    if whole < 3600:  # noqa: PLR2004 - minutes
        return f"{round(whole / 60)} min"
    hours, rest = divmod(round(whole / 60), 60)
    if hours < 48:  # noqa: PLR2004 - two days
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def clock(milliseconds: int) -> str:
    """A time in a video, `m:ss.t`; minutes run on past the hour."""
    tenths = milliseconds // 100
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"
