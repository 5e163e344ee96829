from decimal import Decimal

import pytest

from reelsift.cli.progress import Progress, Rate, eta_s
from reelsift.domain.batch import Batch, BatchState, Counts


def progress(ended: int, at_s: int, total: int | None = 100, failed: int = 0) -> Progress:
    batch = Batch("b", "b", "list.csv", created_ms=0, total=total, chunks=1)
    return Progress(batch, Counts(succeeded=ended - failed, failed=failed), at_s * 1000, Decimal(0))


def test_a_batch_is_complete_as_soon_as_its_counts_say_so() -> None:
    assert (progress(99, 1).state, progress(100, 1).state) == (BatchState.ACTIVE, BatchState.COMPLETE)


def test_an_inventory_that_is_not_read_yet_is_being_prepared() -> None:
    batch = Batch("b", "b", "s3://w/manifest.json", created_ms=0, total=None, chunks=0, state=BatchState.PREPARING)
    assert Progress(batch, Counts(), 1000, Decimal(0)).state is BatchState.PREPARING


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


def test_the_time_to_go_follows_from_the_rate() -> None:
    assert eta_s(progress(40, 20), 2.0) == 30
    assert eta_s(progress(0, 20), 0.0) is None
    assert eta_s(progress(100, 20), 2.0) is None
    assert eta_s(progress(5, 20, total=None), 2.0) is None
