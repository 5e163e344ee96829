"""Passes of a re-evaluation: one where nobody can judge by an older policy any more, else a last one later."""

from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.reevaluation import MOST_WALKS, WALK_VIDEOS, Reevaluation, Walk, walks_for

ORDERED = Reevaluation(epoch=8, policy="0123456789abcdef", walks=4)


def test_it_begins_once_it_is_known_whether_all_follow() -> None:
    assert not ORDERED.is_under_way(10**9)
    assert ORDERED.begun(5, all_follow=True).is_last
    assert ORDERED.begun(5, all_follow=True).is_under_way(5)
    assert not ORDERED.begun(5, all_follow=False).is_last


@given(st.integers(0, 10**13), st.integers(0, 10**13))
def test_a_last_pass_begins_when_no_worker_can_judge_by_an_older_policy(seen_ms: int, now_ms: int) -> None:
    terms = Reevaluation(epoch=8, policy="0123456789abcdef", walks=4, seen_ms=seen_ms)
    later = terms.begun(now_ms, all_follow=False).next_pass(now_ms, stale_ms=660_000)
    assert (later.number, later.is_last) == (2, True)
    assert later.begins_ms is not None
    assert later.begins_ms >= max(now_ms, seen_ms + 660_000)
    assert not later.is_under_way(later.begins_ms - 1)


@given(st.one_of(st.none(), st.integers(0, 10**9)))
def test_every_archive_has_a_walk_and_none_has_too_many(videos: int | None) -> None:
    walks = walks_for(videos)
    assert 1 <= walks <= MOST_WALKS
    assert videos is None or walks * WALK_VIDEOS >= min(videos, MOST_WALKS * WALK_VIDEOS)


def test_a_walk_is_taken_until_its_time_is_over() -> None:
    assert not Walk("b", 0).is_taken(1)
    assert Walk("b", 0, due_at_ms=2).is_taken(1)
    assert not Walk("b", 0, due_at_ms=2).is_taken(2)
