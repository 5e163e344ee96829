import pytest

from bench.slot_time import Span, best_possible, makespan, slot_seconds, supplied, utilisation


def test_two_full_rounds_without_a_pause_use_all_of_the_quota() -> None:
    jobs = [Span(start, start + 5) for start in (0, 0, 5, 5)]
    assert makespan(jobs) == Span(0, 10)
    assert utilisation(jobs, 2, makespan(jobs)) == (1.0, 1.0)


def test_a_pause_between_two_jobs_of_a_slot_is_lost() -> None:
    assert utilisation([Span(0, 4), Span(6, 10)], 1, Span(0, 10)) == (0.8, 0.8)


def test_what_others_hold_is_used_and_is_not_left() -> None:
    ours, theirs = [Span(0, 5), Span(5, 10)], [Span(-5, 5), Span(5, 20)]
    assert utilisation(ours, 4, makespan(ours), theirs) == pytest.approx((0.5, 1 / 3))


def test_filling_and_emptying_are_not_the_time_in_which_work_waits() -> None:
    jobs = [Span(0, 5), Span(1, 6), Span(5, 10), Span(6, 11)]
    assert supplied(jobs, 2) == Span(1, 6)
    assert utilisation(jobs, 2, supplied(jobs, 2)) == (1.0, 1.0)
    with pytest.raises(ValueError, match="none waiting"):
        supplied(jobs, 4)


def test_time_outside_the_span_is_not_counted() -> None:
    assert slot_seconds([Span(0, 10), Span(20, 30)], Span(5, 8)) == 3


@pytest.mark.parametrize(
    ("times", "quota", "start_rate", "seconds"),
    [
        ([5] * 40, 20, 1e9, 10),  # whole rounds
        ([5] * 41, 20, 1e9, 15),  # a round for a single job
        ([5] * 40, 20, 10, 10 + 1.9),  # the slots fill one after the other
        ([1] * 100, 20, 5, 99 / 5 + 1),  # 5 Starts a second are less than 20 slots could take
        ([1, 3, 2, 2], 2, 1e9, 5),  # the long one first would have taken 4
    ],
)
def test_the_best_possible_follows_from_the_jobs_and_the_rate_of_starts(
    times: list[float], quota: int, start_rate: float, seconds: float
) -> None:
    assert best_possible(times, quota, start_rate) == pytest.approx(sum(times) / (quota * seconds))
