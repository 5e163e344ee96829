"""Names and numbers as messages for people show them: nothing in them can forge a line, however hostile the name."""

import unicodedata
from decimal import ROUND_DOWN, Decimal
from urllib.parse import quote, urlencode

from reelsift.domain.video import ObjectRef

MAX_SUBJECT = 99
"""SNS takes subjects of less than 100 characters without control characters (botocore, PublishInput.Subject)."""

MAX_TEXT_BYTES = 192 * 1024
"""SNS takes 256 KiB a message, attributes and all; the rest is room for these and for subscribers' envelopes."""

MAX_NAME = 200
"""Characters of a label's path: no known one is longer, and one beyond reason must not crowd out the others."""

CONSOLES = {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}
"""Where the S3 console of the regions outside the `aws` partition lives, by the region's prefix."""


def escape(text: str) -> str:
    """Keys may hold line breaks, which would forge lines of the message, and halves of surrogate pairs."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def label_text(text: str) -> str:
    """A label, or its path, of bounded length."""
    escaped = escape(text)
    return escaped if len(escaped) <= MAX_NAME else escaped[: MAX_NAME - 3] + "..."


def ascii_only(text: str) -> str:
    """Letters without their accents; what is no ASCII even then stays readable as an escape."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return escape(plain).encode("ascii", "backslashreplace").decode("ascii")


def percent(confidence: float) -> str:
    """A confidence (0-100), cut, not rounded: 94.96 must not read as having reached 95.0."""
    return f"{Decimal(str(confidence)).quantize(Decimal('0.1'), rounding=ROUND_DOWN)} %"


def clock(ms: int) -> str:
    """mm:ss.s, minutes running on past the hour."""
    tenths = ms // 100
    return f"{tenths // 600:02}:{tenths // 10 % 60:02}.{tenths % 10}"


def console_url(ref: ObjectRef, region: str) -> str:
    """Where the S3 console shows an object."""
    host = next((host for prefix, host in CONSOLES.items() if region.startswith(prefix + "-")), None)
    query = urlencode({"region": region, "prefix": ref.key}, errors="replace", quote_via=quote)
    return f"https://{host or 'console.aws.amazon.com'}/s3/object/{ref.bucket}?{query}"
