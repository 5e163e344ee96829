"""The mail about a batch's end."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from reelsift.domain.batch import Batch
from reelsift.domain.failure import NOT_RETRIED, Reason
from reelsift.domain.line import OutcomeStatus
from reelsift.domain.message_text import CONSOLES, MAX_SUBJECT
from reelsift.reports import report_keys, wording
from reelsift.reports.contents import ReportContents
from reelsift.reports.reason_words import explain, unknown_cost

MAX_NAME = 200
"""Characters of a batch's name or source: some are very long."""

VIDEOS_NAMED = 10


@dataclass(frozen=True, slots=True)
class CompletionMail:
    """A message as SNS takes it: a subject of less than 100 ASCII characters, and attributes for filters."""

    subject: str
    text: str
    attributes: dict[str, str | float]


def completion_mail(contents: ReportContents, *, bucket: str, region: str) -> CompletionMail:
    """What became of a batch, and where its report lies: in this bucket."""
    batch, counts = contents.batch, contents.counts
    state = "cancelled" if batch.stopped is not None else "complete"
    return CompletionMail(
        subject=_subject(batch, state, counts.failed),
        text="\n".join([*_head(contents, state), "", *_numbers(contents), "", *_ways_on(contents, bucket, region)])
        + "\n",
        attributes={
            "deployment": contents.deployment,
            "batch": batch.batch_id,
            "state": state,
            "failed": counts.failed,
        },
    )


def _subject(batch: Batch, state: str, failed: int) -> str:
    text = f"reelsift: batch {batch.batch_id} {state}"
    text += f", {failed:,} failed" if failed else ""
    return text if len(text) <= MAX_SUBJECT else text[: MAX_SUBJECT - 3] + "..."


def _head(contents: ReportContents, state: str) -> Iterator[str]:
    batch = contents.batch
    yield f"Batch {batch.batch_id} is {state}{_because(batch)}."
    yield ""
    yield f"Name:        {_name(batch.name)}"
    yield f"Source:      {_name(batch.source)}"
    yield f"Deployment:  {contents.deployment}"
    yield f"Submitted:   {wording.moment(batch.created_ms)}, {wording.span(contents.written_ms - batch.created_ms)} ago"


def _because(batch: Batch) -> str:
    if batch.stopped is Reason.MAX_COST:
        return ": starting more could have passed its maximum cost"
    if batch.stopped is not None and batch.held_because is not None:
        return f"; it had paused itself before: {_name(batch.held_because)}"
    return ""


def _numbers(contents: ReportContents) -> Iterator[str]:
    batch, counts = contents.batch, contents.counts
    yield f"Lines:       {wording.number(counts.ended)}"
    for (status, reason), lines in sorted(contents.endings.items(), key=lambda ending: (-ending[1], ending[0])):
        yield f"  {wording.number(lines):>9}  {status}{f', {reason}: {explain(reason).meaning}' if reason else ''}"
    for lacking, objects in batch.passed_over:
        yield f"  {wording.number(objects):>9}  passed over: {_name(lacking)}"
    verdicts = ", ".join(f"{wording.number(lines)} {verdict}" for verdict, lines in sorted(contents.verdicts.items()))
    yield f"Verdicts:    {verdicts or 'none'}"
    yield from _moved(contents)
    yield f"Minutes:     {wording.minutes(counts.billed_ms)} paid for"
    limit = "" if batch.max_cost_micros is None else f" of at most {wording.money(batch.max_cost_micros)}"
    yield f"Money:       {wording.money(counts.cost_micros)}{limit}, by the prices in the settings"
    if left_out := unknown_cost(contents.endings):
        yield f"             {left_out}"
    if contents.flagged:
        yield ""
        yield f"To look at:  {wording.count(contents.flagged_total, 'video')}"
        for video in contents.flagged[:VIDEOS_NAMED]:
            confidence = "" if video.peak_confidence is None else f" {wording.confidence(video.peak_confidence)}"
            label = "" if video.peak_label is None else f", {_name(video.peak_label)}{confidence}"
            yield f"  {video.verdict}  {wording.shown(video.uri)}{label}"
        if contents.flagged_total > VIDEOS_NAMED:
            yield f"  and {wording.number(contents.flagged_total - VIDEOS_NAMED)} more, in the report"


def _moved(contents: ReportContents) -> Iterator[str]:
    """What a re-evaluation has changed."""
    terms = contents.batch.reevaluation
    if terms is None:
        return
    videos = wording.count(sum(contents.moved.values()), "video")
    yield f"Moved:       {videos} by version {terms.epoch} of the policy"
    for move, moved in sorted(contents.moved.items(), key=lambda item: (-item[1], item[0])):
        verdicts = f"{move.verdict_before or 'none'} -> {move.verdict or 'none'}"
        statuses = f"{move.status_before or 'none'} -> {move.status or 'none'}"
        yield f"  {wording.number(moved):>9}  {verdicts}, status {statuses}"


def _ways_on(contents: ReportContents, bucket: str, region: str) -> Iterator[str]:
    batch, batch_id = contents.batch, contents.batch.batch_id
    ways = {
        "The report": contents.location,
        "In the console": _console_url(bucket, batch_id, region),
        "The page": f"reelsift report {batch_id} --html report.html",
        "Every line": f"reelsift report {batch_id}",
    }
    if contents.flagged:
        ways["To look at"] = f"reelsift search --verdict {contents.flagged[0].verdict} --batch {batch_id}"
    if batch.reevaluation is None and any(
        status == OutcomeStatus.FAILED and reason not in NOT_RETRIED for status, reason in contents.endings
    ):
        ways["Failed, again"] = f"reelsift retry {batch_id}"
    if (OutcomeStatus.SUCCEEDED, Reason.PARTLY_FAILED) in contents.endings:
        ways["Partly, again"] = f"reelsift retry {batch_id} --reason partly_failed"
    if batch.stopped is Reason.MAX_COST:
        ways["The rest"] = f"reelsift retry {batch_id} --reason max_cost --max-cost USD"
    elif batch.reevaluation is not None and batch.stopped is not None:
        ways["The rest"] = "reelsift reevaluate"
    elif batch.stopped is not None:
        ways["The rest"] = f"reelsift retry {batch_id} --reason {batch.stopped}"
    for name, way in ways.items():
        yield f"{name + ':':<16}{way}"


def _console_url(bucket: str, batch_id: str, region: str) -> str:
    host = next((host for prefix, host in CONSOLES.items() if region.startswith(prefix + "-")), None)
    query: dict[str, Any] = {"region": region, "prefix": report_keys.folder(batch_id)}
    return f"https://{host or 'console.aws.amazon.com'}/s3/buckets/{bucket}?{urlencode(query)}"


def _name(text: str) -> str:
    escaped = wording.shown(text)
    return escaped if len(escaped) <= MAX_NAME else escaped[: MAX_NAME - 3] + "..."
