"""The lines of a report: every row of a chunk's file with what became of it, in the order of the file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reelsift.domain.batch import Chunk
from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome, failed, skipped
from reelsift.domain.video import ObjectRef
from reelsift.manifests.chunks import SourceRow
from reelsift.manifests.manifest_row import GoodRow

NOT_NOTED_MS = 0
"""The end of a line that was skipped as part of a range: nobody noted when."""

_NO_OBJECT = ObjectRef("", "")

_SKIP_MESSAGES = {
    Reason.CANCELLED: "the batch was cancelled before this line was sent to work; nothing was started or paid",
    Reason.MAX_COST: "the batch had reached its maximum cost before this line was sent to work; nothing was started"
    " or paid",
}

_LOST_MESSAGE = (
    "no outcome of this line is known, though its chunk counts as complete: lines that were sent to the queue in the"
    " name of this batch were counted in its place; submit it again"
)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A line's outcome, and its object as the row of the manifest names it, None where no row is known.

    The outcome's own object may carry a version that was only found when the line was begun.
    """

    outcome: Outcome
    named: ObjectRef | None

    @property
    def to_retry(self) -> ObjectRef | None:
        """The object as a manifest of another try should name it; None where no object is known."""
        ref = self.outcome.ref if self.named is None else self.named
        return ref if ref.bucket and ref.key else None


def report_lines(
    chunk: Chunk, rows: Iterable[SourceRow], outcomes: Iterable[Outcome], *, final: bool
) -> list[ReportLine]:
    """A line for each row that has ended, in the order of the rows; then what claims to belong to the chunk and stands
    in no row of it, in the order in which it ended.

    Lines that were skipped as a range have no outcome of their own and get theirs here. With `final` the chunk is
    known to be complete, so every row gets a line, but for those of videos that were forgotten.
    """
    known = {outcome.id.line: outcome for outcome in outcomes}
    lines: list[ReportLine] = []
    for place, row in enumerate(rows):
        named = row.row.ref if isinstance(row.row, GoodRow) else _NO_OBJECT
        outcome = known.pop(row.name, None) or _without_outcome(chunk, place, row, named, final=final)
        if outcome is not None:
            lines.append(ReportLine(outcome, named))
    others = sorted(known.values(), key=lambda outcome: (outcome.finished_ms, outcome.id.line))
    lines += [ReportLine(outcome, None) for outcome in others]
    return [line for line in lines if not line.outcome.forgotten]


def failed_objects(lines: Sequence[ReportLine]) -> list[ObjectRef]:
    """What a manifest of another try holds: the objects of the lines that FAILED, in order, where one is known."""
    failed = (line.to_retry for line in lines if line.outcome.status is OutcomeStatus.FAILED)
    return [ref for ref in failed if ref is not None]


def _without_outcome(chunk: Chunk, place: int, row: SourceRow, named: ObjectRef, *, final: bool) -> Outcome | None:
    line_id = LineId(chunk.batch_id, row.name, chunk.number)
    context = row.row.context if isinstance(row.row, GoodRow) else None
    if chunk.skip_reason is not None and place >= chunk.end:
        return skipped(
            line_id,
            named,
            chunk.skip_reason,
            _SKIP_MESSAGES.get(chunk.skip_reason, ""),
            now_ms=NOT_NOTED_MS,
            context=context,
        )
    if final:
        return failed(line_id, named, Reason.INTERNAL_ERROR, _LOST_MESSAGE, now_ms=NOT_NOTED_MS, context=context)
    return None
