import pytest

from reelsift.batches.retry.choice import NEVER, RetryChoice, RetryEffect
from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.video import ObjectRef
from reelsift.errors import ReasonNotRetryable


def outcome(reason: Reason | None, status: OutcomeStatus = OutcomeStatus.FAILED, key: str = "a.mp4") -> Outcome:
    return Outcome(LineId("b", "m.csv:1", 0), ObjectRef("videos", key), status, 0, reason=reason)


@pytest.mark.parametrize("reason", [Reason.REKOGNITION_FAILED, Reason.OBJECT_MISSING, Reason.GAVE_UP, None])
def test_a_failure_is_taken_up_again(reason: Reason | None) -> None:
    assert RetryChoice().takes(outcome(reason))


@pytest.mark.parametrize("reason", [Reason.BAD_LINE, Reason.BAD_MESSAGE])
def test_what_no_retry_can_change_is_not(reason: Reason) -> None:
    assert not RetryChoice().takes(outcome(reason))
    with pytest.raises(ReasonNotRetryable):
        RetryChoice(frozenset({reason}))


def test_a_failure_without_an_object_is_not() -> None:
    assert not RetryChoice().takes(outcome(Reason.GAVE_UP, key=""))


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.START_UNKNOWN, OutcomeStatus.FAILED),
        (Reason.CANCELLED, OutcomeStatus.SKIPPED),
        (Reason.MAX_COST, OutcomeStatus.SKIPPED),
        (Reason.PARTLY_FAILED, OutcomeStatus.SUCCEEDED),
    ],
)
def test_what_was_perhaps_paid_or_never_begun_is_taken_up_only_by_its_name(
    reason: Reason, status: OutcomeStatus
) -> None:
    assert not RetryChoice().takes(outcome(reason, status))
    assert RetryChoice(frozenset({reason})).takes(outcome(reason, status))
    assert not RetryChoice(frozenset({reason})).takes(outcome(Reason.REKOGNITION_FAILED))


@pytest.mark.parametrize("reason", [Reason.ALREADY_ANALYSED, Reason.FILTERED, Reason.SHARED])
def test_what_is_no_failure_is_refused(reason: Reason) -> None:
    with pytest.raises(ReasonNotRetryable) as refused:
        RetryChoice(frozenset({reason}))
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    ("named", "reason", "objects", "effect"),
    [
        ((), Reason.REKOGNITION_FAILED, 1, RetryEffect.AGAIN),
        ((), Reason.REKOGNITION_FAILED, 0, RetryEffect.NO_OBJECT),
        ((), Reason.BAD_LINE, 0, RetryEffect.NEVER),
        ((), Reason.MAX_COST, 1, RetryEffect.NAMED_ONLY),
        ((Reason.MAX_COST,), Reason.MAX_COST, 1, RetryEffect.AGAIN),
        ((Reason.MAX_COST,), Reason.REKOGNITION_FAILED, 1, RetryEffect.NOT_CHOSEN),
        ((), None, 1, RetryEffect.AGAIN),
    ],
)
def test_what_becomes_of_lines_follows_from_why_they_ended(
    named: tuple[Reason, ...], reason: Reason | None, objects: int, effect: RetryEffect
) -> None:
    assert RetryChoice(frozenset(named)).effect(reason, known=objects > 0) is effect


def test_what_succeeded_as_a_whole_is_never_done_again() -> None:
    for reason in set(Reason) - NEVER - {Reason.PARTLY_FAILED}:
        done = outcome(reason, OutcomeStatus.SUCCEEDED)
        assert not RetryChoice().takes(done)
        assert not RetryChoice(frozenset({reason})).takes(done)
