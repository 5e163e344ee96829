"""What counts as trouble of one thing alone: time that somebody has seen, and in which AWS answered about others."""

from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.trouble import NO_TROUBLE, Trouble

LONGEST_MS = 300_000


def after(*tries: tuple[int, bool]) -> Trouble:
    trouble = NO_TROUBLE
    for now_ms, up in tries:
        trouble = trouble.met("500", now_ms=now_ms, up=up, longest_ms=LONGEST_MS)
    return trouble


def test_the_time_between_two_tries_counts_where_aws_answered_the_probe_both_times() -> None:
    assert after((1_000, True)).ms == 0
    assert after((1_000, True), (61_000, True), (91_000, True)).ms == 90_000


def test_an_outage_between_counts_nothing_of_the_time_before_and_after_it() -> None:
    assert after((0, True), (60_000, True), (120_000, False), (180_000, True), (200_000, True)).ms == 80_000


def test_nothing_counts_while_no_probe_is_answered() -> None:
    assert after(*((minute * 60_000, False) for minute in range(1_000))).ms == 0


def test_of_a_time_in_which_nobody_looked_only_a_part_counts() -> None:
    assert after((0, True), (86_400_000, True)).ms == LONGEST_MS


@given(st.lists(st.tuples(st.integers(0, 10**9), st.booleans())))
def test_whatever_the_clocks_say_trouble_only_grows_and_never_by_more_than_was_seen(
    tries: list[tuple[int, bool]],
) -> None:
    troubles = [after(*tries[:number]).ms for number in range(len(tries) + 1)]
    assert troubles == sorted(troubles)
    assert troubles[-1] <= LONGEST_MS * max(0, sum(up for _, up in tries) - 1)
