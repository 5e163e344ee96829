from collections.abc import Iterator

from rekognition_cloud.iam.api_call import ApiCall, parameters_of
from rekognition_cloud.iam.credentials import (
    Signature,
    UnknownCredentials,
    account_of,
    principal_of,
    signature_of,
)
from rekognition_cloud.iam.decision import Decision, decide
from rekognition_cloud.iam.denial import Denial, denied, unknown_credentials
from rekognition_cloud.iam.ledger import Ledger
from rekognition_cloud.iam.not_evaluated import NotEvaluated
from rekognition_cloud.iam.operations import OPERATIONS
from rekognition_cloud.iam.principal import Principal, role, service
from rekognition_cloud.iam.rule import Keys, Rule
from rekognition_cloud.iam.statement import Request
from rekognition_cloud.iam.stored_policies import identity_policies, resource_policy
from rekognition_cloud.operation import Operation
from rekognition_cloud.wsgi import Environ


class Gate:
    """Decides which requests and deliveries may pass while `enforced` is on. The account's root always passes, and is
    not recorded.
    """

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.enforced = False

    def reset(self) -> None:
        """Turns it off and clears the ledger."""
        self.enforced = False
        self.ledger.clear()

    def denial(self, operation: Operation, environ: Environ) -> Denial | None:
        """The error answer to a request that may not pass; None for one that may."""
        if not self.enforced:
            return None
        signature = signature_of(environ)
        try:
            principal = principal_of(signature)
        except UnknownCredentials as unknown:
            return unknown_credentials(operation, str(unknown))
        if principal is None:
            return None
        try:
            needs = list(_needs(operation, environ, signature, principal))
        except NotEvaluated as unknown:
            # What it needs is unknown, so it is recorded under the operation's own name.
            need = Request(principal, f"{operation.service}:{operation.name}", "*", {})
            return denied(operation, need, self._note(need, _undecided(unknown)).reason)
        for rule, need in needs:
            decision = self._decide(need)
            if not decision.allowed:
                return rule.denial or denied(operation, need, decision.reason)
        return None

    def delivers(self, sender: str, source_arn: str, account: str, action: str, resource: str) -> bool:
        """Whether a service may deliver, on behalf of its own resource `source_arn`; True while nothing is enforced."""
        if not self.enforced:
            return True
        principal = service(sender, account)
        keys = {"aws:sourcearn": source_arn, "aws:sourceaccount": account}
        return self._decide(Request(principal, action, resource, _context(principal, resource, keys))).allowed

    def invokes(self, sender: str, role_arn: str, account: str, action: str, resource: str) -> bool:
        """Whether a service may do this as a role that was passed to it: the role must trust the service, and be
        allowed to. True while nothing is enforced.
        """
        if not self.enforced:
            return True
        if ":role/" not in role_arn:
            return False
        principal, keys = service(sender, account), {"aws:sourceaccount": account}
        trusted = self._decide(
            Request(principal, "sts:AssumeRole", role_arn, _context(principal, role_arn, keys))
        ).allowed
        acting = role(role_arn, sender.partition(".")[0])
        return trusted and self._decide(Request(acting, action, resource, _context(acting, resource, {}))).allowed

    def _decide(self, need: Request) -> Decision:
        """Decides by the policies in force, and records it."""
        try:
            identity = identity_policies(need.principal)
            decision = decide(need, identity, resource_policy(need.principal.account, need.resource))
        except NotEvaluated as unknown:
            decision = _undecided(unknown)
        return self._note(need, decision)

    def _note(self, need: Request, decision: Decision) -> Decision:
        if decision.allowed:
            self.ledger.note_used(need)
        else:
            self.ledger.note_denied(need, decision.reason)
        return decision


def _undecided(unknown: NotEvaluated) -> Decision:
    return Decision(f"because the embedded cloud does not evaluate {unknown}")


def _needs(
    operation: Operation, environ: Environ, signature: Signature | None, principal: Principal
) -> Iterator[tuple[Rule, Request]]:
    """What a request needs, and by which rule. Raises NotEvaluated where that is unknown."""
    rules = OPERATIONS.get(operation.service, {}).get(operation.name)
    if rules is None:
        raise NotEvaluated("this operation")
    try:
        region = signature.region if signature else "us-east-1"
        call = ApiCall(operation, account_of(signature), region, parameters_of(operation, environ))
        for rule in rules:
            keys = {"aws:requestedregion": region, **rule.keys(call)}
            for resource in rule.resources(call):
                yield rule, Request(principal, rule.action, resource, _context(principal, resource, keys))
    except (AttributeError, LookupError, TypeError, ValueError) as unreadable:
        raise NotEvaluated(f"a request of this form ({unreadable!r})") from unreadable


def _context(principal: Principal, resource: str, keys: Keys) -> dict[str, tuple[str, ...]]:
    """The condition keys of a request. The loopback address stands for AWS's endpoints, and these speak TLS."""
    context: dict[str, str | tuple[str, ...]] = {
        "aws:securetransport": "true",
        "aws:principalisawsservice": "true" if principal.is_service else "false",
        **keys,
    }
    if resource != "*":
        context["aws:resourceaccount"] = principal.account
    if principal.is_service:
        context["aws:principalservicename"] = principal.arn
    elif principal.arn:
        context["aws:principalarn"] = principal.arn
        context["aws:principalaccount"] = principal.account
    if principal.kind == "role":
        # Temporary credentials say whether there was a second factor; a user's own keys do not.
        context["aws:multifactorauthpresent"] = "false"
    if principal.kind == "user":
        context["aws:username"] = principal.arn.rsplit("/", 1)[-1]
    return {key: (value,) if isinstance(value, str) else value for key, value in context.items()}
