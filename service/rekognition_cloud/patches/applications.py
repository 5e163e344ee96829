"""What stands between a request and the method that answers it."""

from collections.abc import Iterable
from functools import cache, lru_cache
from http import HTTPMethod
from typing import Any

from botocore.exceptions import ClientError
from flask import Response
from moto.core import responses
from moto.moto_server.werkzeug_app import BackendRequest, DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import HTTPException

from rekognition_cloud.wsgi import Environ, StartResponse

_WITH_PAGES = frozenset({"instance_metadata", "moto_api"})
"""moto's own, whose pages need Flask."""

_OPERATION_NAMES = 4096


def patch_applications() -> None:
    """Fault: moto sends each request through an application of Flask: contexts, sessions and signals that no service
    uses take a third of the time of a request.
    """
    callbacks: dict[tuple[str, str], Any] = {}

    def answered(self: Any, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        application = self.get_application(environ)
        if application.service in _WITH_PAGES:
            return application(environ, start_response)  # type: ignore[no-any-return]  # moto publishes no types
        # Paths of most services are all the same. Those of S3, which name objects, are not worth remembering.
        place = (application.service, environ["REQUEST_METHOD"])
        try:
            if environ["PATH_INFO"] != "/":
                callback = _callback(application, environ)
            elif (callback := callbacks.get(place)) is None:
                callback = callbacks[place] = _callback(application, environ)
            answer: Any = _answer(callback, BackendRequest(environ))
        except HTTPException as error:
            answer = error.get_response(dict(environ))
        given: Iterable[bytes] = answer(environ, start_response)
        return given

    DomainDispatcherApplication.__call__ = answered


@cache
def application_of(service: str) -> Any:
    """What moto serves a service with, made once a process: it has routes, and no state."""
    return create_backend_app(service)


def patch_operation_names() -> None:
    """Fault: for every request moto spells the name of its operation anew, letter by letter."""
    responses.camelcase_to_underscores = lru_cache(_OPERATION_NAMES)(responses.camelcase_to_underscores)


def _callback(application: Any, environ: Environ) -> Any:
    """The function that answers requests with this method and path. Raises HTTPException where there is none."""
    rules = application.url_map.bind_to_environ(environ, subdomain="")
    endpoint, _ = rules.match()
    return application.view_functions[endpoint].callback


def _answer(callback: Any, request: Any) -> Response:
    """As `moto.core.utils.convert_to_flask_response` does it."""
    try:
        result = callback(request, request.raw_url, dict(request.headers))
    except ClientError as error:
        result = 400, {}, error.response["Error"]["Message"]
    status, headers, content = result if len(result) == 3 else (200, {}, result)  # noqa: PLR2004  # moto's own form
    response = Response(response=content, status=status, headers=headers)
    if request.method == HTTPMethod.HEAD and "content-length" in headers:
        response.headers["Content-Length"] = headers["content-length"]
    return response
