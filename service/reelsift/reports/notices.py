"""What a reader must know of a batch before its numbers: what stopped or held it, and what it left out."""

from collections.abc import Iterator
from dataclasses import dataclass

from reelsift.domain.batch import HELD, OVER, Batch, BatchState
from reelsift.domain.failure import Reason
from reelsift.domain.filters import Filters
from reelsift.domain.line import OutcomeStatus
from reelsift.reports.contents import ReportContents
from reelsift.reports.wording import count, moment, money, number, size

_LACKED = {
    "suffix": "by their suffix",
    "glob": "by the pattern of the key",
    "size": "by their size",
    "modified": "by when they were modified",
    "sample": "outside the sample",
    "version": "as older versions",
    "delete_marker": "as delete markers",
}
"""How rows are said to have been passed over, by what they lacked."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A heading and its sentence. A `grave` one changes how the numbers are to be read."""

    heading: str
    sentence: str
    grave: bool = False


def final_state(batch: Batch) -> BatchState:
    """The state a batch is in, or is about to be in once its report is written."""
    if batch.state is BatchState.COMPLETING:
        return BatchState.CANCELLED if batch.stopped else BatchState.COMPLETE
    return batch.state


def notices(contents: ReportContents) -> list[Notice]:
    """What people should know of a batch, the gravest first."""
    return [*_unfinished(contents), *_stopped(contents), *_held(contents.batch), *_left_out(contents.batch)]


def _unfinished(contents: ReportContents) -> Iterator[Notice]:
    batch, ended = contents.batch, contents.counts.ended
    if final_state(batch) in OVER or batch.direct:
        return
    lines = (
        f"{count(ended, 'line')} had ended"
        if batch.total is None
        else f"{ended:,} of {count(batch.total, 'line')} had ended"
    )
    yield Notice("Not over yet", f"When this page was written, {lines}. What is shown is of these alone.", grave=True)


def _stopped(contents: ReportContents) -> Iterator[Notice]:
    def skipped(reason: Reason) -> str:
        lines = contents.endings.get((OutcomeStatus.SKIPPED, reason), 0)
        return f"{count(lines, 'line')} {'was' if lines == 1 else 'were'} not analysed; what was started is reported."

    batch = contents.batch
    if batch.reevaluation is not None and batch.stopped is Reason.CANCELLED:
        yield Notice("Cancelled", "Videos that it had not got to kept their verdict.", grave=True)
    elif batch.stopped is Reason.CANCELLED or (OutcomeStatus.SKIPPED, Reason.CANCELLED) in contents.endings:
        yield Notice("Cancelled", skipped(Reason.CANCELLED), grave=True)
    if batch.stopped is Reason.MAX_COST or (OutcomeStatus.SKIPPED, Reason.MAX_COST) in contents.endings:
        limit = "" if batch.max_cost_micros is None else f" of {money(batch.max_cost_micros)}"
        sentence = f"The maximum cost{limit} allowed no more: {skipped(Reason.MAX_COST)}"
        yield Notice("Stopped by its maximum cost", sentence, grave=True)
    if batch.stopped is Reason.POLICY_CHANGED:
        sentence = "Another version of the policy went live. What is shown was judged by the one before."
        yield Notice("Stopped", sentence, grave=True)
    elif batch.stopped is not None and batch.stopped not in {Reason.CANCELLED, Reason.MAX_COST}:
        yield Notice("Stopped", f"Nothing more was started, for the reason {batch.stopped}.", grave=True)


def _held(batch: Batch) -> Iterator[Notice]:
    if batch.held_because is not None:
        yield Notice("It paused itself", batch.held_because, grave=True)
    elif batch.state in HELD:
        yield Notice("Paused", "Nothing more is started until it is resumed.", grave=True)


def _left_out(batch: Batch) -> Iterator[Notice]:
    if rules := list(_rules(batch.filters)):
        yield Notice("Filters", f"Only objects {', '.join(rules)} were taken.")
    if batch.passed_over:
        rows = sorted(batch.passed_over, key=lambda passed: (-passed[1], passed[0]))
        of_each = ", ".join(f"{number(passed)} {_LACKED.get(lacked, f'by {lacked}')}" for lacked, passed in rows)
        total = sum(passed for _, passed in rows)
        yield Notice("Passed over", f"{count(total, 'row')} of the list became no line: {of_each}.")


def _rules(filters: Filters) -> Iterator[str]:
    if filters.globs:
        yield f"with a key like {' or '.join(filters.globs)}"
    if filters.suffixes:
        yield f"ending in {' or '.join(filters.suffixes)}"
    if filters.min_size is not None:
        yield f"of at least {size(filters.min_size)}"
    if filters.max_size is not None:
        yield f"of at most {size(filters.max_size)}"
    if filters.modified_after_ms is not None:
        yield f"modified since {moment(filters.modified_after_ms)}"
    if filters.modified_before_ms is not None:
        yield f"modified until {moment(filters.modified_before_ms)}"
    if filters.sample is not None:
        yield f"in a sample of {filters.sample:g} %"
