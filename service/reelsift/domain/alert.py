"""An alert: one message on a video, listing what has passed the alert threshold and was not alerted before."""

import shlex
from collections.abc import Iterator, Sequence
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
from reelsift.domain.policy import Peak
from reelsift.domain.video import ObjectRef
from reelsift.domain.video_verdict import VideoVerdict

MAX_RANGES = 20
"""Times listed for one label."""

MAX_CATEGORIES = 50
"""Categories named in the attributes; version 7 has ten."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A message as SNS takes it.

    `alert_id` is the same for the same verdict of a video, so a subscriber can tell a repetition. `attributes` are for
    subscribers' filters: text is a String, a number a Number, a list a String.Array. `label` is the path of the most
    confident label that is alerted, and `peak_ms` where in the video it is.
    """

    alert_id: str
    subject: str
    text: str
    attributes: dict[str, str | float | list[str]]
    label: str
    peak_ms: int


def alert(
    peaks: Sequence[Peak],
    *,
    alert_id: str,
    verdict: VideoVerdict,
    deployment: str,
    duration_ms: int | None = None,
    region: str | None = None,
) -> Alert:
    """The digest of one video: `peaks` are the labels to be alerted, the most confident first, out of what `verdict`
    rests on. `duration_ms` is the video's length; with a `region` the text links to the console.

    Raises ValueError for no labels: there is nothing to say.
    """
    if not peaks:
        raise ValueError("no labels make no alert")
    video, word = verdict.video, "none" if verdict.verdict is None else str(verdict.verdict)
    ref = ObjectRef(video.bucket, video.key, video.version_id, video.etag, video.size)
    head = [
        escape(ref.uri),
        "",
        f"Verdict:     {word}",
        f"Duration:    {'unknown' if duration_ms is None else clock(duration_ms)}",
        f"Analyses:    {_attempts(verdict)}",
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
        subject=_subject(peaks, word, ref),
        text=_fit(head, [_paragraph(peak) for peak in peaks], tail),
        attributes={
            "deployment": deployment,
            "bucket": ref.bucket,
            "verdict": word,
            "category": sorted({label_text(peak.category) for peak in peaks})[:MAX_CATEGORIES],
            # SNS compares numbers with five digits after the point.
            "max_confidence": round(peaks[0].max_confidence, 5),
            "alert_id": alert_id,
        },
        label=label_text(" > ".join(peaks[0].path)),
        peak_ms=peaks[0].peak_ms,
    )


def _attempts(verdict: VideoVerdict) -> str:
    """The analyses that were judged, and those that are missing."""
    attempts = verdict.basis.attempts
    judged = [f"{analysis}, attempt {attempts[analysis]}" for analysis in Analysis if analysis in attempts]
    missing = [f"{analysis} is missing" for analysis in verdict.missing]
    return "; ".join([*judged, *missing])


def _subject(peaks: Sequence[Peak], word: str, ref: ObjectRef) -> str:
    """Verdict and first label, then as much of the key's end as fits: the file's name says more than its folders."""
    peak = peaks[0]
    more = f" (+{len(peaks) - 1})" if len(peaks) > 1 else ""
    start = f"{ascii_only(peak.label)[:40]} {percent(peak.max_confidence)}{more} in "
    start = f"reelsift {word}: {start}"
    key = ascii_only(ref.key)
    room = MAX_SUBJECT - len(start)
    return start + (key if len(key) <= room else "..." + key[3 - room :])


def _paragraph(peak: Peak) -> str:
    ranges = [f"{clock(start)}-{clock(end)}" for start, end in peak.ranges_ms[:MAX_RANGES]]
    if len(peak.ranges_ms) > MAX_RANGES:
        ranges.append(f"and {len(peak.ranges_ms) - MAX_RANGES} more")
    identity = "" if peak.known_as is None else f", Id {label_text(peak.known_as)}"
    return (
        f"  {label_text(' > '.join(peak.path))}{identity}\n"
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
