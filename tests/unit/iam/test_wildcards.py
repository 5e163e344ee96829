"""The wildcards of policies, by the sentences of the IAM user guide."""

import pytest

from rekognition_cloud.iam.not_evaluated import NotEvaluated
from rekognition_cloud.iam.pattern import arn_matches, matches, resource_matches

_QUEUE = "arn:aws:sqs:eu-west-1:123456789012:reelsift-intake"


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("s3:Get*", "s3:GetObject", True),
        ("s3:Get?bject", "s3:GetObject", True),
        ("s3:GetObject", "s3:GetObjectVersion", False),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
        ("a*", "a\nb", True),
    ],
)
def test_a_star_stands_for_any_characters_a_question_mark_for_one_and_nothing_else_is_special(
    pattern: str, value: str, *, fits: bool
) -> None:
    assert matches(pattern, value) is fits


@pytest.mark.parametrize(
    ("pattern", "resource", "fits"),
    [
        (_QUEUE, _QUEUE, True),
        ("arn:aws:sqs:*:123456789012:reelsift-*", _QUEUE, True),
        ("arn:aws:sqs:eu-*-1:123456789012:reelsift-intake", _QUEUE, True),
        # Within its part only: it does not reach over a colon into the account.
        ("arn:aws:sqs:eu-w*2:reelsift-intake", _QUEUE, False),
        # At the end of a part it does.
        ("arn:aws:sqs:*", _QUEUE, True),
        ("*", _QUEUE, True),
        ("*", "*", True),
        (_QUEUE, "*", False),
        ("arn:aws:s3:::videos/*.mp4", "arn:aws:s3:::videos/a:b/c.mp4", True),
        ("arn:aws:s3:::videos/*", "arn:aws:s3:::videos", False),
        ("arn:aws:s3:::videos", "arn:aws:s3:::videos/a.mp4", False),
        ("arn:aws:s3:::videos/A", "arn:aws:s3:::videos/a", False),
    ],
)
def test_a_resource_is_covered_part_by_part(pattern: str, resource: str, *, fits: bool) -> None:
    assert resource_matches(pattern, resource) is fits


def test_an_arn_condition_never_reaches_over_a_colon() -> None:
    assert arn_matches("arn:aws:rekognition:eu-west-1:123456789012:*", "arn:aws:rekognition:eu-west-1:123456789012:j:1")
    assert not arn_matches("arn:aws:*", "arn:aws:sns:eu-west-1:123456789012:alerts")


def test_a_policy_variable_is_not_passed_over() -> None:
    with pytest.raises(NotEvaluated, match="aws:username"):
        matches("home/${aws:username}/*", "home/ada/a")
