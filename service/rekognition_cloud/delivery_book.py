"""What queues have handed out, how long it was held, and what came back although somebody held it."""

import math
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class _Page:
    """The book of one queue. Holds are counted by their length in hundredths of a second."""

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


class DeliveryBook:
    """Counts by queue. Every message is told here when it is received, hidden anew, given up and deleted.

    A message of moto's carries what is remembered of it, and so takes that with it when it goes.
    """

    def __init__(self) -> None:
        self._pages: dict[str, _Page] = {}
        self._lock = threading.Lock()

    def delivered(self, queue: str, message: Any, visibility_s: float) -> None:
        """A message was handed out, hidden for `visibility_s`; handed out with 0, nobody holds it.

        It is a redelivery where it was handed out before and nobody has let go of it since: its time has run out.
        """
        now = time.time()
        with self._lock:
            page = self._pages.setdefault(queue, _Page())
            page.deliveries += 1
            page.redeliveries += getattr(message, "held_for", None) is not None
            message.held_for = visibility_s or None
            message.held_since = now

    def hidden(self, message: Any, visibility_s: float) -> None:
        """Its holder has changed the message's visibility: kept, where to the time it was received with, and else
        given back, at once or after a while.
        """
        if getattr(message, "held_for", None) != visibility_s:
            message.held_for = None

    def let_go(self, message: Any) -> None:
        """The message may be handed out again, through nobody's fault."""
        message.held_for = None

    def deleted(self, queue: str, message: Any) -> None:
        """Its holder is done with it. `kept` counts those held longer than the time they were received with."""
        visibility_s = getattr(message, "held_for", None)
        if visibility_s is None:
            return
        held = time.time() - message.held_since
        with self._lock:
            page = self._pages.setdefault(queue, _Page())
            page.kept += held > visibility_s
            page.holds[round(held * 100)] += 1

    def entries(self) -> dict[str, dict[str, Any]]:
        """By queue: deliveries, redeliveries, kept, and the seconds that messages were held until they were deleted."""
        with self._lock:
            return {queue: page.entry() for queue, page in sorted(self._pages.items())}

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()


def _quantile(holds: Counter[int], share: float) -> float | None:
    wanted = math.ceil(share * holds.total())
    for hundredths in sorted(holds):
        wanted -= holds[hundredths]
        if wanted <= 0:
            return hundredths / 100
    return None
