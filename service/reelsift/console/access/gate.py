"""What stands before the console: it says who is admitted."""

from typing import Protocol

from starlette.requests import HTTPConnection

from reelsift.console.viewer import Viewer


class Unauthorised(Exception):
    """Nobody is known to have sent this request; the message says why, for whoever has."""


class Forbidden(Exception):
    """The request is refused whoever sends it; the message says why."""


class Gate(Protocol):
    """Admits requests, and knows who sends them."""

    @property
    def kind(self) -> str:
        """`loopback` or `balancer`: pages are told how they are to prove who uses them."""
        ...

    @property
    def has_sessions(self) -> bool:
        """Whether people sign in, and so can sign out."""
        ...

    def admit(self, connection: HTTPConnection) -> None:
        """Whether a request may come in at all, for whatever it asks. Raises Forbidden."""
        ...

    async def viewer(self, connection: HTTPConnection) -> Viewer:
        """Who has sent it. Raises Unauthorised, and Forbidden for somebody who may not use the console."""
        ...
