"""API destinations: an event as an HTTP request ("API destinations as targets in Amazon EventBridge")."""

import base64
import http.client
import ipaddress
import json
import ssl
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from moto.events.models import events_backends

from rekognition_cloud.event_bus.delivery import Delivery, Undelivered

TIMEOUT_SECONDS = 5
"""A destination that answers later has not answered."""

_RATE = 300
"""Invocations a second of a destination that says nothing of it."""

_AGAIN = frozenset({401, 407, 409, 429})
"""HTTP's statuses, besides the server's own faults, after which an event is tried again."""

_SUCCESS, _SERVER_FAULT = range(200, 300), range(500, 600)
_PREFIX = "Unable to invoke ApiDestination endpoint: "


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request, and how many such a second its destination takes."""

    destination: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    rate: float


def is_api_destination(arn: str) -> bool:
    return arn.split(":")[2] == "events" and ":api-destination/" in arn


def request_for(delivery: Delivery) -> Request:
    """The request that brings this event to its destination. Raises Undelivered where that is gone."""
    backend = events_backends[delivery.account][delivery.region]
    destination = next((one for one in list(backend.destinations.values()) if one.arn == delivery.arn), None)
    if destination is None:
        raise Undelivered("NO_RESOURCE", f"{delivery.arn} does not exist", again=False)
    connection = next(
        (one for one in list(backend.connections.values()) if one.arn == destination.connection_arn), None
    )
    if connection is None or connection.state != "AUTHORIZED":
        raise Undelivered("NO_RESOURCE", f"{destination.connection_arn} is gone or not authorised", again=False)
    given = connection.auth_parameters
    extra = given.get("InvocationHttpParameters") or {}
    asked = delivery.target.get("HttpParameters") or {}
    # What the connection says goes before what the target says.
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        **asked.get("HeaderParameters", {}),
        **_named(extra.get("HeaderParameters", ())),
        **_authorisation(given),
        "User-Agent": "Amazon/EventBridge/ApiDestinations",
        "Range": "bytes=0-1048575",
        "Accept-Encoding": "gzip,deflate",
        "Connection": "close",
    }
    query = {**asked.get("QueryStringParameters", {}), **_named(extra.get("QueryStringParameters", ()))}
    return Request(
        destination.arn,
        destination.http_method,
        _address(destination.invocation_endpoint, asked.get("PathParameterValues", ()), query),
        headers,
        _with_parameters(delivery.text, _named(extra.get("BodyParameters", ()))),
        float(destination.invocation_rate_limit_per_second or _RATE),
    )


def invoke(request: Request) -> None:
    """Sends the request. Raises Undelivered for every answer but success, and for none."""
    place = urlsplit(request.url)
    if not _is_loopback(place.hostname or ""):
        raise Undelivered(
            "SDK_CLIENT_ERROR",
            f"{_PREFIX}API destination endpoint cannot be reached. The embedded cloud calls loopback addresses only.",
            again=True,
        )
    target = f"{place.path or '/'}?{place.query}" if place.query else place.path or "/"
    try:
        with closing(_connection(place.scheme, place.hostname or "", place.port)) as connection:
            connection.request(request.method, target, request.body, dict(request.headers))
            answer = connection.getresponse()
            said = answer.read(1024).decode(errors="replace")
    except TimeoutError as late:
        raise Undelivered(
            "UNKNOWN", f"{_PREFIX}Timeout calling endpoint for API Destination: socket closed.", again=True
        ) from late
    except (OSError, http.client.HTTPException) as broken:
        raise Undelivered(
            "SDK_CLIENT_ERROR", f"{_PREFIX}API destination endpoint cannot be reached.", again=True
        ) from broken
    if answer.status in _SUCCESS:
        return
    after = _retry_after(answer.getheader("Retry-After"))
    raise Undelivered(
        "SDK_CLIENT_ERROR",
        f"{_PREFIX}API destination returned HTTP status {answer.status} with payload: {said}",
        again=(answer.status in _AGAIN or answer.status in _SERVER_FAULT) and after >= 0,
        after=max(after, 0.0),
    )


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    # Nobody vouches for a certificate of the loopback address, and nothing else is called.
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=trusting)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _authorisation(parameters: Mapping[str, Any]) -> dict[str, str]:
    """The header by which the connection authorises itself. OAuth has none here: no token is ever fetched."""
    if basic := parameters.get("BasicAuthParameters"):
        pair = f"{basic['Username']}:{basic['Password']}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    if key := parameters.get("ApiKeyAuthParameters"):
        return {key["ApiKeyName"]: key["ApiKeyValue"]}
    raise Undelivered("INTERNAL_ERROR", "the embedded cloud knows API keys and passwords, and no OAuth", again=False)


def _named(parameters: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {one["Key"]: one.get("Value", "") for one in parameters or ()}


def _address(endpoint: str, values: Iterable[str], query: Mapping[str, str]) -> str:
    place = urlsplit(endpoint)
    path = place.path
    for value in values:
        path = path.replace("*", value, 1)
    return place._replace(path=path, query=urlencode({**dict(parse_qsl(place.query)), **query})).geturl()


def _with_parameters(text: str, parameters: Mapping[str, str]) -> bytes:
    if not parameters:
        return text.encode()
    return json.dumps({**json.loads(text), **parameters}, ensure_ascii=False).encode()


def _retry_after(header: str | None) -> float:
    """Seconds; 0 where it is missing, or a date."""
    try:
        return float(header or 0)
    except ValueError:
        return 0.0
