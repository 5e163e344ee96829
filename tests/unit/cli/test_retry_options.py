import pytest

from reelsift.batches.retry.choice import NAMED_ONLY, NEVER, RetryChoice, RetryEffect
from reelsift.cli.exits import CommandError, Exit
from reelsift.cli.failures import explain
from reelsift.cli.retry import parse_reasons
from reelsift.cli.retry_words import then
from reelsift.domain.failure import Reason
from reelsift.errors import ReasonNotRetryable


def test_reasons_are_those_of_reports() -> None:
    assert parse_reasons([" gave_up", "max_cost"]) == RetryChoice(frozenset({Reason.GAVE_UP, Reason.MAX_COST}))
    assert parse_reasons([]) == RetryChoice()


def test_an_unknown_reason_is_answered_with_the_known_ones() -> None:
    with pytest.raises(CommandError, match=r"rekognition_failed.*not 'oops'") as refused:
        parse_reasons(["oops"])
    assert refused.value.code is Exit.WRONG_USE


@pytest.mark.parametrize("reason", sorted(NEVER))
def test_a_reason_that_no_retry_can_change_is_wrong_use_and_says_what_to_do(reason: Reason) -> None:
    explained = explain(ReasonNotRetryable(reason))
    assert explained is not None
    sentence, code = explained
    assert f"{reason} cannot be retried: " in sentence
    assert code is Exit.WRONG_USE
    assert then(RetryEffect.NEVER, reason).startswith("stays: ")


@pytest.mark.parametrize("reason", sorted(NAMED_ONLY))
def test_how_a_reason_is_named_is_said_where_it_has_to_be(reason: Reason) -> None:
    assert f"--reason {reason}" in then(RetryEffect.NAMED_ONLY, reason)
