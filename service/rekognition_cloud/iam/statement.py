from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rekognition_cloud.iam.condition import Context, conditions_hold
from rekognition_cloud.iam.not_evaluated import NotEvaluated
from rekognition_cloud.iam.pattern import matches, resource_matches
from rekognition_cloud.iam.principal import Principal

_ELEMENTS = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "Condition"})

Named = Literal["", "account", "it"]
"""How a Principal element names somebody: not at all, by account, or directly (`*` is everybody)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One need: a principal, an action such as `s3:GetObject`, a resource's ARN or `*`, and the condition keys."""

    principal: Principal
    action: str
    resource: str
    context: Context


class Statement:
    """One statement of a policy."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Raises NotEvaluated for an element that is not understood."""
        if unknown := document.keys() - _ELEMENTS:
            raise NotEvaluated(f"the policy element {', '.join(sorted(unknown))}")
        self.sid: str = document.get("Sid", "")
        self.denies = document["Effect"] == "Deny"
        self.actions: list[str] = _listed(document.get("Action", []))
        """The patterns of Action as the policy writes them."""
        self._document = document

    def applies(self, request: Request) -> Named:
        """Whether the statement is about this request, and how it names its principal. Raises NotEvaluated.

        A statement without Principal belongs to an identity policy, and so to whoever has that.
        """
        if not self._covers("Action", request.action) or not self._covers("Resource", request.resource):
            return ""
        named = self._names(request.principal)
        return named if named and conditions_hold(self._document.get("Condition", {}), request.context) else ""

    def _covers(self, element: str, value: str) -> bool:
        if element in self._document:
            return any(_fits(element, pattern, value) for pattern in _listed(self._document[element]))
        if f"Not{element}" in self._document:
            return not any(_fits(element, pattern, value) for pattern in _listed(self._document[f"Not{element}"]))
        # Only a role's trust policy has no Resource: it is the role.
        return element == "Resource"

    def _names(self, principal: Principal) -> Named:
        if "Principal" not in self._document:
            return "it"
        named = self._document["Principal"]
        if named == "*":
            return "it"
        if unknown := named.keys() - {"AWS", "Service"}:
            raise NotEvaluated(f"a Principal of {', '.join(sorted(unknown))}")
        wanted = _listed(named.get("AWS", []))
        if "*" in wanted:
            return "it"
        if principal.is_service:
            return "it" if principal.arn in _listed(named.get("Service", [])) else ""
        if {principal.arn, principal.session_arn} & set(wanted):
            return "it"
        return "account" if principal.arn and any(_is_account(one, principal.account) for one in wanted) else ""


def _fits(element: str, pattern: str, value: str) -> bool:
    # Names of actions are case-insensitive, names of resources are not.
    return matches(pattern.lower(), value.lower()) if element == "Action" else resource_matches(pattern, value)


def _is_account(principal: str, account: str) -> bool:
    return principal == account or (principal.endswith(":root") and principal.split(":")[4] == account)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
