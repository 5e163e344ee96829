import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

_REGION = "us-east-1"
_START_SECONDS = 60
_STOP_SECONDS = 5


NOTHING_DELIVERED: dict[str, Any] = {
    "deliveries": 0,
    "redeliveries": 0,
    "kept": 0,
    "held_seconds": {"p50": None, "p99": None, "max": None},
}
"""The counts of a queue that nobody has received from."""


class CloudError(RuntimeError):
    """The embedded cloud did not start, or refused a request of the control API."""


class CloudProcess:
    """An embedded cloud in a process of its own, on a free port: `with CloudProcess(quota=5) as cloud: …`."""

    def __init__(self, *, launch: Callable[..., "subprocess.Popen[Any]"] = subprocess.Popen, **knobs: float) -> None:
        """`knobs` are named as in `rekognition_cloud.knobs.Knobs`; `launch` starts the process as Popen does."""
        self._launch = launch
        self._flags = [f"--{name.replace('_', '-')}={value}" for name, value in knobs.items()]
        self._process: subprocess.Popen[Any] | None = None
        self.url = ""

    @property
    def env(self) -> dict[str, str]:
        """An environment for clients of the cloud: this process's own, but of AWS_ variables only these four."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return plain | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": _REGION,
        }

    def start(self) -> None:
        """Returns once the cloud answers. Raises CloudError where it does not come up."""
        command = [sys.executable, "-m", "rekognition_cloud", *self._flags]
        self._process = self._launch(command, stdout=subprocess.PIPE, text=True)
        # A process that neither answers nor ends would block the read for ever.
        patience = threading.Timer(_START_SECONDS, self._process.kill)
        patience.start()
        line = self._process.stdout.readline() if self._process.stdout else ""
        patience.cancel()
        if not line:
            self.stop()
            raise CloudError("the embedded cloud ended before it was ready; its standard error says why")
        self.url = json.loads(line)["url"]

    def stop(self) -> None:
        """SIGTERM, and SIGKILL where that does not end it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def knobs(self, **changes: float | None) -> dict[str, Any]:
        """Changes the given knobs, if any, and returns all of them. Raises CloudError for a value that cannot be."""
        return self._asked("PATCH", "knobs", changes) if changes else self._asked("GET", "knobs")

    def add_fault(self, action: str, **rule: Any) -> int:
        """Adds a fault rule (members as in `rekognition_cloud.fault.Fault`) and returns its id."""
        return int(self._asked("POST", "faults", {"action": action, **rule})["id"])

    def fault(self, number: int) -> dict[str, Any]:
        """The rule with its counts: `matched`, `hits` and `held`."""
        return self._asked("GET", f"faults/{number}")

    def faults(self) -> list[dict[str, Any]]:
        return list(self._asked("GET", "faults")["faults"])

    def held(self, number: int) -> int:
        """How many requests the rule holds right now."""
        return int(self.fault(number)["held"])

    def release(self, number: int) -> None:
        """Removes a rule. Requests it holds go on, or are dropped where the rule says so."""
        self._asked("DELETE", f"faults/{number}")

    def clear_faults(self) -> None:
        self._asked("DELETE", "faults")

    def jobs(self) -> list[dict[str, Any]]:
        """The ledger of Rekognition: one entry a job, in the order of their starts."""
        return list(self._asked("GET", "rekognition/jobs")["jobs"])

    def summary(self) -> dict[str, Any]:
        """Open jobs and their peak, started, billed_ms, slot_seconds, refusals by code."""
        return self._asked("GET", "rekognition/summary")

    def finish_jobs(self, *job_ids: str) -> int:
        """Ends these open jobs now, or all where none is named. Returns how many."""
        return int(self._asked("POST", "rekognition/jobs/finish", _named(job_ids))["finished"])

    def expire_jobs(self, *job_ids: str) -> int:
        """Makes the results of these jobs expire, or of all where none is named. Returns how many."""
        return int(self._asked("POST", "rekognition/jobs/expire", _named(job_ids))["expired"])

    def restart_rekognition(self, seconds: float) -> None:
        """Takes Rekognition down for so long. Jobs go on; page tokens, and completions due meanwhile, are lost."""
        self._asked("POST", "rekognition/restart", {"seconds": seconds})

    def requests(self) -> dict[str, dict[str, int]]:
        """Requests by service, then by operation."""
        return self._asked("GET", "requests")

    def clear_requests(self) -> None:
        self._asked("DELETE", "requests")

    def turn_meter(self, *, on: bool = True) -> None:
        """Starts or stops counting what AWS would bill (`rekognition_cloud.metering`). Off at the start."""
        self._asked("PUT", "meter", {"on": on})

    def meter(self) -> list[dict[str, Any]]:
        """What was counted: service, resource, operation, unit, amount."""
        return list(self._asked("GET", "meter")["entries"])

    def clear_meter(self) -> None:
        self._asked("DELETE", "meter")

    def log_requests(self, *operations: str) -> None:
        """Empties the request log and logs these operations from now on, each named `service:Operation`."""
        self._asked("PUT", "request-log", {"operations": list(operations)})

    def request_log(self) -> list[dict[str, Any]]:
        """The requests logged: asked_at, answered_at (seconds since the epoch), status, service, operation, body.

        Raises CloudError where there was no room for all of them.
        """
        log = self._asked("GET", "request-log")
        if log["dropped"]:
            raise CloudError(f"the request log had no room for {log['dropped']} requests")
        return list(log["requests"])

    def deliveries(self, queue: str) -> dict[str, Any]:
        """Counts of one queue: `deliveries`; `redeliveries`, of messages whose visibility ran out while somebody held
        them; `kept`, messages held longer than the visibility of their receive; `held_seconds` (p50, p99, max), from
        receive to delete.
        """
        return dict(self._asked("GET", "deliveries")["queues"].get(queue, NOTHING_DELIVERED))

    def clear_deliveries(self) -> None:
        self._asked("DELETE", "deliveries")

    def authorise(self, *, on: bool = True) -> None:
        """Starts or stops enforcing the policies of IAM users and roles. Off at the start."""
        self._asked("PUT", "authorisation", {"enforced": on})

    def denied(self) -> list[dict[str, Any]]:
        """What was denied: principal, action, resource, reason, times."""
        return list(self._asked("GET", "authorisation")["denied"])

    def used(self, principal_arn: str) -> dict[str, list[str]]:
        """The actions that a user or role was allowed, and the resources of each."""
        return dict(self._asked("GET", "authorisation")["used"].get(principal_arn, {}))

    def clear_authorisation(self) -> None:
        """Clears what was used and denied."""
        self._asked("DELETE", "authorisation")

    def reset(self) -> None:
        """Resets knobs, faults, authorisation, jobs, counts, meter and request log.

        Buckets, queues and tables stay.
        """
        self._asked("POST", "reset")

    def reset_services(self) -> None:
        """Resets everything, and empties every service. Takes about a second."""
        self._call("POST", "/moto-api/reset", None)

    def _asked(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._call(method, f"/rekognition-cloud-api/{path}", body))
        return answer

    def _call(self, method: str, path: str, body: object) -> bytes:
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status != http.HTTPStatus.OK:
            raise CloudError(f"{method} {path}: {response.status} {content.decode()}")
        return content


def _named(job_ids: tuple[str, ...]) -> dict[str, list[str]]:
    return {"job_ids": list(job_ids)} if job_ids else {}
