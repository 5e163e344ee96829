import logging
import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from rekognition_cloud.call import CALL, Call
from rekognition_cloud.connection import DISCONNECTED, ClientGoneError
from rekognition_cloud.control import PREFIX, answer_control
from rekognition_cloud.error_answer import answer_error, throttle_of
from rekognition_cloud.fault_rules import FaultRule
from rekognition_cloud.iam.presigned_link import refusal_of_link
from rekognition_cloud.metering.requests import meter_request
from rekognition_cloud.operation import Operation, decompress, operation_of
from rekognition_cloud.state import State
from rekognition_cloud.wsgi import Application, Environ, StartResponse

_DOWN = "Amazon Rekognition experienced a service issue. Try your call again."

_log = logging.getLogger(__name__)


class Gateway:
    """Every request passes through here: it is named, counted, held against the fault rules and against the policies,
    logged, and answered by moto.
    """

    def __init__(self, state: State, moto: Application) -> None:
        self._state = state
        self._moto = moto

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        # From here moto reads keys of S3 as they were sent.
        environ["RAW_URI"] = environ["REQUEST_URI"]
        if path.startswith(PREFIX):
            return answer_control(self._state, environ, start_response)
        if path.startswith("/moto-api"):
            answer = self._moto(environ, start_response)
            if path.rstrip("/") == "/moto-api/reset" and environ["REQUEST_METHOD"] == "POST":
                self._state.reset()
            return answer
        try:
            decompress(environ)
        except ValueError as unreadable:
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [str(unreadable).encode()]
        operation = operation_of(environ)
        self._state.traffic.count(operation.service, operation.name)
        disconnected = environ[DISCONNECTED]
        token = CALL.set(Call(self._state, disconnected))
        try:
            rule = self._state.faults.strike(operation, environ)
            if rule is None:
                return self._processed(operation, environ, start_response)
            return self._struck(rule, operation, environ, start_response)
        finally:
            CALL.reset(token)

    def _struck(
        self, rule: FaultRule, operation: Operation, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        fault = rule.fault
        if fault.action == "error":
            return answer_error(operation, fault.code, fault.message, fault.status, start_response)
        if fault.action == "throttle":
            code, status = throttle_of(operation.service)
            return answer_error(operation, code, "Rate exceeded", status, start_response)
        if fault.action == "delay":
            time.sleep(fault.seconds)
            return self._processed(operation, environ, start_response)
        return self._interrupted(rule, operation, environ, start_response)

    def _interrupted(
        self, rule: FaultRule, operation: Operation, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """`cut` and `hold`: an answer that exists already is kept back until it is known whether it may be sent."""
        fault = rule.fault
        begun: list[Any] = []
        body: list[bytes] = []
        if fault.when == "after":
            body = list(self._processed(operation, environ, lambda *answer: begun.append(answer)))
        if fault.action == "cut":
            raise ClientGoneError
        present = self._state.faults.park(rule, environ[DISCONNECTED])
        if not present or fault.drops:
            raise ClientGoneError
        if fault.when == "before":
            return self._processed(operation, environ, start_response)
        start_response(*begun[-1])
        return body

    def _processed(self, operation: Operation, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            if operation.service == "rekognition" and self._state.jobs.down:
                return answer_error(
                    operation, "InternalServerError", _DOWN, HTTPStatus.INTERNAL_SERVER_ERROR, start_response
                )
            denial = refusal_of_link(environ) if operation.service == "s3" else None
            if denial := denial or self._state.gate.denial(operation, environ):
                return answer_error(
                    operation, denial.code, denial.message, denial.status, start_response, denial.members
                )
            logged = self._state.request_log.add(operation, environ)
            answer = self._moto(environ, start_response if logged is None else logged.answering(start_response))
            return meter_request(self._state.meter, operation, environ, answer) if self._state.meter.on else answer
        except NotImplementedError as missing:  # moto raises it for what it lacks
            return answer_error(operation, "NotImplemented", str(missing), HTTPStatus.NOT_IMPLEMENTED, start_response)
        except Exception as broken:  # noqa: BLE001  # moto raises anything; the client gets an answer
            _log.exception("moto could not answer %s %s", operation.service, operation.name)
            message = f"{type(broken).__name__}: {broken}"
            return answer_error(operation, "InternalError", message, HTTPStatus.INTERNAL_SERVER_ERROR, start_response)
