"""Which requests of chosen operations came, and when they were answered."""

import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from rekognition_cloud.operation import Operation, body_of
from rekognition_cloud.wsgi import Environ, StartResponse

MOST_BYTES = 64 * 1024 * 1024
"""Room for the bodies of all logged requests: those that come later are only counted."""


class BadOperationError(ValueError):
    """What is not the name of an operation; the message says why."""


@dataclass(eq=False)
class LoggedRequest:
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


class RequestLog:
    """Keeps the requests of chosen operations, in the order in which they came. At the start it logs nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._operations: frozenset[str] = frozenset()
        self._empty()

    def log(self, operations: Iterable[object]) -> None:
        """Empties the log and logs these operations from now on, each `service:Operation` by boto3's and botocore's
        names.

        Raises BadOperationError.
        """
        names = list(operations)
        for name in names:
            if not isinstance(name, str) or not all(name.partition(":")):
                raise BadOperationError(
                    f"an operation is named service:Operation, as in dynamodb:UpdateItem, not {name!r}"
                )
        with self._lock:
            self._empty()
            self._operations = frozenset(str(name) for name in names)

    def clear(self) -> None:
        """Empties the log and logs nothing from now on."""
        with self._lock:
            self._empty()
            self._operations = frozenset()

    def add(self, operation: Operation, environ: Environ) -> LoggedRequest | None:
        """Logs one request. None where its operation is not logged, or there is no room."""
        if f"{operation.service}:{operation.name}" not in self._operations:
            return None
        body = body_of(environ)
        with self._lock:
            if self._bytes + len(body) > MOST_BYTES:
                self._dropped += 1
                return None
            self._bytes += len(body)
            request = LoggedRequest(time.time(), operation.service, operation.name, body.decode("utf-8", "replace"))
            self._requests.append(request)
            return request

    def entries(self) -> dict[str, Any]:
        """The `requests`, and how many were `dropped` for want of room."""
        with self._lock:
            return {"requests": [asdict(request) for request in self._requests], "dropped": self._dropped}

    def _empty(self) -> None:
        self._requests: list[LoggedRequest] = []
        self._bytes = 0
        self._dropped = 0
