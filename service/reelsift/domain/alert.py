"""An alert: one message a video, listing what passed the alert threshold."""

import hashlib
import shlex
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from urllib.parse import quote, urlencode

from reelsift.domain.analysis import Analysis
from reelsift.domain.policy import Judgement, Peak
from reelsift.domain.video import ObjectRef

MAX_SUBJECT = 99
"""SNS takes subjects of less than 100 characters without control characters (botocore, PublishInput.Subject)."""

MAX_TEXT_BYTES = 192 * 1024
"""SNS takes 256 KiB a message, attributes and all; the rest is room for these and for subscribers' envelopes."""

MAX_RANGES = 20
"""Times listed for one label."""

MAX_CATEGORIES = 50
"""Categories named in the attributes; version 7 has ten."""

MAX_NAME = 200
"""Characters of a label's path: no known one is longer, and one beyond reason must not crowd out the others."""

CONSOLES = {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}
"""Where the S3 console of the regions outside the `aws` partition lives, by the region's prefix."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A message as SNS takes it.

    `alert_id` is the same for the same attempt of a job, so a subscriber can tell a repetition. `attributes` are for
    subscribers' filters: text is a String, a number a Number, a list a String.Array.
    """

    alert_id: str
    subject: str
    text: str
    attributes: dict[str, str | float | list[str]]


def alert(
    judgement: Judgement,
    *,
    deployment: str,
    ref: ObjectRef,
    video_id: str,
    analysis: Analysis,
    attempt: int,
    duration_ms: int | None = None,
    region: str | None = None,
) -> Alert:
    """The digest of one video. `duration_ms` is the video's length; with a `region` the text links to the console.

    Raises ValueError for a judgement without alerts: there is nothing to say.
    """
    if not judgement.alerts:
        raise ValueError("a judgement without alerts makes no alert")
    alert_id = _alert_id(video_id, analysis, attempt)
    head = [
        _escape(ref.uri),
        "",
        f"Verdict:     {judgement.verdict}",
        f"Duration:    {'unknown' if duration_ms is None else _clock(duration_ms)}",
        f"Analysis:    {analysis}, attempt {attempt}",
        f"Deployment:  {_escape(deployment)}",
        "",
        "At or above the alert threshold:",
    ]
    tail = ["", f"All segments:  reelsift show {_escape(shlex.quote(ref.uri))}"]
    if region is not None:
        tail.append(f"The object:    {_console_url(ref, region)}")
    tail.append(f"Alert:         {alert_id}")
    return Alert(
        alert_id=alert_id,
        subject=_subject(judgement, ref),
        text=_fit(head, [_paragraph(peak) for peak in judgement.alerts], tail),
        attributes={
            "deployment": deployment,
            "bucket": ref.bucket,
            "verdict": str(judgement.verdict),
            "category": sorted({_name(peak.category) for peak in judgement.alerts})[:MAX_CATEGORIES],
            # SNS compares numbers with five digits after the point.
            "max_confidence": round(judgement.alerts[0].max_confidence, 5),
            "alert_id": alert_id,
        },
    )


def _alert_id(video_id: str, analysis: Analysis, attempt: int) -> str:
    return hashlib.sha256(f"{video_id}\0{analysis}\0{attempt}".encode()).hexdigest()[:32]


def _subject(judgement: Judgement, ref: ObjectRef) -> str:
    """Verdict and first label, then as much of the key's end as fits: the file's name says more than its folders."""
    peak = judgement.alerts[0]
    more = f" (+{len(judgement.alerts) - 1})" if len(judgement.alerts) > 1 else ""
    start = f"{_ascii(peak.label)[:40]} {_percent(peak.max_confidence)}{more} in "
    start = f"reelsift {judgement.verdict}: {start}"
    key = _ascii(ref.key)
    room = MAX_SUBJECT - len(start)
    return start + (key if len(key) <= room else "..." + key[3 - room :])


def _paragraph(peak: Peak) -> str:
    ranges = [f"{_clock(start)}-{_clock(end)}" for start, end in peak.ranges_ms[:MAX_RANGES]]
    if len(peak.ranges_ms) > MAX_RANGES:
        ranges.append(f"and {len(peak.ranges_ms) - MAX_RANGES} more")
    return (
        f"  {_name(' > '.join(peak.path))}\n"
        f"    {_percent(peak.max_confidence)} at {_clock(peak.peak_ms)} (threshold {peak.threshold:g} %)\n"
        f"    {', '.join(ranges)}"
    )


def _fit(head: list[str], paragraphs: list[str], tail: list[str]) -> str:
    """Head and tail always, and as many paragraphs between them as the limit leaves room for."""
    room = MAX_TEXT_BYTES - sum(len(line.encode()) + 1 for line in (*head, *tail)) - len("  and 1000000 more\n")
    kept = list(_while_room(paragraphs, room))
    if len(kept) < len(paragraphs):
        kept.append(f"  and {len(paragraphs) - len(kept)} more")
    return "\n".join([*head, *kept, *tail]) + "\n"


def _while_room(paragraphs: list[str], room: int) -> Iterator[str]:
    for paragraph in paragraphs:
        room -= len(paragraph.encode()) + 1
        if room < 0:
            return
        yield paragraph


def _name(text: str) -> str:
    escaped = _escape(text)
    return escaped if len(escaped) <= MAX_NAME else escaped[: MAX_NAME - 3] + "..."


def _escape(text: str) -> str:
    """Keys may hold line breaks, which would forge lines of the message, and halves of surrogate pairs."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _ascii(text: str) -> str:
    """Letters without their accents; what is no ASCII even then stays readable as an escape."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return _escape(plain).encode("ascii", "backslashreplace").decode("ascii")


def _percent(confidence: float) -> str:
    # Cut, not rounded: 94.96 must not read as having reached 95.0.
    return f"{Decimal(str(confidence)).quantize(Decimal('0.1'), rounding=ROUND_DOWN)} %"


def _clock(ms: int) -> str:
    """mm:ss.s, minutes running on past the hour."""
    tenths = ms // 100
    return f"{tenths // 600:02}:{tenths // 10 % 60:02}.{tenths % 10}"


def _console_url(ref: ObjectRef, region: str) -> str:
    host = next((host for prefix, host in CONSOLES.items() if region.startswith(prefix + "-")), None)
    query = urlencode({"region": region, "prefix": ref.key}, errors="replace", quote_via=quote)
    return f"https://{host or 'console.aws.amazon.com'}/s3/object/{ref.bucket}?{query}"
