"""Lets requests in, or not, before anything else looks at them."""

from http import HTTPStatus

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from reelsift.console.access.gate import Forbidden, Gate

HEALTH = "/healthz"
"""Asked by the load balancer, which knows no name of the console."""


class Admission:
    """Refuses what its gate does not admit: pages and files too, not only data."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] != HEALTH:
            try:
                self._gate.admit(HTTPConnection(scope))
            except Forbidden as refusal:
                body = {"error": "forbidden", "message": str(refusal)}
                await JSONResponse(body, status_code=HTTPStatus.FORBIDDEN)(scope, receive, send)
                return
        await self._app(scope, receive, send)
