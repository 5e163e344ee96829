import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from rekognition_cloud.chance import Chance
from rekognition_cloud.fault import Fault
from rekognition_cloud.operation import Operation, body_of
from rekognition_cloud.wsgi import Environ

# How often a held request checks whether its client is still there.
_POLL_SECONDS = 0.02


@dataclass(eq=False)
class FaultRule:
    """A fault in force, with its counts."""

    number: int
    fault: Fault
    matched: int = 0
    hits: int = 0
    held: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    def entry(self) -> dict[str, Any]:
        counts = {"matched": self.matched, "hits": self.hits, "held": self.held}
        return {"id": self.number, **asdict(self.fault), **counts}


class FaultRules:
    """The fault rules in force, in the order in which they were added."""

    def __init__(self, chance: Callable[[], Chance]) -> None:
        self._chance = chance
        self._rules: dict[int, FaultRule] = {}
        self._last = 0
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> int:
        """Puts a rule in force and gives its number."""
        with self._lock:
            self._last += 1
            self._rules[self._last] = FaultRule(self._last, fault)
            return self._last

    def entries(self) -> list[dict[str, Any]]:
        with self._lock:
            return [rule.entry() for rule in self._rules.values()]

    def entry(self, number: int) -> dict[str, Any]:
        """One rule with its counts. Raises KeyError."""
        with self._lock:
            return self._rules[number].entry()

    def remove(self, number: int) -> None:
        """Ends a rule and releases what it holds. Raises KeyError."""
        with self._lock:
            self._rules.pop(number).released.set()

    def clear(self) -> None:
        """Ends all rules and releases everything they hold."""
        with self._lock:
            for rule in self._rules.values():
                rule.released.set()
            self._rules.clear()

    def strike(self, operation: Operation, environ: Environ) -> FaultRule | None:
        """The rule that acts on this request, counted as a hit; None for most requests."""
        if not self._rules:
            return None
        with self._lock:
            for rule in self._rules.values():
                if self._strikes(rule, operation, environ):
                    rule.hits += 1
                    return rule
        return None

    def strike_entry(self, entry: str) -> Fault | None:
        """The fault that refuses one entry of a call to PutEvents, counted as a hit; None for most entries."""
        with self._lock:
            for rule in self._rules.values():
                wanted = rule.fault.body_contains
                if rule.fault.action == "refuse_entry" and (wanted is None or wanted in entry) and self._acts(rule):
                    rule.hits += 1
                    return rule.fault
        return None

    def park(self, rule: FaultRule, disconnected: Callable[[], bool]) -> bool:
        """Blocks until the rule is removed. False where the client has gone by then."""
        with self._lock:
            rule.held += 1
        try:
            while not rule.released.wait(_POLL_SECONDS):
                if disconnected():
                    return False
            return not disconnected()
        finally:
            with self._lock:
                rule.held -= 1

    def _strikes(self, rule: FaultRule, operation: Operation, environ: Environ) -> bool:
        fault = rule.fault
        if (
            fault.action == "refuse_entry"
            or fault.service not in (None, operation.service)
            or fault.operation not in (None, operation.name)
            or (fault.path is not None and fault.path not in environ.get("PATH_INFO", ""))
            or (fault.agent_contains is not None and fault.agent_contains not in environ.get("HTTP_USER_AGENT", ""))
            or (fault.body_contains is not None and fault.body_contains.encode() not in body_of(environ))
        ):
            return False
        return self._acts(rule)

    def _acts(self, rule: FaultRule) -> bool:
        """Whether a rule that matches acts this time."""
        fault = rule.fault
        rule.matched += 1
        return (
            rule.matched > fault.skip
            and (fault.times is None or rule.hits < fault.times)
            and (fault.probability == 1 or self._chance().happens(f"fault {fault}", fault.probability))
        )
