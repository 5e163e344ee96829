"""Who may do what, by IAM's policy evaluation logic."""

from typing import Any

import pytest

from rekognition_cloud.iam.decision import decide
from rekognition_cloud.iam.not_evaluated import NotEvaluated
from rekognition_cloud.iam.policy import Policy
from rekognition_cloud.iam.principal import Principal, role, service
from rekognition_cloud.iam.statement import Request

_ACCOUNT = "123456789012"
_ROLE = f"arn:aws:iam::{_ACCOUNT}:role/reelsift-task"
_QUEUE = f"arn:aws:sqs:eu-west-1:{_ACCOUNT}:reelsift-intake"
_TOPIC = f"arn:aws:sns:eu-west-1:{_ACCOUNT}:reelsift-completions"
_TASK = role(_ROLE, "task-1")
_SNS = service("sns.amazonaws.com", _ACCOUNT)


def _policy(*statements: dict[str, Any]) -> Policy:
    return Policy({"Version": "2012-10-17", "Statement": list(statements)})


def _statement(effect: str = "Allow", **members: Any) -> dict[str, Any]:
    plain = {"Effect": effect, "Action": "sqs:SendMessage", "Resource": _QUEUE} | members
    return {name: value for name, value in plain.items() if value is not None}


def _reason(
    identity: Policy | None = None,
    resource: Policy | None = None,
    *,
    principal: Principal = _TASK,
    action: str = "sqs:SendMessage",
    **context: str,
) -> str:
    keys = {f"aws:{key.lower()}": (value,) for key, value in context.items()}
    return decide(Request(principal, action, _QUEUE, keys), [identity] if identity else [], resource).reason


_NOBODY_ALLOWS = "because no identity-based policy allows the sqs:SendMessage action"
_DENIED_BY_IDENTITY = "with an explicit deny in an identity-based policy"
_DENIED_BY_RESOURCE = "with an explicit deny in a resource-based policy"


def test_what_no_policy_speaks_of_is_denied() -> None:
    assert _reason() == _NOBODY_ALLOWS
    assert _reason(_policy(_statement(Action="sqs:ReceiveMessage"))) == _NOBODY_ALLOWS
    assert _reason(_policy(_statement(Resource=f"{_QUEUE}-dead"))) == _NOBODY_ALLOWS


def test_an_identity_policy_allows() -> None:
    assert _reason(_policy(_statement())) == ""
    assert _reason(_policy(_statement(Action=["sqs:ReceiveMessage", "SQS:sendmessage"]))) == ""
    assert _reason(_policy(_statement(Action=None, NotAction="sqs:PurgeQueue"))) == ""
    assert _reason(_policy(_statement(Resource=None, NotResource=f"{_QUEUE}-dead"))) == ""


def test_a_statement_that_is_no_list_counts_too() -> None:
    assert _reason(Policy({"Statement": _statement()})) == ""


def test_an_explicit_deny_wins_wherever_it_stands() -> None:
    allow, deny = _statement(), _statement("Deny", Action="sqs:*", Resource="*")
    assert _reason(_policy(deny, allow)) == _DENIED_BY_IDENTITY
    assert _reason(_policy(allow), _policy({**deny, "Principal": "*"})) == _DENIED_BY_RESOURCE
    assert _reason(_policy(deny), _policy({**allow, "Principal": {"AWS": _ROLE}})) == _DENIED_BY_IDENTITY


def test_a_deny_under_a_condition_denies_only_under_it() -> None:
    tls_only = _policy(
        _statement("Deny", Action="sqs:*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    )
    allow = _policy(_statement())
    assert _reason(allow, tls_only, SecureTransport="true") == ""
    assert _reason(allow, tls_only, SecureTransport="false") == _DENIED_BY_RESOURCE


@pytest.mark.parametrize(
    "named", ["*", {"AWS": "*"}, {"AWS": _ROLE}, {"AWS": [_TASK.session_arn, "arn:aws:iam::1:root"]}]
)
def test_a_resource_policy_that_names_the_role_its_session_or_everybody_allows_by_itself(named: Any) -> None:
    assert _reason(None, _policy(_statement(Principal=named))) == ""


@pytest.mark.parametrize("named", [{"AWS": _ACCOUNT}, {"AWS": f"arn:aws:iam::{_ACCOUNT}:root"}])
def test_one_that_names_the_account_only_delegates_but_denies_everybody_in_it(named: Any) -> None:
    assert _reason(None, _policy(_statement(Principal=named))) == _NOBODY_ALLOWS
    assert _reason(_policy(_statement()), _policy(_statement("Deny", Principal=named))) == _DENIED_BY_RESOURCE


@pytest.mark.parametrize("action", ["kms:Decrypt", "sts:AssumeRole"])
def test_of_a_key_or_a_role_identity_policies_allow_only_what_its_own_policy_leaves_to_the_account(action: str) -> None:
    identity, account = _policy(_statement(Action=action)), {"AWS": f"arn:aws:iam::{_ACCOUNT}:root"}
    refused = f"because no resource-based policy allows the {action} action"
    assert _reason(identity, None, action=action) == refused
    assert _reason(identity, _policy(_statement(Action="kms:Describe*", Principal=account)), action=action) == refused
    assert _reason(identity, _policy(_statement(Action=action, Principal=account)), action=action) == ""
    assert _reason(None, _policy(_statement(Action=action, Principal={"AWS": _ROLE})), action=action) == ""
    assert (
        _reason(identity, _policy(_statement("Deny", Action=action, Principal="*")), action=action)
        == _DENIED_BY_RESOURCE
    )


def test_one_that_names_somebody_else_does_nothing() -> None:
    other = {"AWS": f"{_ROLE}-other"}
    assert _reason(None, _policy(_statement(Principal=other))) == _NOBODY_ALLOWS
    assert _reason(_policy(_statement()), _policy(_statement("Deny", Principal=other))) == ""


def test_a_service_delivers_only_by_the_resource_policy_and_for_its_source() -> None:
    only_the_topic = _policy(
        _statement(
            Principal={"Service": "sns.amazonaws.com"},
            Condition={"ArnEquals": {"aws:SourceArn": _TOPIC}, "StringEquals": {"aws:SourceAccount": _ACCOUNT}},
        )
    )

    def delivery(policy: Policy | None, source: str) -> str:
        return _reason(None, policy, principal=_SNS, SourceArn=source, SourceAccount=_ACCOUNT)

    refused = "because no resource-based policy allows the sqs:SendMessage action"
    assert delivery(only_the_topic, _TOPIC) == ""
    assert delivery(only_the_topic, f"{_TOPIC}-other") == refused
    assert delivery(None, _TOPIC) == refused
    assert delivery(_policy(_statement(Principal={"AWS": _ACCOUNT})), _TOPIC) == refused
    assert delivery(_policy(_statement(Principal={"AWS": "*"})), _TOPIC) == ""


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny", "NotPrincipal": {"AWS": _ROLE}, "Action": "sqs:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"Federated": "x"}, "Action": "sqs:*", "Resource": "*"},
        _statement(Resource="arn:aws:sqs:*:*:${aws:username}"),
    ],
)
def test_what_is_not_understood_is_not_passed_over(statement: dict[str, Any]) -> None:
    with pytest.raises(NotEvaluated):
        _reason(_policy(_statement()), _policy(statement))
