import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any

from rekognition_cloud.iam.statement import Request


@dataclass(frozen=True, slots=True)
class _Denied:
    principal: str
    action: str
    resource: str
    reason: str


class Ledger:
    """All decisions since it was cleared: the actions that each principal used, and what was denied."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self._used: dict[str, dict[str, set[str]]] = {}
            self._denied: Counter[_Denied] = Counter()

    def note_used(self, request: Request) -> None:
        with self._lock:
            actions = self._used.setdefault(request.principal.arn, {})
            actions.setdefault(request.action, set()).add(request.resource)

    def note_denied(self, request: Request, reason: str) -> None:
        with self._lock:
            self._denied[_Denied(request.principal.arn, request.action, request.resource, reason)] += 1

    def used(self) -> dict[str, dict[str, list[str]]]:
        """The resources, by principal and action. The sessions of a role count as the role."""
        with self._lock:
            return {
                principal: {action: sorted(resources) for action, resources in sorted(actions.items())}
                for principal, actions in self._used.items()
            }

    def denied(self) -> list[dict[str, Any]]:
        """Each denied need once, with how many `times` it was denied."""
        with self._lock:
            return [
                {
                    "principal": one.principal,
                    "action": one.action,
                    "resource": one.resource,
                    "reason": one.reason,
                    "times": times,
                }
                for one, times in self._denied.items()
            ]
