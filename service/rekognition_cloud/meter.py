import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Reading:
    """What an amount is of. `resource` is a table, `table/index` or a topic, "" where the price depends on none;
    `rekognition_cloud.metering` lists the units.
    """

    service: str
    resource: str
    operation: str
    unit: str


class Meter:
    """What AWS would bill, counted as AWS counts it. Off at the start: it takes the cloud's time."""

    def __init__(self) -> None:
        self.on = False
        self._amounts: Counter[Reading] = Counter()
        self._lock = threading.Lock()

    def add(self, service: str, resource: str, operation: str, unit: str, amount: float = 1) -> None:
        if self.on and amount:
            with self._lock:
                self._amounts[Reading(service, resource, operation, unit)] += amount  # type: ignore[assignment]

    def mark(self, service: str, resource: str, operation: str, unit: str) -> None:
        """Count a resource once, however often it is used: what is billed by the month."""
        if self.on:
            with self._lock:
                self._amounts[Reading(service, resource, operation, unit)] = 1

    def clear(self) -> None:
        with self._lock:
            self._amounts.clear()

    def entries(self) -> list[dict[str, Any]]:
        """Each reading with its `amount`, in order."""
        with self._lock:
            amounts = sorted(self._amounts.items())
        return [
            {
                "service": reading.service,
                "resource": reading.resource,
                "operation": reading.operation,
                "unit": reading.unit,
                "amount": amount,
            }
            for reading, amount in amounts
        ]
