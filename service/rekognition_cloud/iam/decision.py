"""IAM's policy evaluation logic for one need within one account."""

from collections.abc import Iterable
from dataclasses import dataclass

from rekognition_cloud.iam.policy import Policy
from rekognition_cloud.iam.statement import Request

_OWN_POLICY_FIRST = ("kms:", "sts:AssumeRole")


@dataclass(frozen=True, slots=True)
class Decision:
    """`reason` says why not, in AWS's words where AWS has them; "" where it is allowed."""

    reason: str = ""

    @property
    def allowed(self) -> bool:
        return not self.reason


def decide(request: Request, identity: Iterable[Policy], resource: Policy | None) -> Decision:
    """Whether the principal's policies and the resource's own policy allow the request.

    A resource policy that names only the account delegates to its identity policies: it allows nothing by itself. Keys
    and roles go further: unless their policies delegate so, the account's identity policies allow nothing of them.

    Raises NotEvaluated.
    """
    granted = [one for policy in identity for one in policy.statements if one.applies(request)]
    if any(statement.denies for statement in granted):
        return Decision("with an explicit deny in an identity-based policy")
    met = [(one, one.applies(request)) for one in resource.statements] if resource else []
    if any(statement.denies and named for statement, named in met):
        return Decision("with an explicit deny in a resource-based policy")
    delegated = not request.action.startswith(_OWN_POLICY_FIRST) or any(named == "account" for _, named in met)
    if (granted and delegated) or any(named == "it" for _, named in met):
        return Decision()
    if granted:
        return Decision(f"because no resource-based policy allows the {request.action} action")
    kind = "resource" if request.principal.is_service else "identity"
    return Decision(f"because no {kind}-based policy allows the {request.action} action")
