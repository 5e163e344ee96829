"""Whoever decides may be hours off by their own clock: what they write has the time of the table."""

import time

import pytest

from reelsift.domain.decision import Action
from reelsift.domain.policy import Verdict
from reelsift.reviews.table_clock import AGREE_MS, TableClock
from support.clocks import WrongClock
from support.decisions import UNDO_MS, DecidedVideos
from support.memory_table import MemoryTable

HOUR_MS = 3_600_000


def answering(now_ms: int | None) -> MemoryTable:
    """A table whose last answer told this time, just now."""
    table = MemoryTable("reviews")
    if now_ms is not None:
        table._answered = now_ms, time.monotonic()
    return table


@pytest.mark.parametrize("ahead_ms", [-3 * HOUR_MS, -AGREE_MS * 2, AGREE_MS * 2, HOUR_MS])
def test_of_a_clock_that_is_wrong_the_table_knows_better(ahead_ms: int) -> None:
    right = WrongClock().now_ms()
    clock = TableClock(answering(right), WrongClock(ahead_ms))
    assert abs(clock.now_ms() - right) < AGREE_MS


def test_a_clock_that_is_right_is_finer_than_what_the_table_says() -> None:
    own = WrongClock()
    clock = TableClock(answering(own.now_ms() + 900), own)
    assert clock.now_ms() <= own.now_ms()


def test_before_the_first_answer_there_is_only_the_own_clock() -> None:
    own = WrongClock(HOUR_MS)
    assert TableClock(answering(None), own).now_ms() >= WrongClock().now_ms() + HOUR_MS - AGREE_MS


@pytest.mark.parametrize("ahead_ms", [-HOUR_MS, HOUR_MS])
async def test_a_decision_is_made_and_told_by_the_time_of_the_table(ahead_ms: int) -> None:
    """By the clock of whoever decides it would be told an hour late, or could not be taken back at all."""
    table = MemoryTable("reviews")
    videos = DecidedVideos(table=table, clock=TableClock(table, WrongClock(ahead_ms)))
    await videos.judge(Verdict.REVIEW)
    right = WrongClock().now_ms()
    table._answered = right, time.monotonic()
    made = (await videos.decide(Action.REJECT)).decision
    (event,) = [event for event in (await videos.row()).unpublished if event.revision.decision == made.number]
    assert abs(made.at_ms - right) < AGREE_MS
    assert event.tell_at_ms == made.at_ms + UNDO_MS
