import threading
import time
from collections import deque

from rekognition_cloud.rekognition.refusal import Refusal


class Rate:
    """How many calls of one operation the last second has seen."""

    def __init__(self) -> None:
        self._calls: deque[float] = deque()
        self._lock = threading.Lock()

    def admit(self, limit: float) -> None:
        """Counts a call. Raises Refusal: ThrottlingException where `limit` calls were made within a second."""
        now = time.monotonic()
        with self._lock:
            while self._calls and self._calls[0] <= now - 1:
                self._calls.popleft()
            if len(self._calls) >= limit:
                raise Refusal("ThrottlingException", "Rate exceeded")
            self._calls.append(now)
