import pytest

from reelsift.batches.retry.choice import RetryChoice, parse_reasons
from reelsift.domain.failure import Reason
from reelsift.domain.line import LineId, OutcomeStatus
from reelsift.domain.outcome import Outcome
from reelsift.domain.video import ObjectRef
from reelsift.errors import CommandError, Exit


def outcome(reason: Reason | None, status: OutcomeStatus = OutcomeStatus.FAILED, key: str = "a.mp4") -> Outcome:
    return Outcome(LineId("b", "m.csv:1", 0), ObjectRef("videos", key), status, 0, reason=reason)


@pytest.mark.parametrize("reason", [Reason.REKOGNITION_FAILED, Reason.OBJECT_MISSING, Reason.GAVE_UP, None])
def test_a_failure_is_taken_up_again(reason: Reason | None) -> None:
    assert parse_reasons([]).takes(outcome(reason))


@pytest.mark.parametrize("reason", [Reason.BAD_LINE, Reason.BAD_MESSAGE])
def test_what_no_retry_can_change_is_not(reason: Reason) -> None:
    assert not parse_reasons([]).takes(outcome(reason))
    with pytest.raises(CommandError, match="no object is known"):
        parse_reasons([reason])


def test_a_failure_without_an_object_is_not() -> None:
    assert not parse_reasons([]).takes(outcome(Reason.GAVE_UP, key=""))


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.START_UNKNOWN, OutcomeStatus.FAILED),
        (Reason.CANCELLED, OutcomeStatus.SKIPPED),
        (Reason.MAX_COST, OutcomeStatus.SKIPPED),
    ],
)
def test_what_was_perhaps_paid_or_never_begun_is_taken_up_only_by_its_name(
    reason: Reason, status: OutcomeStatus
) -> None:
    assert not parse_reasons([]).takes(outcome(reason, status))
    assert parse_reasons([reason]).takes(outcome(reason, status))
    assert not parse_reasons([reason]).takes(outcome(Reason.REKOGNITION_FAILED))


@pytest.mark.parametrize("reason", [Reason.ALREADY_ANALYSED, Reason.FILTERED, Reason.SHARED])
def test_what_is_no_failure_is_refused_with_what_to_do(reason: Reason) -> None:
    with pytest.raises(CommandError, match=f"{reason} cannot be retried") as refused:
        parse_reasons([reason])
    assert refused.value.code is Exit.WRONG_USE


def test_an_unknown_reason_is_answered_with_the_known_ones() -> None:
    with pytest.raises(CommandError, match=r"rekognition_failed.*not 'oops'"):
        parse_reasons(["oops"])


def test_what_succeeded_is_never_done_again() -> None:
    for reason in Reason:
        done = outcome(reason, OutcomeStatus.SUCCEEDED)
        assert not RetryChoice().takes(done)
        assert not RetryChoice(frozenset({reason})).takes(done)
