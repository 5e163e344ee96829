"""What a batch may take and cost, as far as anybody can say before Rekognition has read the videos."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from reelsift.cli import amounts
from reelsift.domain.analysis import Analysis

ASSUMED_MBIT = (2, 8)
"""Megabits a second of video: what H.264 from standard definition to Full HD is mostly encoded at. An assumption,
always stated with the numbers that rest on it.
"""


def in_words(size: int, sized: int, lines: int, prices: Mapping[Analysis, Decimal]) -> Sequence[tuple[str, str]]:
    """Rows of the summary about size, minutes and money. `sized` of the `lines` have a known size, `size` in all;
    `prices` are US dollars a minute for each analysis.
    """
    price = sum(prices.values(), Decimal(0))
    rate = f"{amounts.money(price)} a minute of video ({', '.join(prices)})"
    if sized == 0:
        return [
            ("size", "not known: the manifest does not tell it"),
            ("minutes", "not known before Rekognition has read the videos"),
            ("money", rate),
        ]
    slow, fast = ASSUMED_MBIT
    least, most = minutes_of(size, fast), minutes_of(size, slow)
    known = "" if sized == lines else f" in the {amounts.count(sized, 'line')} whose size is known"
    money = f"{amounts.money(least * price)} to {amounts.money(most * price)} at that, {rate}"
    return [
        ("size", amounts.size(size) + known),
        ("minutes", f"{_number(least)} to {_number(most)} if videos have {slow} to {fast} Mbit/s (an assumption)"),
        ("money", money),
    ]


def minutes_of(size: int, mbit: float) -> Decimal:
    """How many minutes `size` bytes of video last at `mbit` megabits a second."""
    return Decimal(size) * 8 / (Decimal(mbit) * 1_000_000) / 60


def _number(minutes: Decimal) -> str:
    return amounts.minutes(float(minutes) * 60_000)
