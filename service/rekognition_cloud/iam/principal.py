from dataclasses import dataclass
from typing import Literal

Kind = Literal["user", "role", "service", "anonymous"]


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request. Policies name a role, messages its session."""

    kind: Kind
    account: str
    arn: str
    """The ARN of user or role; the name of a service such as `sns.amazonaws.com`; "" for nobody."""
    session_arn: str = ""
    """`arn:aws:sts::…:assumed-role/<role>/<session>`, for a role."""
    narrowed: bool = False
    """Whether the session has a policy of its own, which can only take rights away."""

    @property
    def spoken(self) -> str:
        """The name in AWS's messages."""
        return self.session_arn or self.arn or "anonymous"

    @property
    def is_service(self) -> bool:
        return self.kind == "service"


def service(name: str, account: str) -> Principal:
    """An AWS service that acts by itself: a topic that delivers, a bucket that notifies."""
    return Principal("service", account, name)


def role(arn: str, session: str, *, narrowed: bool = False) -> Principal:
    """A role with one of its sessions. Raises ValueError where the ARN is no role's."""
    partition, account, name = arn.split(":")[1], arn.split(":")[4], arn.rsplit("/", 1)[-1]
    if ":role/" not in arn:
        raise ValueError(f"{arn} is no role")
    return Principal("role", account, arn, f"arn:{partition}:sts::{account}:assumed-role/{name}/{session}", narrowed)
