import random
import threading
from collections.abc import Iterable
from typing import TypeVar

_Item = TypeVar("_Item")


class Chance:
    """Seeded random decisions. Each purpose has a stream of its own, so that drawing for one never changes another."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._streams: dict[str, random.Random] = {}
        self._lock = threading.Lock()

    def happens(self, purpose: str, probability: float) -> bool:
        """Whether an event of this probability (0-1) happens this time."""
        if probability <= 0:
            return False
        with self._lock:
            return self._stream(purpose).random() < probability

    def between(self, purpose: str, low: float, high: float) -> float:
        """A number from `low` to `high`, each as likely as any other."""
        with self._lock:
            return self._stream(purpose).uniform(low, high)

    def shuffled(self, purpose: str, items: Iterable[_Item]) -> list[_Item]:
        """The same items in random order."""
        order = list(items)
        with self._lock:
            self._stream(purpose).shuffle(order)
        return order

    def _stream(self, purpose: str) -> random.Random:
        stream = self._streams.get(purpose)
        if stream is None:
            # Not cryptography: the point is that a run can be repeated.
            stream = self._streams[purpose] = random.Random(f"{self._seed}/{purpose}")  # noqa: S311
        return stream
