"""On this machine: whoever has the token is whoever has started the console, with their AWS credentials."""

import secrets

from starlette.requests import HTTPConnection

from reelsift.aws.deployment import Deployment
from reelsift.console.access.gate import Unauthorised
from reelsift.console.access.origin import Origin
from reelsift.console.viewer import EVERYBODY, Viewer
from reelsift.reviews.reviewer import Reviewer, reviewer

_TOKEN_BYTES = 32


class LoopbackGate:
    """Admits requests to exactly its own host, and by the token that stands in the address it was opened with.

    The token is sent in a header: a cookie would be sent to whatever else listens on this machine, since cookies do not
    know ports. What its holder may do is what their AWS credentials may do, so they have every role here.
    """

    kind = "loopback"
    has_sessions = False

    def __init__(self, deployment: Deployment, origin: Origin, named: str | None = None) -> None:
        """`named` is who uses it, where somebody else's credentials are used."""
        self._deployment = deployment
        self._origin = origin
        self._named = named
        self._token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._who: Reviewer | None = None

    @property
    def address(self) -> str:
        """Where it is opened. The token is in the fragment, which browsers send to no server."""
        return f"{self._origin}/#token={self._token}"

    def admit(self, connection: HTTPConnection) -> None:
        self._origin.require(connection)

    async def viewer(self, connection: HTTPConnection) -> Viewer:
        sent = connection.headers.get("authorization", "").encode()
        if not secrets.compare_digest(sent, f"Bearer {self._token}".encode()):
            raise Unauthorised(
                "this page has no token, or that of a console that has ended: open the address that `reelsift console`"
                " has printed"
            )
        if self._who is None:
            self._who = await reviewer(self._deployment.people, self._deployment.caller, self._named)
        return Viewer(self._who, EVERYBODY, self._named)
