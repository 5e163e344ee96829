from reelsift.batches.paid_videos import FEWEST_VIDEOS, PaidVideos
from reelsift.batches.retry.choice import RetryChoice
from reelsift.batches.retry.ended_lines import EndedLines
from reelsift.batches.retry.order import RetryOrder
from reelsift.batches.retry.retry import RetryPlan
from reelsift.domain.analysis import Analysis
from reelsift.domain.batch import Batch, Counts
from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.video import ObjectRef

BATCH = Batch("b", "July", "list.csv", created_ms=0, total=3, chunks=1)

MEASURED = PaidVideos(
    Counts(succeeded=FEWEST_VIDEOS, billed=FEWEST_VIDEOS, billed_ms=60_000, billed_bytes=6_000, cost_micros=120_000)
)
"""Videos of 100 bytes and 2,000 micros a second."""


def ended(*lines: tuple[Reason, int | None]) -> EndedLines:
    """Lines that FAILED for a reason, with the size of their object."""
    found = EndedLines()
    for number, (reason, size) in enumerate(lines):
        ref = ObjectRef("videos", f"{number}.mp4", size=size)
        found.add(Outcome(LineId("b", f"m.csv:{number}", 0), ref, OutcomeStatus.FAILED, 0, reason=reason))
    return found


def plan(lines: EndedLines, *named: Reason, paid: PaidVideos = MEASURED) -> RetryPlan:
    return RetryPlan(BATCH, RetryOrder(RetryChoice(frozenset(named))), Counts(), lines, paid)


def test_only_the_chosen_lines_are_done_again_and_forecast() -> None:
    some = plan(ended((Reason.GAVE_UP, 1_000), (Reason.GAVE_UP, 2_000), (Reason.START_UNKNOWN, 9_000)))
    assert (some.lines, some.empty) == (2, False)
    assert (some.billed_ms, some.cost_micros) == (30_000, 60_000)


def test_what_succeeded_of_a_line_is_not_forecast_again() -> None:
    both = (Analysis.CONTENT_MODERATION, Analysis.LABELS)
    found = EndedLines()
    for number, failed in enumerate([both, both[:1]]):
        ref = ObjectRef("videos", f"{number}.mp4", size=1_000)
        why = tuple((analysis, Reason.GAVE_UP) for analysis in failed)
        line_id = LineId("b", f"m.csv:{number}", 0)
        found.add(Outcome(line_id, ref, OutcomeStatus.FAILED, 0, Reason.GAVE_UP, analyses=both, failed_analyses=why))
    assert plan(found).billed_ms == 15_000


def test_nothing_is_forecast_where_a_size_is_not_known_or_too_little_was_measured() -> None:
    unsized = plan(ended((Reason.GAVE_UP, 1_000), (Reason.GAVE_UP, None)))
    assert (unsized.billed_ms, unsized.cost_micros) == (None, None)
    unmeasured = plan(ended((Reason.GAVE_UP, 1_000)), paid=PaidVideos())
    assert (unmeasured.billed_ms, unmeasured.cost_micros) == (None, None)


def test_a_plan_is_empty_without_chosen_lines_unless_an_earlier_retry_left_some_unsent() -> None:
    left_alone = ended((Reason.BAD_LINE, None))
    assert plan(left_alone).empty
    left_alone.unsent = 1
    assert not plan(left_alone).empty


def test_a_reason_that_is_named_is_all_that_is_done_again() -> None:
    lines = ended((Reason.GAVE_UP, 1_000), (Reason.START_UNKNOWN, 500))
    assert plan(lines, Reason.START_UNKNOWN).lines == 1
