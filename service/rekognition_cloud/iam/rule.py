from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rekognition_cloud.iam.api_call import ApiCall
from rekognition_cloud.iam.denial import Denial


def anything(_call: ApiCall) -> list[str]:
    """For actions that have no resources: a policy can only allow them for `*`."""
    return ["*"]


Keys = Mapping[str, str | tuple[str, ...]]
"""Values of condition keys, whose names are in lower case: one, or several."""


def nothing(_call: ApiCall) -> Keys:
    return {}


@dataclass(frozen=True, slots=True)
class Rule:
    """One action that an operation needs, on each of the resources that the request names for it."""

    action: str
    resources: Callable[[ApiCall], Iterable[str]] = anything
    keys: Callable[[ApiCall], Keys] = nothing
    """The service's own condition keys."""
    denial: Denial | None = None
    """The error answer, where the service has a special one for this action."""


Operations = Mapping[str, tuple[Rule, ...]]
"""The rules of a service's operations, by botocore's names. An operation without rules is allowed to everybody."""
