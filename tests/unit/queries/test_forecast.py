import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.batches.paid_videos import PaidVideos
from reelsift.domain.batch import Batch, BatchState, Counts
from reelsift.domain.failure import Reason
from reelsift.queries.demand import Demand
from reelsift.queries.forecast import Basis, Forecast, forecast
from reelsift.queries.progress import Progress

VIDEO = Counts(
    succeeded=1,
    size=1_000_000,
    billed=1,
    billed_ms=60_000,
    billed_bytes=1_000_000,
    slot_ms=30_000,
    cost_micros=100_000,
)
"""A megabyte lasts a minute, costs 10 cents and holds its slot half a minute."""


def videos(number: int) -> Counts:
    return sum([VIDEO] * number, Counts())


def demand(quota: int = 20, blocked: int = 0) -> Demand:
    return Demand(quota, 0, blocked, quota - blocked, 0, {}, 0)


def progress(ended: Counts, total: int = 100, size: int = 0, **members: object) -> Progress:
    batch = Batch("b", "b", "list.csv", created_ms=0, total=total, chunks=1, **members)  # type: ignore[arg-type]
    return Progress(batch, ended, 1000, size=size)


def test_what_is_left_follows_from_the_bytes_left_and_the_quota() -> None:
    half = progress(videos(50), size=100_000_000)
    coming = forecast(half, 1.0, demand(), PaidVideos(half.counts), start_rate=5)
    assert coming == Forecast(50 * 60_000, 5_000_000, 50 * 30 / 20, Basis.QUOTA)


def test_slots_that_others_have_are_no_help() -> None:
    half = progress(videos(50), size=100_000_000)
    coming = forecast(half, 1.0, demand(quota=20, blocked=10), PaidVideos(half.counts), start_rate=5)
    assert coming.seconds == 50 * 30 / 10


def test_no_end_comes_faster_than_rekognition_takes_starts() -> None:
    half = progress(videos(50), size=100_000_000)
    assert forecast(half, 1.0, demand(quota=1000), PaidVideos(half.counts), start_rate=5).seconds == 50 / 5


def test_without_sizes_the_rest_is_taken_for_as_long_as_the_lines_so_far() -> None:
    half = progress(videos(50))
    coming = forecast(half, 1.0, demand(), PaidVideos(half.counts), start_rate=5)
    assert (coming.billed_ms, coming.cost_micros) == (50 * 60_000, 5_000_000)


def test_where_too_little_was_measured_the_rate_so_far_is_all_there_is() -> None:
    begun = progress(videos(19), size=100_000_000)
    coming = forecast(begun, 0.5, demand(), PaidVideos(begun.counts), start_rate=5)
    assert coming == Forecast(None, None, 81 / 0.5, Basis.RATE)


def test_where_nothing_has_ended_nothing_is_known() -> None:
    assert forecast(progress(Counts()), 0.0, demand(), PaidVideos(), start_rate=5) == Forecast()


def test_a_new_batch_is_measured_by_the_videos_of_others() -> None:
    coming = forecast(progress(Counts(), size=100_000_000), 0.0, demand(), PaidVideos(videos(20)), start_rate=50)
    assert coming == Forecast(100 * 60_000, 10_000_000, 100 * 30 / 20, Basis.QUOTA)


def test_a_paused_batch_has_money_to_come_and_no_end() -> None:
    held = progress(videos(50), size=100_000_000, state=BatchState.PAUSED)
    coming = forecast(held, 1.0, demand(), PaidVideos(held.counts), start_rate=5)
    assert (coming.cost_micros, coming.seconds) == (5_000_000, None)


def test_of_a_stopped_batch_only_the_lines_that_wait_are_to_come() -> None:
    cut = Counts(skipped=45) + videos(50)
    stopped = progress(cut, size=100_000_000, state=BatchState.CANCELLING, stopped=Reason.CANCELLED)
    assert forecast(stopped, 1.0, demand(), PaidVideos(cut), start_rate=5).billed_ms == pytest.approx(5 * 60_000)


def test_nothing_is_to_come_of_a_batch_whose_lines_have_all_ended() -> None:
    assert forecast(progress(videos(100)), 1.0, demand(), PaidVideos(videos(100)), start_rate=5).seconds is None


@given(
    st.integers(0, 200),
    st.integers(0, 100),
    st.integers(0, 2**50),
    st.integers(0, 50),
    st.floats(0, 1e6),
    st.sampled_from(BatchState),
)
def test_whatever_the_counts_say_no_forecast_is_negative(
    ended: int, total: int, size: int, blocked: int, rate: float, state: BatchState
) -> None:
    odd = progress(videos(ended), total=total, size=size, state=state)
    coming = forecast(odd, rate, demand(blocked=blocked), PaidVideos(odd.counts), start_rate=5)
    for number in (coming.billed_ms, coming.cost_micros, coming.seconds):
        assert number is None or number >= 0
