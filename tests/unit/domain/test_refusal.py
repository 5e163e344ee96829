"""What is refused of an object before anything of it is read."""

import pytest

from reelsift.domain.failure import Reason
from reelsift.domain.refusal import refused_key
from reelsift.domain.video import ObjectRef

REF = ObjectRef("videos", "a.mp4")
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        pytest.param(None, frozenset[str](), id="no KMS key"),
        pytest.param(KEY, None, id="nobody knows which keys may be used"),
        pytest.param(KEY, frozenset({KEY}), id="a key that may be used"),
    ],
)
def test_a_key_that_may_be_used_or_that_nobody_can_judge_is_no_reason(
    key: str | None, allowed: frozenset[str] | None
) -> None:
    assert refused_key(REF, key, allowed) is None


@pytest.mark.parametrize("allowed", [frozenset[str](), frozenset({KEY + "2"})])
def test_another_key_is_named(allowed: frozenset[str]) -> None:
    refusal = refused_key(REF, KEY, allowed)
    assert refusal is not None
    assert (refusal.reason, refusal.retryable) == (Reason.KEY_NOT_ALLOWED, False)
    assert KEY in refusal.message
