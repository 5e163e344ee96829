from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.batch import Chunk, Counts
from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome, failed
from reelsift.domain.video import ObjectRef
from reelsift.manifests.chunks import SourceRow
from reelsift.manifests.manifest_row import BadRow, GoodRow
from reelsift.reports.report_line import failed_objects, report_lines

ROWS = [
    SourceRow("m.csv", GoodRow(row, ObjectRef("videos", f"{row}.mp4", "v1" if row == 2 else None)))
    for row in range(1, 12)
] + [SourceRow("m.csv", GoodRow(12, ObjectRef("videos", "12.mp4"), context={"owner": "u-12"}))]
CHUNK = Chunk("b", 3, Counts(), total=len(ROWS))


def outcome(row: int, status: OutcomeStatus = OutcomeStatus.SUCCEEDED, *, file: str = "m.csv") -> Outcome:
    """As a worker leaves it: with the version that the object turned out to have."""
    return Outcome(LineId("b", f"{file}:{row}", 3), ObjectRef("videos", f"{row}.mp4", "found"), status, 100 - row)


def names(lines: list[Outcome]) -> list[str]:
    return [line.id.line for line in lines]


@given(st.sets(st.integers(1, 12)), st.integers(0, 12))
def test_every_row_of_a_complete_chunk_has_one_line_in_the_order_of_the_rows(ended: set[int], cut_at: int) -> None:
    chunk = replace(CHUNK, skip_reason=Reason.CANCELLED, skip_from=cut_at)
    lines = [line.outcome for line in report_lines(chunk, ROWS, [outcome(row) for row in ended], final=True)]
    assert names(lines) == [row.name for row in ROWS]
    for place, line in enumerate(lines):
        if place + 1 in ended:
            assert line.status is OutcomeStatus.SUCCEEDED
        elif place >= cut_at:
            assert (line.status, line.reason) == (OutcomeStatus.SKIPPED, Reason.CANCELLED)
        else:
            assert (line.status, line.reason) == (OutcomeStatus.FAILED, Reason.INTERNAL_ERROR)


def test_a_running_chunk_tells_of_what_has_ended_and_of_what_was_cut() -> None:
    chunk = replace(CHUNK, skip_reason=Reason.MAX_COST, skip_from=10)
    lines = [line.outcome for line in report_lines(chunk, ROWS, [outcome(10), outcome(2)], final=False)]
    assert names(lines) == ["m.csv:2", "m.csv:10", "m.csv:11", "m.csv:12"]
    assert [line.reason for line in lines] == [None, None, Reason.MAX_COST, Reason.MAX_COST]
    assert [line.ref.key for line in lines[2:]] == ["11.mp4", "12.mp4"]
    assert [line.context for line in lines[2:]] == [None, {"owner": "u-12"}]


def test_what_stands_in_no_row_of_the_chunk_comes_last() -> None:
    stray = [outcome(7, file="stray"), outcome(9, file="stray")]
    lines = [line.outcome for line in report_lines(CHUNK, ROWS, [*stray, outcome(12)], final=False)]
    assert names(lines) == ["m.csv:12", "stray:9", "stray:7"]


def test_another_try_asks_for_the_version_the_manifest_named_not_for_the_one_that_failed() -> None:
    outcomes = [outcome(row, OutcomeStatus.FAILED) for row in (1, 2)] + [outcome(3)]
    refs = failed_objects(report_lines(CHUNK, ROWS, outcomes, final=False))
    assert [(ref.key, ref.version_id) for ref in refs] == [("1.mp4", None), ("2.mp4", "v1")]


def test_a_line_whose_object_nobody_knows_is_not_tried_again() -> None:
    rows = [SourceRow("m.csv", BadRow(1, "no key", "x"))]
    bad = failed(LineId("b", "m.csv:1", 3), ObjectRef("", ""), Reason.BAD_LINE, "no key", now_ms=1)
    stray = failed(LineId("b", "stray", 3), ObjectRef("videos", "s.mp4", "v"), Reason.GAVE_UP, "", now_ms=1)
    assert failed_objects(report_lines(CHUNK, rows, [bad, stray], final=True)) == [stray.ref]
