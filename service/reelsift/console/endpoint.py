"""An endpoint: who may use it, what it answers, and what it says where it cannot."""

from collections.abc import Awaitable, Callable, Collection
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reelsift.console.access.gate import Forbidden
from reelsift.console.call import Call
from reelsift.console.refusals import refusal_of
from reelsift.console.viewer import EVERYBODY, Role
from reelsift.runtime.faults import Faults

if TYPE_CHECKING:
    from reelsift.console.rate_limit import RateLimit
    from reelsift.console.resources import Resources

OWN_HEADER = "x-reelsift-console"
"""The console's pages send it with every request. Pages from elsewhere cannot without being asked about it first
(CORS), and nobody answers them: so a request that has it was not forged.
"""

Handler = Callable[[Call], Awaitable[Any]]
"""Does what is asked. Gives what is answered: members of a JSON object, a Response, or None where there is nothing to
say.
"""


def endpoint(path: str, handler: Handler, *, methods: Collection[str] = ("GET",), roles: Collection[Role]) -> Route:
    """A route below `/api` for whoever has one of `roles`."""
    needed = frozenset(roles)

    async def answer(request: Request) -> Response:
        resources: Resources = request.app.state.resources
        limit: RateLimit = request.app.state.rate_limit
        try:
            if request.headers.get(OWN_HEADER) is None:
                raise Forbidden(f"requests for data have the header {OWN_HEADER}")  # noqa: TRY301 -- answered below
            viewer = await resources.gate.viewer(request)
            refusal = await limit.exceeded(viewer.principal)
            if refusal is None:
                if not viewer.has(*needed):
                    raise Forbidden(_missing(needed))  # noqa: TRY301 -- the same
                return _response(await handler(Call(resources, viewer, request)))
        except ClientDisconnect:
            # A page that was closed while it asked: there is nobody to be told.
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        except Exception as error:  # noqa: BLE001 -- the last resort: each becomes an answer
            refusal = refusal_of(error, path, Faults(resources.deployment.metrics))
        return JSONResponse(refusal.body, status_code=refusal.status, headers=dict(refusal.headers))

    return Route(f"/api{path}", answer, methods=list(methods), name=f"{'|'.join(methods)} {path}")


def for_everybody(path: str, handler: Handler, *, methods: Collection[str] = ("GET",)) -> Route:
    """The same for whoever may use the console at all."""
    return endpoint(path, handler, methods=methods, roles=EVERYBODY)


def _response(answer: Any) -> Response:
    if isinstance(answer, Response):
        return answer
    return Response(status_code=204) if answer is None else JSONResponse(answer)


def _missing(needed: frozenset[Role]) -> str:
    return f"this is for whoever has the role {' or '.join(sorted(needed))}"
