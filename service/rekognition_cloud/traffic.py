import threading
from collections import Counter


class Traffic:
    """How often each operation of each service was asked for."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def count(self, service: str, operation: str) -> None:
        with self._lock:
            self._counts[service, operation] += 1

    def clear(self) -> None:
        with self._lock:
            self._counts.clear()

    def counts(self) -> dict[str, dict[str, int]]:
        """Requests by service, then by operation."""
        table: dict[str, dict[str, int]] = {}
        with self._lock:
            for (service, operation), number in sorted(self._counts.items()):
                table.setdefault(service, {})[operation] = number
        return table
