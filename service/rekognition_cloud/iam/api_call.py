"""The parameters of a request, whatever its protocol."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from moto.core.request import Request
from moto.core.routing import NotFound, get_service_router
from moto.utilities.utils import get_partition

from rekognition_cloud.operation import Operation, body_of
from rekognition_cloud.wsgi import Environ


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A call. `parameters` have the names of botocore's model, in the query protocol flattened."""

    operation: Operation
    account: str
    region: str
    parameters: Mapping[str, Any]

    @property
    def partition(self) -> str:
        return str(get_partition(self.region))

    def text(self, name: str) -> str:
        """A parameter that is a text; "" where it is missing."""
        value = self.parameters.get(name)
        return value if isinstance(value, str) else ""

    def arn(self, service: str, resource: str) -> str:
        """An ARN in the account and region of this call."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


def parameters_of(operation: Operation, environ: Environ) -> dict[str, Any]:
    """The parameters of a request. Raises ValueError where they cannot be read."""
    if operation.protocol == "rest-xml":
        return _s3_parameters(operation, environ)
    body = body_of(environ)
    if operation.protocol == "json":
        document = json.loads(body or b"{}")
        if not isinstance(document, dict):
            raise ValueError("the body is no JSON object")
        return document
    if operation.protocol == "query":
        form = body.decode() or environ.get("QUERY_STRING", "")
        return dict(parse_qsl(form, keep_blank_values=True))
    raise ValueError(f"the parameters of the protocol {operation.protocol} are not read here")


def _s3_parameters(operation: Operation, environ: Environ) -> dict[str, Any]:
    # A copy: matching must not consume the body.
    request = Request({**environ, "wsgi.input": io.BytesIO()})
    try:
        _, found = get_service_router("s3").match(request)
    except NotFound as unknown:
        raise ValueError("no operation of S3 has this form") from unknown
    named = {"versionId": "VersionId", "prefix": "Prefix", "delimiter": "Delimiter"}
    asked = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    found |= {named[name]: value for name, value in asked.items() if name in named}
    headers = {
        "HTTP_X_AMZ_COPY_SOURCE": "CopySource",
        "HTTP_X_AMZ_TAGGING": "Tagging",
        "HTTP_X_AMZ_ACL": "ACL",
        "HTTP_X_AMZ_OBJECT_LOCK_LEGAL_HOLD": "ObjectLockLegalHoldStatus",
        "HTTP_X_AMZ_OBJECT_LOCK_MODE": "ObjectLockMode",
        "HTTP_X_AMZ_CHECKSUM_MODE": "ChecksumMode",
        "HTTP_X_AMZ_SERVER_SIDE_ENCRYPTION": "ServerSideEncryption",
        "HTTP_X_AMZ_SERVER_SIDE_ENCRYPTION_AWS_KMS_KEY_ID": "SSEKMSKeyId",
    }
    found |= {name: environ[header] for header, name in headers.items() if header in environ}
    if operation.name == "DeleteObjects":
        found["Objects"] = _objects(body_of(environ))
    return dict(found)


def _objects(body: bytes) -> list[dict[str, str]]:
    """The keys, and perhaps versions, in the body of DeleteObjects."""
    try:
        document = ET.fromstring(body)  # noqa: S314  # a local client sent it
    except ET.ParseError as broken:
        raise ValueError("the body is no XML") from broken
    listed = [{part.tag.rpartition("}")[2]: part.text or "" for part in entry} for entry in document]
    return [entry for entry in listed if "Key" in entry]
