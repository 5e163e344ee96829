import pytest

from rekognition_cloud.iam.condition import conditions_hold
from rekognition_cloud.iam.not_evaluated import NotEvaluated

_CONTEXT = {
    "aws:securetransport": ("true",),
    "aws:sourcearn": ("arn:aws:sns:eu-west-1:123456789012:reelsift-completions",),
    "cloudwatch:namespace": ("Reelsift",),
    "kms:viaservice": ("s3.eu-west-1.amazonaws.com",),
}


@pytest.mark.parametrize(
    ("operator", "key", "wanted", "holds"),
    [
        ("StringEquals", "cloudwatch:namespace", "Reelsift", True),
        ("StringEquals", "CloudWatch:NameSpace", ["Other", "Reelsift"], True),
        ("StringEquals", "cloudwatch:namespace", "reelsift", False),
        ("StringEqualsIgnoreCase", "cloudwatch:namespace", "reelsift", True),
        ("StringEquals", "cloudwatch:namespace", "Reel*", False),
        ("StringLike", "cloudwatch:namespace", "Reel*", True),
        ("StringNotEquals", "cloudwatch:namespace", ["Other", "Reelsift"], False),
        ("StringNotLike", "cloudwatch:namespace", "AWS/*", True),
        ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:123456789012:reelsift-*", True),
        ("ArnEquals", "aws:SourceArn", "arn:aws:sns:*:999999999999:reelsift-*", False),
        ("ArnNotLike", "aws:SourceArn", "arn:aws:sns:*:999999999999:*", True),
        ("Bool", "aws:SecureTransport", "false", False),
        ("Bool", "aws:SecureTransport", True, True),
        ("StringEquals", "kms:ViaService", ["sqs.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"], True),
        # A key that is absent:
        ("StringEquals", "aws:SourceAccount", "123456789012", False),
        ("StringNotEquals", "aws:SourceAccount", "123456789012", True),
        ("StringEqualsIfExists", "aws:SourceAccount", "123456789012", True),
        ("StringEqualsIfExists", "cloudwatch:namespace", "Other", False),
        ("Null", "aws:SourceAccount", "true", True),
        ("Null", "aws:SourceArn", "true", False),
        ("ForAllValues:StringEquals", "aws:SourceAccount", "123456789012", True),
        ("ForAnyValue:StringEquals", "aws:SourceAccount", "123456789012", False),
    ],
)
def test_an_operator_compares_as_iam_documents_it(operator: str, key: str, wanted: object, *, holds: bool) -> None:
    assert conditions_hold({operator: {key: wanted}}, _CONTEXT) is holds


def test_several_values_need_a_quantifier_which_asks_for_all_or_any() -> None:
    context = {"dynamodb:enclosingoperation": ("TransactWriteItems", "TransactGetItems")}

    def holds(operator: str, *wanted: str) -> bool:
        return conditions_hold({operator: {"dynamodb:EnclosingOperation": list(wanted)}}, context)

    assert holds("ForAnyValue:StringEquals", "TransactGetItems")
    assert not holds("ForAllValues:StringEquals", "TransactGetItems")
    assert holds("ForAllValues:StringLike", "Transact*")
    with pytest.raises(NotEvaluated, match="several values"):
        holds("StringEquals", "TransactGetItems")


def test_every_operator_and_every_key_must_hold() -> None:
    both = {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"cloudwatch:namespace": "Other"}}
    assert not conditions_hold(both, _CONTEXT)
    two = {"StringEquals": {"cloudwatch:namespace": "Reelsift", "aws:SourceAccount": "123456789012"}}
    assert not conditions_hold(two, _CONTEXT)


@pytest.mark.parametrize(
    ("operator", "key"),
    [
        ("StringEquals", "aws:ResourceTag/team"),
        ("IpAddress", "aws:SecureTransport"),
        ("StringMatches", "cloudwatch:namespace"),
        ("ForSomeValues:StringEquals", "cloudwatch:namespace"),
    ],
)
def test_what_is_not_understood_is_not_passed_over(operator: str, key: str) -> None:
    with pytest.raises(NotEvaluated):
        conditions_hold({operator: {key: "x"}}, _CONTEXT)
