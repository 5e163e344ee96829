from dataclasses import replace

from reelsift.cli.follow import Turns
from reelsift.domain.batch import Batch, BatchState
from reelsift.domain.failure import Reason

PLAIN = Batch("b1", "July", "list.csv", created_ms=0, total=10, chunks=1)
S = BatchState


def told(*turns: tuple[BatchState, Reason | None]) -> list[str | None]:
    seen = Turns()
    return [seen.news(replace(PLAIN, state=state, stopped=stopped)) for state, stopped in turns]


def test_a_pause_is_told_once_and_so_is_its_end() -> None:
    news = told((S.ACTIVE, None), (S.PAUSING, None), (S.PAUSED, None), (S.PAUSED, None), (S.ACTIVE, None))
    assert [words is not None for words in news] == [False, True, False, False, True]
    assert "b1 is paused" in str(news[1])
    assert news[4] == "b1 goes on"


def test_a_batch_that_is_paused_already_is_told_at_the_first_look() -> None:
    assert "it is still followed" in str(told((S.PAUSED, None))[0])


def test_a_stop_is_told_once_and_is_no_going_on() -> None:
    cancelled = Reason.CANCELLED
    news = told((S.PAUSED, None), (S.CANCELLING, cancelled), (S.COMPLETING, cancelled), (S.CANCELLED, cancelled))
    assert [words is not None for words in news] == [True, True, False, False]
    assert "b1 was cancelled" in str(news[1])
