"""What a report comes to, for people: names and words."""

from collections.abc import Iterator

from reelsift.domain.batch import OVER
from reelsift.domain.failure import Reason
from reelsift.domain.line import OutcomeStatus
from reelsift.reporting.lines import ReportRead
from reelsift.reports import report_keys, wording
from reelsift.reports.reason_words import unknown_cost

_STOPPED = {
    Reason.CANCELLED: "it was cancelled: what had been started finishes, the rest is SKIPPED",
    Reason.MAX_COST: "starting more could have passed its maximum cost: the rest is SKIPPED",
    Reason.POLICY_CHANGED: "another version of the policy went live: what was judged until then stands",
}


def summary_rows(read: ReportRead, work_bucket: str) -> Iterator[tuple[str, str]]:
    """The rows of the summary; the name of a row that goes on with the one before is empty."""
    batch, counts = read.batch, read.counts
    yield "batch", f"{batch.batch_id}, {batch.state}"
    yield "name", batch.name
    if batch.stopped is not None:
        yield "stopped", _STOPPED.get(batch.stopped, str(batch.stopped))
    if batch.held_because is not None:
        yield "held", batch.held_because
    total = "" if batch.total is None else f" of {batch.total:,}"
    ended = f"{counts.succeeded:,} succeeded, {counts.failed:,} failed, {counts.skipped:,} skipped"
    yield "lines", f"{counts.ended:,}{total}: {ended}"
    yield from _endings(read)
    for name, lines_by in (("verdicts", read.summary.verdicts), ("statuses", read.summary.statuses)):
        if lines_by:
            yield name, ", ".join(f"{lines:,} {word}" for word, lines in lines_by.most_common())
    for place, (move, videos) in enumerate(read.summary.moved.most_common()):
        verdicts = f"{move.verdict_before or 'none'} -> {move.verdict or 'none'}"
        statuses = f"{move.status_before or 'none'} -> {move.status or 'none'}"
        yield "" if place else "moved", f"{videos:,}: {verdicts}, status {statuses}"
    yield "minutes", wording.minutes(counts.billed_ms)
    yield "money", wording.money(counts.cost_micros) + _limit(batch.max_cost_micros)
    if left_out := unknown_cost(read.summary.endings):
        yield "", left_out
    if batch.report_key is not None:
        as_it_was = "" if batch.state in OVER else ", as it was before lines were retried"
        yield "report", f"s3://{work_bucket}/{report_keys.folder(batch.batch_id)}{as_it_was}"


def _endings(read: ReportRead) -> Iterator[tuple[str, str]]:
    """How lines ended that did not plainly succeed, and what never became one."""
    for status in (OutcomeStatus.FAILED, OutcomeStatus.SKIPPED, OutcomeStatus.SUCCEEDED):
        for (name, reason), lines in read.summary.endings.most_common():
            if name == status and reason:
                yield "", f"{status.lower()} {lines:,}: {reason}"
    for lack, objects in read.batch.passed_over:
        yield "", f"passed over {objects:,}: {lack}"


def _limit(micros: int | None) -> str:
    return "" if micros is None else f" of at most {wording.money(micros)}"
