"""What an analysis costs: Rekognition Video is paid by the minute of video, once for each analysis.

The authority is https://aws.amazon.com/rekognition/pricing/, "Amazon Rekognition Video"; it differs by region and may
change, so prices are a setting. The defaults are the 0.10 USD a minute that is widely quoted from it for the large
regions. How AWS rounds a part of a minute is not known here, so amounts are in proportion to the milliseconds and
rounded up to a millionth of a dollar: an estimate to plan and to stop by. The invoice has the last word.
"""

from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, Decimal

from reelsift.domain.analysis import Analysis

MINUTE_MS = 60_000
MICRODOLLAR = Decimal("0.000001")

DEFAULT_PRICES: Mapping[Analysis, Decimal] = {
    Analysis.CONTENT_MODERATION: Decimal("0.10"),
    Analysis.LABELS: Decimal("0.10"),
}
"""US dollars a minute of video."""


def minutes(duration_ms: int) -> Decimal:
    """Milliseconds of video as minutes. Raises ValueError below zero."""
    if duration_ms < 0:
        raise ValueError(f"a duration must not be negative, is {duration_ms} ms")
    return Decimal(duration_ms) / MINUTE_MS


def cost(
    duration_ms: int,
    analyses: Iterable[Analysis],
    prices: Mapping[Analysis, Decimal] = DEFAULT_PRICES,
) -> Decimal:
    """US dollars for analysing a video of this length, each analysis paid for itself.

    Raises ValueError for a negative duration and KeyError for an analysis without a price.
    """
    per_minute = sum((prices[analysis] for analysis in analyses), Decimal(0))
    return (minutes(duration_ms) * per_minute).quantize(MICRODOLLAR, rounding=ROUND_CEILING)
