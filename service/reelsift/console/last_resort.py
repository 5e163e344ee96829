"""What nobody foresaw outside of endpoints: in a page, or in a file that is under way."""

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reelsift.console.refusals import refusal_of
from reelsift.runtime.faults import Faults

_PLACE = "outside of endpoints"


class LastResort:
    """Answers, counts and logs it as endpoints do. The server would log it in words of its own, with the texts of
    errors. An answer that has begun is cut off: whoever saves a file sees that it is not whole.
    """

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 -- the last resort
            refusal = refusal_of(error, _PLACE, self._faults)
            if not begun:
                answer = JSONResponse(refusal.body, status_code=refusal.status, headers=dict(refusal.headers))
                await answer(scope, receive, send)
