"""Video time as Rekognition Video is paid for it: by the minute of video, once for each analysis.

AWS's price list (https://aws.amazon.com/rekognition/pricing/, "Amazon Rekognition Video", US East) names 0.10 USD a
minute for content moderation and for label detection alike; other regions differ, so prices are settings. The page
states no rounding of partial minutes, and nobody has published an invoice of short clips: amounts are in proportion to
the milliseconds, unless the setting `least_billed_s` says what a video is billed as at least. AWS's invoice has the
last word.
"""

from decimal import Decimal

MINUTE_MS = 60_000


def minutes(duration_ms: int) -> Decimal:
    """Milliseconds of video as minutes. Raises ValueError below zero."""
    if duration_ms < 0:
        raise ValueError(f"a duration must not be negative, is {duration_ms} ms")
    return Decimal(duration_ms) / MINUTE_MS


def billed_ms(duration_ms: int, least_ms: int) -> int:
    """The video time that the analysis of one video is paid for as, of which `least_ms` is the least."""
    return max(duration_ms, least_ms)


def cost_micros(duration_ms: int, price: Decimal) -> int:
    """What so much video costs at a price in dollars a minute, in millionths of a dollar, rounded to the nearest."""
    return int((minutes(duration_ms) * price * 1_000_000).to_integral_value())
