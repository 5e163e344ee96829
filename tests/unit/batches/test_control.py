import pytest

from reelsift.batches.control import Changes, cancelling, pausing, resuming
from reelsift.domain.batch import Batch, BatchState, Counts
from reelsift.domain.failure import Reason
from reelsift.errors import BatchActionRefused, BatchNotCancellable, BatchNotPausable, BatchNotResumable

S = BatchState

ENDED = Counts(succeeded=3, failed=2)


def batch(state: BatchState, total: int | None = 10, **members: object) -> Batch:
    return Batch("b1", "July", "list.csv", created_ms=0, total=total, chunks=1, state=state, **members)  # type: ignore[arg-type]


def resumed(one: Batch) -> Changes:
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
    assert decide(batch(state))["state"] == becomes


@pytest.mark.parametrize(
    ("decide", "state"),
    [
        (pausing, S.PAUSING),
        (pausing, S.PAUSED),
        (resumed, S.ACTIVE),
        (resumed, S.PREPARING),
        (cancelling, S.CANCELLING),
        (cancelling, S.CANCELLED),
    ],
)
def test_what_is_so_already_changes_nothing(decide: type, state: BatchState) -> None:
    assert decide(batch(state)) == {}


@pytest.mark.parametrize(
    ("decide", "state", "refusal"),
    [
        (pausing, S.CANCELLING, BatchNotPausable),
        (pausing, S.COMPLETING, BatchNotPausable),
        (pausing, S.COMPLETE, BatchNotPausable),
        (pausing, S.CANCELLED, BatchNotPausable),
        (resumed, S.CANCELLING, BatchNotResumable),
        (resumed, S.COMPLETING, BatchNotResumable),
        (resumed, S.COMPLETE, BatchNotResumable),
        (resumed, S.CANCELLED, BatchNotResumable),
        (cancelling, S.COMPLETING, BatchNotCancellable),
        (cancelling, S.COMPLETE, BatchNotCancellable),
    ],
)
def test_what_cannot_be_is_refused_with_the_state_it_is_in(
    decide: type, state: BatchState, refusal: type[BatchActionRefused]
) -> None:
    with pytest.raises(refusal) as refused:
        decide(batch(state, stopped=Reason.MAX_COST))
    error = refused.value
    assert (error.batch_id, error.state, error.stopped, error.direct) == ("b1", state, Reason.MAX_COST, False)


@pytest.mark.parametrize("decide", [pausing, resumed, cancelling])
@pytest.mark.parametrize("state", list(S))
def test_lines_sent_straight_to_the_queue_cannot_be_held_back(decide: type, state: BatchState) -> None:
    with pytest.raises(BatchActionRefused) as refused:
        decide(batch(state, total=None))
    assert refused.value.direct


def test_an_inventory_that_is_not_read_to_its_end_is_preparing_again_when_it_is_resumed() -> None:
    unread = batch(S.PAUSED, total=None, manifest_key="inventory/manifest.json")
    assert resumed(unread)["state"] is S.PREPARING
    assert resumed(batch(S.PAUSED, manifest_key="inventory/manifest.json"))["state"] is S.ACTIVE


def test_failures_up_to_a_resume_are_excused() -> None:
    changes = resumed(batch(S.PAUSED, held_because="2 of 5 lines have failed"))
    assert (changes["excused"], changes["held_because"]) == (ENDED, None)
