"""An alert: one message a video, listing what passed the alert threshold."""

import hashlib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from reelsift.domain.analysis import Analysis
from reelsift.domain.message_text import (
    MAX_SUBJECT,
    MAX_TEXT_BYTES,
    ascii_only,
    clock,
    console_url,
    escape,
    label_text,
    percent,
)
from reelsift.domain.policy import Judgement, Peak
from reelsift.domain.video import ObjectRef

MAX_RANGES = 20
"""Times listed for one label."""

MAX_CATEGORIES = 50
"""Categories named in the attributes; version 7 has ten."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A message as SNS takes it.

    `alert_id` is the same for the same attempt of a job, so a subscriber can tell a repetition. `attributes` are for
    subscribers' filters: text is a String, a number a Number, a list a String.Array. `label` is the path of the most
    confident label that is alerted, and `peak_ms` where in the video it is; a result stored before these were does not
    have them.
    """

    alert_id: str
    subject: str
    text: str
    attributes: dict[str, str | float | list[str]]
    label: str = ""
    peak_ms: int | None = None


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
        escape(ref.uri),
        "",
        f"Verdict:     {judgement.verdict}",
        f"Duration:    {'unknown' if duration_ms is None else clock(duration_ms)}",
        f"Analysis:    {analysis}, attempt {attempt}",
        f"Deployment:  {escape(deployment)}",
        "",
        "At or above the alert threshold:",
    ]
    tail = ["", f"All segments:  reelsift show {escape(shlex.quote(ref.uri))}"]
    if region is not None:
        tail.append(f"The object:    {console_url(ref, region)}")
    tail.append(f"Alert:         {alert_id}")
    return Alert(
        alert_id=alert_id,
        subject=_subject(judgement, ref),
        text=_fit(head, [_paragraph(peak) for peak in judgement.alerts], tail),
        attributes={
            "deployment": deployment,
            "bucket": ref.bucket,
            "verdict": str(judgement.verdict),
            "category": sorted({label_text(peak.category) for peak in judgement.alerts})[:MAX_CATEGORIES],
            # SNS compares numbers with five digits after the point.
            "max_confidence": round(judgement.alerts[0].max_confidence, 5),
            "alert_id": alert_id,
        },
        label=label_text(" > ".join(judgement.alerts[0].path)),
        peak_ms=judgement.alerts[0].peak_ms,
    )


def _alert_id(video_id: str, analysis: Analysis, attempt: int) -> str:
    return hashlib.sha256(f"{video_id}\0{analysis}\0{attempt}".encode()).hexdigest()[:32]


def _subject(judgement: Judgement, ref: ObjectRef) -> str:
    """Verdict and first label, then as much of the key's end as fits: the file's name says more than its folders."""
    peak = judgement.alerts[0]
    more = f" (+{len(judgement.alerts) - 1})" if len(judgement.alerts) > 1 else ""
    start = f"{ascii_only(peak.label)[:40]} {percent(peak.max_confidence)}{more} in "
    start = f"reelsift {judgement.verdict}: {start}"
    key = ascii_only(ref.key)
    room = MAX_SUBJECT - len(start)
    return start + (key if len(key) <= room else "..." + key[3 - room :])


def _paragraph(peak: Peak) -> str:
    ranges = [f"{clock(start)}-{clock(end)}" for start, end in peak.ranges_ms[:MAX_RANGES]]
    if len(peak.ranges_ms) > MAX_RANGES:
        ranges.append(f"and {len(peak.ranges_ms) - MAX_RANGES} more")
    return (
        f"  {label_text(' > '.join(peak.path))}\n"
        f"    {percent(peak.max_confidence)} at {clock(peak.peak_ms)} (threshold {peak.threshold:g} %)\n"
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
