"""Which operation of which service a request asks for."""

import io
import zlib
from dataclasses import dataclass
from urllib.parse import parse_qs

from moto.core.request import Request
from moto.core.routing import NotFound, get_service_router

from rekognition_cloud.wsgi import Environ

_LARGEST_BODY = 64 * 1024 * 1024

# By the name that requests are signed for, the name of the boto3 client where it is another.
_CLIENT_NAMES = {"monitoring": "cloudwatch", "servicequotas": "service-quotas", "email": "ses"}


@dataclass(frozen=True)
class Operation:
    """A service by the name of its boto3 client, and an operation by its name in botocore ("" where unknown)."""

    service: str
    name: str
    protocol: str
    """How the answer is to be written: json, cbor, query or rest-xml."""


def decompress(environ: Environ) -> None:
    """Make the body of a request what it was before botocore compressed it, as it does with long ones of CloudWatch.
    What is stored in S3 stays as it is. Raises ValueError where the body cannot be read, or becomes too large.
    """
    if environ.get("HTTP_CONTENT_ENCODING") != "gzip" or _service(environ) == "s3":
        return
    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        body = reader.decompress(body_of(environ), _LARGEST_BODY)
    except zlib.error as broken:
        raise ValueError("the body is not compressed as its Content-Encoding says") from broken
    if not reader.eof:
        raise ValueError("the compressed body is incomplete, or larger than 64 MiB")
    del environ["HTTP_CONTENT_ENCODING"]
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = io.BytesIO(body)


def operation_of(environ: Environ) -> Operation:
    service = _service(environ)
    target = environ.get("HTTP_X_AMZ_TARGET")
    path = environ.get("PATH_INFO", "")
    if target:
        return Operation(service, target.rpartition(".")[2], "json")
    if environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor":
        return Operation(service, path.rpartition("/operation/")[2], "cbor")
    if service == "s3":
        return Operation(service, _s3_name(environ), "rest-xml")
    return Operation(service, _action(environ), "query")


def body_of(environ: Environ) -> bytes:
    """The request's body. It can be read again afterwards."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return bytes(body)


def _service(environ: Environ) -> str:
    """From the scope a request is signed for: `<key>/<day>/<region>/<service>/aws4_request`. Unsigned ones are S3's."""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    scope = authorization.partition("Credential=")[2].partition(",")[0].split("/")
    signed = scope[-2] if len(scope) > 1 else "s3"
    return str(_CLIENT_NAMES.get(signed, signed))


def _action(environ: Environ) -> str:
    form = body_of(environ).decode("utf-8", "replace") or environ.get("QUERY_STRING", "")
    return str(parse_qs(form).get("Action", [""])[0])


def _s3_name(environ: Environ) -> str:
    # A copy: matching must not consume the body.
    request = Request({**environ, "wsgi.input": io.BytesIO()})
    try:
        operation, _ = get_service_router("s3").match(request)
    except NotFound:
        return ""
    return str(operation.name)
