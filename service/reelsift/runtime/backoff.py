"""How long what was refused waits before it is tried again: longer each time."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from reelsift.runtime.clock import Clock

LONGEST_S = 900
"""SQS delays a message no longer."""

KNOWN = 1_000
"""Keys remembered at a time: messages may bring any number of them."""

Key = TypeVar("Key", bound=Hashable)


class Backoffs(Generic[Key]):
    """Delays by what refuses. Refusals within one delay have one cause, and only the first of them doubles it."""

    def __init__(self, first_s: int, clock: Clock) -> None:
        self._first_s = first_s
        self._clock = clock
        self._delays: dict[Key, tuple[int, float]] = {}

    def refused(self, key: Key) -> int:
        """Note a refusal, and return the delay in seconds."""
        now = self._clock.monotonic()
        delay_s, ends_at = self._delays.get(key, (0, now))
        if now >= ends_at:
            delay_s = min(LONGEST_S, delay_s * 2 or self._first_s)
            if key not in self._delays and len(self._delays) >= KNOWN:
                self._delays.clear()
            self._delays[key] = delay_s, now + delay_s
        return delay_s

    def delay_s(self, key: Key) -> int:
        """The delay of the last refusal; 0 where there is none, or it is over."""
        return self._delays.get(key, (0, 0.0))[0]

    def over(self, key: Key) -> None:
        """It refuses no longer: the next delay is the first again."""
        self._delays.pop(key, None)
