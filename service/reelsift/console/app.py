"""The console's routes, and what stands before them."""

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from reelsift.console.access.sign_out import sign_out
from reelsift.console.admission import HEALTH, Admission
from reelsift.console.call import Call
from reelsift.console.endpoint import for_everybody
from reelsift.console.last_resort import LastResort
from reelsift.console.leading import routes as leading
from reelsift.console.pages import page, static_files
from reelsift.console.rate_limit import RateLimit
from reelsift.console.refusals import Refused
from reelsift.console.resources import Resources
from reelsift.console.reviewing import routes as reviewing
from reelsift.console.security_headers import SecurityHeaders, content_security_policy
from reelsift.runtime.faults import Faults

PAGES: list[BaseRoute] = [
    page("/", "review.html"),
    page("/decisions", "decisions.html"),
    page("/preferences", "preferences.html"),
    # Which page of leads it is, the address says.
    page("/lead", "lead.html"),
    page("/lead/{page:path}", "lead.html"),
]
"""What people open."""

DATA: list[BaseRoute] = [for_everybody("/sign-out", sign_out, methods=("POST",)), *reviewing.ROUTES, *leading.ROUTES]
"""What pages ask for."""


def console_app(resources: Resources, *, media: list[str], https: bool) -> Starlette:
    """The console as an ASGI application. `media` are the sources that videos are shown from; `https` is whether it is
    reached by HTTPS alone.
    """
    app = Starlette(
        routes=[
            Route(HEALTH, _healthy),
            static_files(),
            *PAGES,
            *DATA,
            for_everybody("/{nothing:path}", _nothing, methods=("GET", "POST", "PUT", "DELETE")),
        ],
        middleware=[
            Middleware(SecurityHeaders, policy=content_security_policy(media), https=https),
            Middleware(LastResort, faults=Faults(resources.deployment.metrics)),
            Middleware(Admission, gate=resources.gate),
        ],
    )
    app.state.resources = resources
    app.state.rate_limit = RateLimit()
    return app


async def _nothing(_call: Call) -> None:
    """Of what is not there people are told who may use the console, and nobody else."""
    raise Refused(HTTPStatus.NOT_FOUND, "not_found", "there is nothing here: the page may be of another version")


async def _healthy(_request: Request) -> Response:
    return PlainTextResponse("ok")
