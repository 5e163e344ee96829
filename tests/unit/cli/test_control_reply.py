from collections.abc import Callable
from dataclasses import replace

import pytest

from reelsift.batches.control import Changes, Controlled, cancelling, pausing, resuming
from reelsift.cli.control_reply import of_cancel, of_pause, of_resume
from reelsift.domain.batch import Batch, BatchState, Counts

S = BatchState

ENDED = Counts(succeeded=3, failed=2)


def controlled(state: BatchState, decide: Callable[[Batch], Changes], **members: object) -> Controlled:
    before = Batch("b1", "July", "list.csv", created_ms=0, total=10, chunks=1, state=state, **members)  # type: ignore[arg-type]
    return Controlled(before, replace(before, **decide(before)))


def resumed(batch: Batch) -> Changes:
    return resuming(batch, ENDED)


@pytest.mark.parametrize(
    ("decide", "words", "state", "says"),
    [
        (pausing, of_pause, S.PAUSING, "is Pausing already"),
        (pausing, of_pause, S.PAUSED, "is Paused already"),
        (resumed, of_resume, S.ACTIVE, "is not paused"),
        (resumed, of_resume, S.PREPARING, "is not paused"),
        (cancelling, of_cancel, S.CANCELLING, "is being cancelled already"),
        (cancelling, of_cancel, S.CANCELLED, "is cancelled already"),
    ],
)
def test_what_is_so_already_is_said(
    decide: Callable[[Batch], Changes], words: Callable[[Controlled], str], state: BatchState, says: str
) -> None:
    one = controlled(state, decide)
    assert not one.changed
    assert says in words(one)


@pytest.mark.parametrize(
    ("decide", "words", "state", "says"),
    [
        (pausing, of_pause, S.ACTIVE, "`reelsift resume b1` goes on"),
        (resumed, of_resume, S.PAUSED, "b1 goes on"),
        (cancelling, of_cancel, S.ACTIVE, "`reelsift retry b1 --reason cancelled`"),
    ],
)
def test_what_was_done_is_said_with_what_can_be_done_next(
    decide: Callable[[Batch], Changes], words: Callable[[Controlled], str], state: BatchState, says: str
) -> None:
    one = controlled(state, decide)
    assert one.changed
    assert says in words(one)


def test_why_a_batch_paused_itself_is_said() -> None:
    because = "2 of 5 lines have failed"
    held = controlled(S.PAUSED, pausing, held_because=because)
    assert f"is Paused already: {because}" in of_pause(held)
    words = of_resume(controlled(S.PAUSED, resumed, held_because=because))
    assert because in words
    assert "from the 5 lines on that have ended so far" in words
