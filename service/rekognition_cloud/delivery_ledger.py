"""What each queue delivered, how long receivers held it, and what was delivered again while somebody held it."""

import math
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class _Counts:
    """The counts of one queue. `holds` counts messages by how long they were held, in hundredths of a second."""

    deliveries: int = 0
    redeliveries: int = 0
    kept: int = 0
    holds: Counter[int] = field(default_factory=Counter)

    def entry(self) -> dict[str, Any]:
        held = {name: _quantile(self.holds, share) for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))}
        return {
            "deliveries": self.deliveries,
            "redeliveries": self.redeliveries,
            "kept": self.kept,
            "held_seconds": held,
        }


class DeliveryLedger:
    """Counts by queue. The queue calls it when a message is received, hidden again, released or deleted.

    What is remembered of a message is kept on moto's message object, and so disappears with it.
    """

    def __init__(self) -> None:
        self._queues: dict[str, _Counts] = {}
        self._lock = threading.Lock()

    def delivered(self, queue: str, message: Any, visibility_s: float) -> None:
        """A message was delivered and is hidden for `visibility_s`; with 0 nobody holds it.

        It is a redelivery where an earlier receiver still held it: the visibility of that receiver has run out.
        """
        now = time.time()
        with self._lock:
            counts = self._queues.setdefault(queue, _Counts())
            counts.deliveries += 1
            counts.redeliveries += getattr(message, "held_for", None) is not None
            message.held_for = visibility_s or None
            message.held_since = now

    def hidden(self, message: Any, visibility_s: float) -> None:
        """The holder has changed the message's visibility: to the time it was received with, it keeps the message;
        to any other, it releases the message, at once or after a while.
        """
        if getattr(message, "held_for", None) != visibility_s:
            message.held_for = None

    def released(self, message: Any) -> None:
        """Nobody holds the message any more: delivered again, it is no redelivery."""
        message.held_for = None

    def deleted(self, queue: str, message: Any) -> None:
        """The holder is done with the message. `kept` counts those held longer than the visibility of their receive."""
        visibility_s = getattr(message, "held_for", None)
        if visibility_s is None:
            return
        held = time.time() - message.held_since
        with self._lock:
            counts = self._queues.setdefault(queue, _Counts())
            counts.kept += held > visibility_s
            counts.holds[round(held * 100)] += 1

    def entries(self) -> dict[str, dict[str, Any]]:
        """By queue: deliveries, redeliveries, kept, and for how many seconds messages were held before their delete."""
        with self._lock:
            return {queue: counts.entry() for queue, counts in sorted(self._queues.items())}

    def clear(self) -> None:
        with self._lock:
            self._queues.clear()


def _quantile(holds: Counter[int], share: float) -> float | None:
    wanted = math.ceil(share * holds.total())
    for hundredths in sorted(holds):
        wanted -= holds[hundredths]
        if wanted <= 0:
            return hundredths / 100
    return None
