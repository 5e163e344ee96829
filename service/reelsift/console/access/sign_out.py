"""Ends somebody's session at the load balancer, and by way of the page the one that they have at the provider."""

from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse, Response

from reelsift.console.call import Call
from reelsift.console.refusals import Refused
from reelsift.console.reviewing import bodies
from reelsift.console.reviewing.desk import Desk

_COOKIE = "AWSELBAuthSessionCookie"
_COOKIES = 4
"""A session that is too long for one cookie stands in several (AWS's guide to application load balancers)."""

_START = "/"


async def sign_out(call: Call) -> Response:
    """Give back all that they have, and tell the browser that its session is over, and where its page has to go: to the
    provider, or to the console, where the load balancer has them log in. Raises Refused where nobody logs in.
    """
    await call.body(bodies.Nothing)
    if not call.resources.gate.has_sessions:
        raise Refused(HTTPStatus.NOT_FOUND, "not_found", "nobody signs in to this console, so nobody signs out")
    await Desk(call.resources, call.viewer).take_break()
    answer = JSONResponse(_members(call))
    for number in range(_COOKIES):
        # What the balancer has set goes if it is set anew, as it was, and has ended.
        answer.set_cookie(f"{_COOKIE}-{number}", "", max_age=-1, expires=0, path="/", secure=True, httponly=True)
    return answer


def _members(call: Call) -> dict[str, Any]:
    return {"then": call.deployment.settings.console_sign_out_url or _START}
