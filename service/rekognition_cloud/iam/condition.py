"""The Condition element of a statement."""

from collections.abc import Callable, Mapping
from typing import Any

from rekognition_cloud.iam.not_evaluated import NotEvaluated
from rekognition_cloud.iam.pattern import arn_matches, matches

Context = Mapping[str, tuple[str, ...]]
"""Values by condition key. Keys are in lower case, as IAM compares them."""

_KNOWN_KEYS = frozenset(
    {
        "aws:multifactorauthpresent",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principalservicename",
        "aws:requestedregion",
        "aws:resourceaccount",
        "aws:securetransport",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceowner",
        "aws:username",
        "cloudwatch:namespace",
        "dynamodb:enclosingoperation",
        "dynamodb:leadingkeys",
        "events:source",
        "iam:passedtoservice",
        "kms:viaservice",
        "s3:delimiter",
        "s3:prefix",
        "s3:versionid",
    }
)
"""The keys that this cloud sets on every request that has them in AWS, so that a missing key means the same here."""

_Compare = Callable[[str, str], bool]

_OPERATORS: Mapping[str, tuple[_Compare, bool]] = {
    "StringEquals": (lambda wanted, value: wanted == value, True),
    "StringNotEquals": (lambda wanted, value: wanted == value, False),
    "StringEqualsIgnoreCase": (lambda wanted, value: wanted.lower() == value.lower(), True),
    "StringNotEqualsIgnoreCase": (lambda wanted, value: wanted.lower() == value.lower(), False),
    "StringLike": (matches, True),
    "StringNotLike": (matches, False),
    "ArnEquals": (arn_matches, True),
    "ArnLike": (arn_matches, True),
    "ArnNotEquals": (arn_matches, False),
    "ArnNotLike": (arn_matches, False),
    "Bool": (lambda wanted, value: wanted.lower() == value.lower(), True),
}
"""Each operator's comparison, and whether one of the wanted values must compare (True) or none of them may (False)."""


def conditions_hold(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Whether every operator holds for every key. Raises NotEvaluated."""
    return all(
        _holds(operator, key.lower(), [_text(value) for value in _listed(wanted)], context)
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _holds(operator: str, key: str, wanted: list[str], context: Context) -> bool:
    if key not in _KNOWN_KEYS:
        raise NotEvaluated(f"the condition key {key}")
    values = context.get(key)
    if operator == "Null":
        return any((values is None) == (one.lower() == "true") for one in wanted)
    quantifier, _, rest = operator.rpartition(":")
    name = rest.removesuffix("IfExists")
    if name not in _OPERATORS or quantifier not in {"", "ForAllValues", "ForAnyValue"}:
        raise NotEvaluated(f"the condition operator {operator}")
    compare, positive = _OPERATORS[name]

    def fits(value: str) -> bool:
        return any(compare(one, value) for one in wanted) is positive

    if not values:
        # A missing key fails an operator that asks for a value, and fulfils one that excludes a value.
        return rest.endswith("IfExists") or (quantifier == "ForAllValues") or (not quantifier and not positive)
    if quantifier == "ForAllValues":
        return all(fits(value) for value in values)
    if quantifier == "ForAnyValue":
        return any(fits(value) for value in values)
    if len(values) > 1:
        raise NotEvaluated(f"the condition key {key} has several values and no ForAllValues or ForAnyValue")
    return fits(values[0])


def _text(value: Any) -> str:
    """JSON's true and numbers stand for their words."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
