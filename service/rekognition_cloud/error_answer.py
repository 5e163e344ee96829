"""Errors as each service's protocol writes them, so that botocore reads code and message."""

import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from xml.sax.saxutils import escape

from rekognition_cloud.operation import Operation
from rekognition_cloud.wsgi import StartResponse

# What each service says when asked too often: code and status. All others say ThrottlingException.
_THROTTLES = {
    "dynamodb": ("ProvisionedThroughputExceededException", 400),
    "s3": ("SlowDown", 503),
    "sns": ("Throttled", 429),
    "sqs": ("RequestThrottled", 403),
    "iam": ("Throttling", 400),
    "sts": ("Throttling", 400),
    "cloudwatch": ("Throttling", 400),
}


def throttle_of(service: str) -> tuple[str, int]:
    """Code and HTTP status with which the service refuses too many requests."""
    return _THROTTLES.get(service, ("ThrottlingException", 400))


def answer_error(
    operation: Operation,
    code: str,
    message: str,
    status: int,
    start_response: StartResponse,
    members: Sequence[tuple[str, str]] = (),
) -> Iterable[bytes]:
    """A WSGI answer that botocore raises as a ClientError with this code. `members` are what S3 says besides."""
    if operation.protocol == "rest-xml":
        content_type, extra, body = _rest_xml(code, message, members)
    else:
        content_type, extra, body = _WRITERS[operation.protocol](code, message, status)
    if operation.name.startswith("Head"):
        # HTTP gives the answer to a HEAD no body: a client would take it for the next answer of the connection.
        body = b""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
        ("x-amzn-RequestId", str(uuid.uuid4())),
        *extra,
    ]
    start_response(f"{status} {phrase}", headers)
    return [body]


_Answer = tuple[str, list[tuple[str, str]], bytes]


def _json(code: str, message: str, _status: int) -> _Answer:
    body = json.dumps({"__type": code, "message": message}).encode()
    return "application/x-amz-json-1.1", [("x-amzn-ErrorType", code)], body


def _cbor(code: str, message: str, status: int) -> _Answer:
    fault = "Sender" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "Receiver"
    pairs = {"__type": code, "message": message}
    # A map of two pairs (major type 5), then texts (major type 3) with a two-byte length.
    body = bytes([0xA0 | len(pairs)]) + b"".join(_cbor_text(text) for pair in pairs.items() for text in pair)
    return (
        "application/cbor",
        [("smithy-protocol", "rpc-v2-cbor"), ("x-amzn-query-error", f"{code};{fault}")],
        body,
    )


def _cbor_text(text: str) -> bytes:
    encoded = text.encode()
    return b"\x79" + len(encoded).to_bytes(2, "big") + encoded


def _query(code: str, message: str, status: int) -> _Answer:
    fault = "Sender" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "Receiver"
    error = f"<Type>{fault}</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    body = f"<ErrorResponse><Error>{error}</Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    return "text/xml", [], body.encode()


def _rest_xml(code: str, message: str, members: Sequence[tuple[str, str]]) -> _Answer:
    told = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in members)
    body = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message>{told}</Error>"
    return "application/xml", [], b'<?xml version="1.0" encoding="UTF-8"?>' + body.encode()


_WRITERS: dict[str, Callable[[str, str, int], _Answer]] = {
    "json": _json,
    "cbor": _cbor,
    "query": _query,
}
