import pytest

from reelsift.domain.batch import Batch, BatchState, Counts
from reelsift.queries.progress import Progress, Rate


def progress(ended: int, at_s: int, total: int | None = 100, state: BatchState = BatchState.ACTIVE) -> Progress:
    batch = Batch("b", "b", "list.csv", created_ms=0, total=total, chunks=1, state=state)
    return Progress(batch, Counts(succeeded=ended), at_s * 1000)


def inventory(listed: int, ended: int) -> Progress:
    batch = Batch(
        "b",
        "b",
        "s3://w/manifest.json",
        created_ms=0,
        total=None,
        chunks=0,
        state=BatchState.PREPARING,
        manifest_key="manifest.json",
        files=4,
    )
    return Progress(batch, Counts(succeeded=ended), 1000, listed=listed)


def test_a_batch_whose_every_line_has_ended_is_completing_until_its_report_is_written() -> None:
    assert (progress(99, 1).state, progress(100, 1).state) == (BatchState.ACTIVE, BatchState.COMPLETING)
    assert not progress(100, 1).over
    assert progress(100, 1, state=BatchState.COMPLETE).over


def test_a_batch_that_is_cancelled_is_not_said_to_be_completing() -> None:
    assert progress(100, 1, state=BatchState.CANCELLING).state is BatchState.CANCELLING


def test_an_inventory_that_is_still_read_waits_for_the_lines_found_so_far_and_is_not_complete() -> None:
    assert inventory(listed=50, ended=20).waiting == 30
    done_so_far = inventory(listed=50, ended=50)
    assert (done_so_far.waiting, done_so_far.complete, done_so_far.state) == (0, False, BatchState.PREPARING)


def test_lines_pushed_straight_onto_the_queue_never_make_a_complete_batch() -> None:
    assert progress(5, 1, total=None).waiting is None
    assert not progress(5, 1, total=None).complete


def test_one_look_gives_the_rate_since_the_start() -> None:
    assert Rate().see(progress(20, 10)) == pytest.approx(2)


def test_watching_gives_the_rate_of_the_last_minute() -> None:
    rate = Rate()
    rate.see(progress(0, 100))
    rate.see(progress(10, 150))
    assert rate.see(progress(40, 200)) == pytest.approx(30 / 50)


def test_a_minute_without_an_end_falls_back_on_the_rate_since_the_start() -> None:
    rate = Rate()
    rate.see(progress(50, 100))
    assert rate.see(progress(50, 150)) == pytest.approx(50 / 150)


def test_a_retry_that_takes_lines_out_of_the_counts_makes_no_negative_rate() -> None:
    rate = Rate()
    rate.see(progress(50, 100))
    assert rate.see(progress(40, 150)) == pytest.approx(40 / 150)
