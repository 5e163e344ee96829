"""Numbers, times and names as people read them, in reports and on the command line."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal

LONGEST_LABEL = 64
"""Characters of a label that are shown: enough for those that Rekognition has. A text that it read may be longer."""

_CENT = Decimal("0.01")
_SMALLEST = Decimal("0.0001")
_MICROS = 1_000_000


def shown(text: str) -> str:
    r"""`text` with everything escaped that is not seen: a line break as `\n`, a change of direction as `\u202e`.

    Half a surrogate pair, which no file in UTF-8 can hold, is escaped likewise.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode() for char in text
    )


def short(text: str, longest: int = LONGEST_LABEL) -> str:
    """`text` as `shown` has it, in so many characters at most: what is cut off ends with an ellipsis."""
    escaped = shown(text[: longest + 1])
    return escaped if len(escaped) <= longest else escaped[: longest - 1].rstrip() + "…"


def number(value: int) -> str:
    """`1,234`."""
    return f"{value:,}"


def count(value: int, noun: str) -> str:
    """`1 line`, `1,234 lines`."""
    return f"{value:,} {noun}" if value == 1 else f"{value:,} {noun}s"


def at_once(most: int) -> str:
    """How many of something are seen at one time: `up to 3 at once`, `one at a time`."""
    return f"up to {most:,} at once" if most > 1 else "one at a time"


def percent(part: int, whole: int) -> str:
    """A share: `12.5 %`, `under 0.1 %` of what there is but hardly, and nothing of nothing."""
    if not whole:
        return ""
    share = 100 * part / whole
    if 0 < share < 0.1:  # noqa: PLR2004 - the last digit shown
        return "under 0.1 %"
    if part < whole and share > 99.9:  # noqa: PLR2004 - the same, from the other end
        return "over 99.9 %"
    return f"{share:.1f} %"


def confidence(value: float) -> str:
    """A confidence of 0-100: `98.7 %`."""
    return f"{value:.1f} %"


def money(micros: int) -> str:
    """Millionths of a dollar as US dollars: to the cent, and what is less than a dollar finer where it has to be, so
    that what costs something never reads as nothing.
    """
    amount = Decimal(micros) / _MICROS
    cents = amount.quantize(_CENT, rounding=ROUND_HALF_UP)
    if amount < 1 and cents != amount:
        return f"{amount.quantize(_SMALLEST, rounding=ROUND_UP)} USD"
    return f"{cents:,} USD"


def minutes(milliseconds: float) -> str:
    """Minutes of video, to three digits or all that stand before the point."""
    value = milliseconds / 60_000
    digits = 0 if value >= 100 or value == 0 else 1 if value >= 10 else 2  # noqa: PLR2004 - three digits
    return f"{value:,.{digits}f}"


def size(value: int) -> str:
    """Bytes in units of 1,000, as S3's prices count them."""
    if value < 1000:  # noqa: PLR2004 - the unit's own step
        return count(value, "byte")
    amount = float(value)
    for unit in ("kB", "MB", "GB"):
        amount /= 1000
        if amount < 1000:  # noqa: PLR2004 - the same
            return f"{amount:.1f} {unit}"
    return f"{amount / 1000:,.1f} TB"


def span(milliseconds: float) -> str:
    """How long something took, to the precision anybody needs: `4 s`, `12 min`, `3 h 20 min`, `2 d 4 h`."""
    seconds = round(milliseconds / 1000)
    if seconds < 1:
        return "under 1 s"
    if seconds < 60:  # noqa: PLR2004 - seconds
        return f"{seconds} s"
    if seconds < 3600:  # noqa: PLR2004 - minutes
        return f"{round(seconds / 60)} min"
    hours, rest = divmod(round(seconds / 60), 60)
    if hours < 48:  # noqa: PLR2004 - two days
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def clock(milliseconds: int) -> str:
    """A time in a video, `m:ss.t`; minutes run on past the hour."""
    tenths = milliseconds // 100
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"


def moment(milliseconds: int) -> str:
    """A time of day, from epoch milliseconds: `2026-11-22 09:43 UTC`."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
