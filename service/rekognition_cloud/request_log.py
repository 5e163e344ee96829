"""When chosen operations were asked for, and answered, in the order of their asking."""

import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from rekognition_cloud.error_answer import StartResponse
from rekognition_cloud.operation import Environ, Operation, body_of

MOST_BYTES = 64 * 1024 * 1024
"""Bodies kept in all: what comes after that is only counted."""


class BadTrailError(ValueError):
    """What cannot be followed; the message says why."""


@dataclass(eq=False)
class Step:
    """One request that reached its service. Times are seconds since the epoch; `answered_at` and `status` (HTTP's) are
    None while the service is at work.
    """

    asked_at: float
    service: str
    operation: str
    body: str
    answered_at: float | None = None
    status: int | None = None

    def answering(self, start_response: StartResponse) -> StartResponse:
        """A `start_response` that notes the answer and passes it on."""

        def start(status: str, headers: list[tuple[str, str]]) -> object:
            self.answered_at = time.time()
            self.status = int(status.partition(" ")[0])
            return start_response(status, headers)

        return start


class Trail:
    """Keeps the requests of the operations it is told to follow: none at first, and nothing of the others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._followed: frozenset[str] = frozenset()
        self._forget()

    def follow(self, operations: Iterable[object]) -> None:
        """Begin anew with these operations, each `service:Operation` by the names of boto3's client and of botocore.

        Raises BadTrailError.
        """
        names = list(operations)
        for name in names:
            if not isinstance(name, str) or not all(name.partition(":")):
                raise BadTrailError(f"an operation is named service:Operation, as in dynamodb:UpdateItem, not {name!r}")
        with self._lock:
            self._forget()
            self._followed = frozenset(str(name) for name in names)

    def clear(self) -> None:
        """Follow nothing, and forget what was kept."""
        with self._lock:
            self._forget()
            self._followed = frozenset()

    def step(self, operation: Operation, environ: Environ) -> Step | None:
        """Keep one request; None where nobody follows it, or there is no more room."""
        if f"{operation.service}:{operation.name}" not in self._followed:
            return None
        body = body_of(environ)
        with self._lock:
            if self._bytes + len(body) > MOST_BYTES:
                self._dropped += 1
                return None
            self._bytes += len(body)
            step = Step(time.time(), operation.service, operation.name, body.decode("utf-8", "replace"))
            self._steps.append(step)
            return step

    def entries(self) -> dict[str, Any]:
        """The steps, and how many were `dropped` for want of room."""
        with self._lock:
            return {"steps": [asdict(step) for step in self._steps], "dropped": self._dropped}

    def _forget(self) -> None:
        self._steps: list[Step] = []
        self._bytes = 0
        self._dropped = 0
