from dataclasses import replace

from reelsift.cli.follow import Turns
from reelsift.domain.batch import Batch, BatchState, Counts
from reelsift.domain.failure import Reason
from reelsift.domain.hold import Hold, Kind
from reelsift.domain.presence import Presence
from reelsift.queries.batch_status import BatchStatus
from reelsift.queries.demand import Demand
from reelsift.queries.forecast import Forecast
from reelsift.queries.progress import Progress

PLAIN = Batch("b1", "July", "list.csv", created_ms=0, total=10, chunks=1)
S = BatchState


def unattended(*presences: int | None) -> list[str | None]:
    """What is told of a batch in which a line waits, with the times at which a worker was last seen, at 100 s."""
    seen = Turns()
    demand = Demand(quota=20, held=0, blocked=0, free=20, messages=0, open_jobs={}, unexpanded=1)
    progress = Progress(PLAIN, Counts(), at_ms=0, listed=10)
    return [
        seen.attendance(BatchStatus(progress, 0, demand, Forecast(), Presence(at_ms, now_ms=100_000)))
        for at_ms in presences
    ]


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


def test_that_nobody_works_is_told_once_and_so_is_that_somebody_does() -> None:
    news = unattended(None, None, 90_000, 90_000, 1_000)
    assert [words is not None for words in news] == [True, False, True, False, True]
    assert "no worker has ever reported" in str(news[0])
    assert news[2] == "a worker is there"
    assert "no worker has reported for 2 min" in str(news[4])


def test_that_all_starts_are_held_is_told_once_and_so_is_their_release() -> None:
    hold = Hold(Kind.STARTS, "arn:anna", 0, "the bill")
    demand = Demand(quota=20, held=0, blocked=0, free=20, messages=0, open_jobs={}, unexpanded=1)
    plain = BatchStatus(Progress(PLAIN, Counts(), at_ms=60_000, listed=10), 0, demand, Forecast(), Presence(0, 0))
    seen = Turns()
    turns = [seen.starts(replace(plain, starts_held=held)) for held in (None, hold, hold, None, None)]
    assert [words is not None for words in turns] == [False, True, False, True, False]
    assert "starts have been held for 1 min by arn:anna (the bill)" in str(turns[1])
