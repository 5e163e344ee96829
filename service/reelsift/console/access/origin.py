"""Where requests may come from: the console's own pages."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from reelsift.console.access.gate import Forbidden

_OWN_PAGES = frozenset({"same-origin", "none"})
"""`Sec-Fetch-Site` of what the console's own pages ask for, and of what somebody types into the address bar."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The console's own address, such as `http://127.0.0.1:4711`."""

    scheme: str
    host: str
    """With the port, unless it is the scheme's own."""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}"

    def require(self, connection: HTTPConnection) -> None:
        """Raises Forbidden where a request was sent to another name, or by a page from elsewhere.

        The first is how DNS rebinding reaches a server on this machine, the second how other sites would use it.
        """
        headers = connection.headers
        if headers.getlist("host") != [self.host]:
            raise Forbidden(f"this console is at {self} and answers to no other name")
        if any(origin != str(self) for origin in headers.getlist("origin")):
            raise Forbidden("pages from elsewhere may not use this console")
        site = headers.get("sec-fetch-site")
        if site is not None and site not in _OWN_PAGES and connection.url.path.startswith("/api/"):
            raise Forbidden("pages from elsewhere may not use this console")
