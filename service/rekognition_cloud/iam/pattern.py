"""The wildcards of policies: `*` for any number of characters, `?` for one."""

import re
from functools import lru_cache

from rekognition_cloud.iam.not_evaluated import NotEvaluated

_ARN_COLONS = 5
"""An ARN has six parts; the sixth, the resource, may have colons of its own."""


def matches(pattern: str, value: str) -> bool:
    """Whether the whole value matches the pattern, case-sensitively."""
    if _is_plain(pattern):
        return pattern == value
    return _compiled(pattern).fullmatch(value) is not None


def resource_matches(pattern: str, resource: str) -> bool:
    """Whether a Resource element covers a resource, which is an ARN, or `*` where the action has no resources.

    A wildcard stays within its part of the ARN, unless it ends the part: then it "can expand to match beyond the colon
    boundaries" (IAM user guide, "Resource").
    """
    if _is_plain(pattern):
        return pattern == resource
    return _compiled_arn(pattern, crosses=True).fullmatch(resource) is not None


def arn_matches(pattern: str, arn: str) -> bool:
    """ArnLike: "each of the six colon-delimited components of the ARN is checked separately"."""
    if _is_plain(pattern):
        return pattern == arn
    return _compiled_arn(pattern, crosses=False).fullmatch(arn) is not None


def _is_plain(pattern: str) -> bool:
    """Whether it is only matched by itself, as most are."""
    return not ("*" in pattern or "?" in pattern or "${" in pattern)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_expression(pattern, "."), re.DOTALL)


@lru_cache(maxsize=4096)
def _compiled_arn(pattern: str, *, crosses: bool) -> re.Pattern[str]:
    parts = pattern.split(":", _ARN_COLONS)
    resource = [_expression(parts.pop(), ".")] if len(parts) > _ARN_COLONS else []
    expressions = [
        _expression(part[:-1], "[^:]") + ".*" if crosses and part.endswith("*") else _expression(part, "[^:]")
        for part in parts
    ]
    return re.compile(":".join(expressions + resource), re.DOTALL)


def _expression(pattern: str, character: str) -> str:
    if "${" in pattern:
        raise NotEvaluated(f"the policy variable in {pattern!r}")
    return "".join(f"{character}*" if one == "*" else character if one == "?" else re.escape(one) for one in pattern)
