"""What browsers are told to refuse: everything that the console's own pages do not need."""

from collections.abc import Iterable
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reelsift.console.pages import STATIC_PATH, static_url


def content_security_policy(media: Iterable[str]) -> str:
    """The policy of every page. `media` are the sources of videos, as `aws.media_links` has them.

    No script and no style but the console's own files; nothing is loaded from elsewhere but videos from their buckets,
    and no page is framed. `require-trusted-types-for` has the browser refuse to make HTML of text at all.
    """
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            f"media-src {' '.join(sorted(media)) or chr(39) + 'none' + chr(39)}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


class SecurityHeaders:
    """Adds them to every answer."""

    def __init__(self, app: ASGIApp, policy: str, *, https: bool) -> None:
        """`https` is whether the console is reached by HTTPS alone."""
        self._app = app
        self._headers = {
            "Content-Security-Policy": policy,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=()",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }
        if https:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                # Also what is not there, or does not open, may be there soon.
                found = message["status"] in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}
                headers["Cache-Control"] = _kept(path) if found else "no-store"
            await send(message)

        await self._app(scope, receive, with_headers)


def _kept(path: str) -> str:
    """How long a browser may keep what it is answered. Whatever shows people's videos is kept nowhere."""
    if path.startswith(static_url() + "/"):
        return "public, max-age=31536000, immutable"
    return "no-cache" if path.startswith(STATIC_PATH) else "no-store"
