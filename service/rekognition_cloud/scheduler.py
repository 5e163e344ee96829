import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Scheduler:
    """Runs actions at their times, all on one thread."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._tickets = itertools.count()
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="rekognition-cloud-scheduler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Drops all waiting actions and ends the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Runs `action` at `when` (seconds since the epoch), at once where that has passed."""
        with self._changed:
            heapq.heappush(self._due, (when, next(self._tickets), action))
            self._changed.notify()

    def clear(self) -> None:
        with self._changed:
            self._due.clear()

    def _run(self) -> None:
        while (action := self._next()) is not None:
            try:
                action()
            except Exception:  # noqa: BLE001  # logged in full
                # One action that fails must not stop those after it.
                _log.exception("the embedded cloud could not run what was due")

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._stopping:
                wait = self._due[0][0] - time.time() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
            return None
