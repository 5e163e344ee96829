import pytest

from reelsift.batches.control import Control, cancelling, pausing, resuming
from reelsift.domain.batch import Batch, BatchState, Counts
from reelsift.domain.failure import Reason
from reelsift.errors import CommandError, Exit

S = BatchState

ENDED = Counts(succeeded=3, failed=2)


def batch(state: BatchState, total: int | None = 10, **members: object) -> Batch:
    return Batch("b1", "July", "list.csv", created_ms=0, total=total, chunks=1, state=state, **members)  # type: ignore[arg-type]


def resumed(one: Batch) -> Control:
    return resuming(one, ENDED)


@pytest.mark.parametrize(
    ("decide", "state", "becomes"),
    [
        (pausing, S.PREPARING, S.PAUSING),
        (pausing, S.ACTIVE, S.PAUSING),
        (resumed, S.PAUSING, S.ACTIVE),
        (resumed, S.PAUSED, S.ACTIVE),
        (cancelling, S.PREPARING, S.CANCELLING),
        (cancelling, S.ACTIVE, S.CANCELLING),
        (cancelling, S.PAUSING, S.CANCELLING),
        (cancelling, S.PAUSED, S.CANCELLING),
    ],
)
def test_each_command_takes_a_batch_into_its_state(decide: type, state: BatchState, becomes: BatchState) -> None:
    assert decide(batch(state)).changes["state"] == becomes


@pytest.mark.parametrize(
    ("decide", "state", "says"),
    [
        (pausing, S.PAUSING, "is Pausing already"),
        (pausing, S.PAUSED, "is Paused already"),
        (resumed, S.ACTIVE, "is not paused"),
        (resumed, S.PREPARING, "is not paused"),
        (cancelling, S.CANCELLING, "is being cancelled already"),
        (cancelling, S.CANCELLED, "is cancelled already"),
    ],
)
def test_what_is_so_already_is_said_and_changes_nothing(decide: type, state: BatchState, says: str) -> None:
    control = decide(batch(state))
    assert (dict(control.changes), control.wakes) == ({}, False)
    assert says in control.told


@pytest.mark.parametrize(
    ("decide", "state", "says"),
    [
        (pausing, S.CANCELLING, "was not paused: it is being cancelled"),
        (pausing, S.COMPLETING, "was not paused: every line of it has ended"),
        (pausing, S.COMPLETE, "`reelsift retry b1`"),
        (pausing, S.CANCELLED, "`reelsift retry b1 --reason cancelled`"),
        (resumed, S.CANCELLING, "was not resumed: it is being cancelled"),
        (resumed, S.COMPLETING, "was not resumed"),
        (resumed, S.COMPLETE, "was not resumed: it is Complete"),
        (resumed, S.CANCELLED, "was not resumed: it is Cancelled"),
        (cancelling, S.COMPLETING, "was not cancelled"),
        (cancelling, S.COMPLETE, "was not cancelled: it is Complete"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do_instead(decide: type, state: BatchState, says: str) -> None:
    with pytest.raises(CommandError) as refused:
        decide(batch(state))
    assert says in str(refused.value)
    assert refused.value.code is Exit.FAILED


@pytest.mark.parametrize("decide", [pausing, resumed, cancelling])
def test_lines_sent_straight_to_the_queue_cannot_be_held_back(decide: type) -> None:
    with pytest.raises(CommandError, match="straight to the queue") as refused:
        decide(batch(S.ACTIVE, total=None))
    assert refused.value.code is Exit.WRONG_USE


def test_an_inventory_that_is_not_read_to_its_end_is_preparing_again_when_it_is_resumed() -> None:
    unread = batch(S.PAUSED, total=None, manifest_key="inventory/manifest.json")
    assert resumed(unread).changes["state"] is S.PREPARING
    assert resumed(batch(S.PAUSED, manifest_key="inventory/manifest.json")).changes["state"] is S.ACTIVE


def test_failures_up_to_a_resume_are_excused() -> None:
    control = resumed(batch(S.PAUSED, held_because="2 of 5 lines have failed"))
    assert (control.changes["excused"], control.changes["held_because"], control.wakes) == (ENDED, None, True)
    assert "2 of 5 lines have failed" in control.told


def test_a_batch_that_is_stopped_at_its_cost_is_taken_up_by_that_reason() -> None:
    with pytest.raises(CommandError, match="retry b1 --reason max_cost"):
        pausing(batch(S.CANCELLING, stopped=Reason.MAX_COST))
