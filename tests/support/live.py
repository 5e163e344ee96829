"""What a policy says, for parts that ask anew each time."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from reelsift.domain.policy import Policy
from reelsift.domain.policy_version import Live, PolicyVersion
from reelsift.runtime.live_policy import LivePolicies

Value = TypeVar("Value")


def always(value: Value) -> Callable[[], Awaitable[Value]]:
    """Answers with the same each time."""

    async def answer() -> Value:
        return value

    return answer


def live(policy: Policy, epoch: int = 1, **members: object) -> Live:
    """A policy as the live one of an epoch."""
    first = PolicyVersion.first(policy, by="arn:aws:sts::123456789012:assumed-role/ops/ann", at_ms=0)
    return Live(policy, replace(first, epoch=epoch, **members))  # type: ignore[arg-type] # any members


class SetPolicies(LivePolicies):
    """What a worker judges by, as a test sets it: nothing is read."""

    def __init__(self, policy: Policy, epoch: int = 1) -> None:
        self.live = live(policy, epoch)
        self._judging = Counter()

    async def current(self) -> Live:
        return self.live

    async def known(self) -> Live:
        return self.live
