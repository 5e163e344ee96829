from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from rekognition_cloud.iam.api_call import ApiCall
from rekognition_cloud.iam.refusal import Refusal


def anything(_call: ApiCall) -> list[str]:
    """For actions that have no resources: a policy can only allow them for `*`."""
    return ["*"]


def nothing(_call: ApiCall) -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Rule:
    """One action that an operation needs: on every resource that a request names for it, none where it names none."""

    action: str
    resources: Callable[[ApiCall], Iterable[str]] = anything
    keys: Callable[[ApiCall], Mapping[str, str]] = nothing
    """The service's own condition keys, in lower case."""
    refusal: Refusal | None = None
    """The answer, where the service tells of this refusal in a way of its own."""


Operations = Mapping[str, tuple[Rule, ...]]
"""The rules of a service's operations by botocore's name; an empty tuple is allowed to everybody."""
