"""The control API: knobs, faults, and everything the cloud has recorded."""

import json
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from rekognition_cloud.fault import BadFaultError, Fault
from rekognition_cloud.knobs import BadKnobError
from rekognition_cloud.operation import body_of
from rekognition_cloud.request_log import BadOperationError
from rekognition_cloud.state import State
from rekognition_cloud.wsgi import Environ, StartResponse

PREFIX = "/rekognition-cloud-api/"

Handler = Callable[[State, dict[str, Any], str], Any]


def answer_control(state: State, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Answers one request of the control API: JSON in, JSON out; 404 for an unknown path or id, 400 for a bad body."""
    status, answer = _answer(state, environ)
    body = json.dumps(answer).encode()
    start_response(
        f"{status.value} {status.phrase}",
        [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
    )
    return [body]


def _answer(state: State, environ: Environ) -> tuple[HTTPStatus, Any]:
    asked = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO'].removeprefix(PREFIX).rstrip('/')}"
    for pattern, handler in ROUTES.items():
        if match := re.fullmatch(pattern, asked):
            try:
                body = json.loads(body_of(environ) or b"{}")
                if not isinstance(body, dict):
                    return HTTPStatus.BAD_REQUEST, {"error": "the body must be a JSON object"}
                return HTTPStatus.OK, handler(state, body, (match.groups() or ("",))[0])
            except (BadKnobError, BadFaultError, BadOperationError, json.JSONDecodeError) as wrong:
                return HTTPStatus.BAD_REQUEST, {"error": str(wrong)}
            except KeyError as missing:
                return HTTPStatus.NOT_FOUND, {"error": f"there is no {missing.args[0]}"}
    return HTTPStatus.NOT_FOUND, {"error": f"there is no {asked}"}


def _knobs(state: State, _body: dict[str, Any], _number: str) -> Any:
    return asdict(state.knobs)


def _turn_knobs(state: State, body: dict[str, Any], _number: str) -> Any:
    return asdict(state.turn(body))


def _faults(state: State, _body: dict[str, Any], _number: str) -> Any:
    return {"faults": state.faults.entries()}


def _add_fault(state: State, body: dict[str, Any], _number: str) -> Any:
    return {"id": state.faults.add(Fault.described(body))}


def _clear_faults(state: State, _body: dict[str, Any], _number: str) -> Any:
    state.faults.clear()
    return {}


def _fault(state: State, _body: dict[str, Any], number: str) -> Any:
    return state.faults.entry(int(number))


def _remove_fault(state: State, _body: dict[str, Any], number: str) -> Any:
    state.faults.remove(int(number))
    return {}


def _jobs(state: State, _body: dict[str, Any], _number: str) -> Any:
    return {"jobs": state.jobs.entries()}


def _finish_jobs(state: State, body: dict[str, Any], _number: str) -> Any:
    return {"finished": state.jobs.finish(body.get("job_ids"))}


def _expire_jobs(state: State, body: dict[str, Any], _number: str) -> Any:
    return {"expired": state.jobs.expire(body.get("job_ids"))}


def _restart(state: State, body: dict[str, Any], _number: str) -> Any:
    seconds = body.get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < math.inf:
        raise BadKnobError("seconds must be a finite number of at least 0")
    state.jobs.restart(seconds)
    return {}


def _summary(state: State, _body: dict[str, Any], _number: str) -> Any:
    return state.jobs.summary()


def _reset(state: State, _body: dict[str, Any], _number: str) -> Any:
    state.reset()
    return {}


def _requests(state: State, _body: dict[str, Any], _number: str) -> Any:
    return state.traffic.counts()


def _clear_requests(state: State, _body: dict[str, Any], _number: str) -> Any:
    state.traffic.clear()
    return {}


def _meter(state: State, _body: dict[str, Any], _number: str) -> Any:
    return {"on": state.meter.on, "entries": state.meter.entries()}


def _turn_meter(state: State, body: dict[str, Any], _number: str) -> Any:
    if not isinstance(body.get("on"), bool):
        raise BadKnobError("on must be true or false")
    state.meter.on = body["on"]
    return {"on": state.meter.on}


def _clear_meter(state: State, _body: dict[str, Any], _number: str) -> Any:
    state.meter.clear()
    return {}


def _request_log(state: State, _body: dict[str, Any], _number: str) -> Any:
    return state.request_log.entries()


def _log_requests(state: State, body: dict[str, Any], _number: str) -> Any:
    operations = body.get("operations")
    if not isinstance(operations, list):
        raise BadOperationError("operations must be a list")
    state.request_log.log(operations)
    return {}


def _clear_request_log(state: State, _body: dict[str, Any], _number: str) -> Any:
    state.request_log.clear()
    return {}


def _deliveries(state: State, _body: dict[str, Any], _number: str) -> Any:
    return {"queues": state.deliveries.entries()}


def _clear_deliveries(state: State, _body: dict[str, Any], _number: str) -> Any:
    state.deliveries.clear()
    return {}


def _authorisation(state: State, _body: dict[str, Any], _number: str) -> Any:
    gate = state.gate
    return {"enforced": gate.enforced, "used": gate.ledger.used(), "denied": gate.ledger.denied()}


def _enforce(state: State, body: dict[str, Any], _number: str) -> Any:
    if not isinstance(body.get("enforced"), bool):
        raise BadKnobError("enforced must be true or false")
    state.gate.enforced = body["enforced"]
    return {"enforced": state.gate.enforced}


def _clear_authorisation(state: State, _body: dict[str, Any], _number: str) -> Any:
    state.gate.ledger.clear()
    return {}


ROUTES: dict[str, Handler] = {
    r"GET knobs": _knobs,
    r"PATCH knobs": _turn_knobs,
    r"GET faults": _faults,
    r"POST faults": _add_fault,
    r"DELETE faults": _clear_faults,
    r"GET faults/(\d+)": _fault,
    r"DELETE faults/(\d+)": _remove_fault,
    r"GET rekognition/jobs": _jobs,
    r"POST rekognition/jobs/finish": _finish_jobs,
    r"POST rekognition/jobs/expire": _expire_jobs,
    r"POST rekognition/restart": _restart,
    r"GET rekognition/summary": _summary,
    r"GET requests": _requests,
    r"DELETE requests": _clear_requests,
    r"GET meter": _meter,
    r"PUT meter": _turn_meter,
    r"DELETE meter": _clear_meter,
    r"GET request-log": _request_log,
    r"PUT request-log": _log_requests,
    r"DELETE request-log": _clear_request_log,
    r"GET deliveries": _deliveries,
    r"DELETE deliveries": _clear_deliveries,
    r"GET authorisation": _authorisation,
    r"PUT authorisation": _enforce,
    r"DELETE authorisation": _clear_authorisation,
    r"POST reset": _reset,
}
