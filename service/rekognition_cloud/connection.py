"""One client's connection, on which it sends requests one after the other."""

import logging
import socket
import sys
import time
from contextlib import suppress
from email.utils import formatdate
from functools import lru_cache
from typing import Any

from rekognition_cloud.http_request import BadRequestError, Head, read_body, read_head
from rekognition_cloud.wsgi import Application, Environ

DISCONNECTED = "rekognition_cloud.disconnected"
"""In the environment of a request: a function that says whether its client has gone."""

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_WITHOUT_BODY = ("1", "204", "304")
_READ_AHEAD = 64 * 1024

_log = logging.getLogger(__name__)


class ClientGoneError(Exception):
    """An application raises it where there is nobody to answer: the connection is closed, as if the network failed."""


class Connection:
    """Reads requests, has them answered, and writes the answers, until one side ends it."""

    def __init__(self, client: socket.socket, application: Application, host: str, port: int) -> None:
        """`host` and `port` are the server's own."""
        self._socket = client
        self._reader = client.makefile("rb", _READ_AHEAD)
        self._application = application
        self._server = {
            "REMOTE_ADDR": host,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "wsgi.errors": sys.stderr,
            "wsgi.multiprocess": False,
            "wsgi.multithread": True,
            "wsgi.run_once": False,
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            DISCONNECTED: self._disconnected,
        }

    def serve(self) -> None:
        """Returns once the connection is closed."""
        try:
            with self._socket, self._reader:
                while self._served_one():
                    pass
        except (OSError, ClientGoneError):
            return
        except Exception:  # noqa: BLE001  # applications raise anything; the other connections go on
            _log.exception("a request could not be answered")

    def end(self) -> None:
        """From another thread: nothing more is read or written, and whoever answers a request sees the client gone."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _served_one(self) -> bool:
        """Whether another request may follow."""
        try:
            head = read_head(self._reader)
            if head is None:
                return False
            # botocore sends this with every PutObject, also of an empty one, and reads the line before the answer.
            if head.expects_continue:
                self._socket.sendall(_CONTINUE)
            body = read_body(self._reader, head)
        except BadRequestError as bad:
            self._socket.sendall(f"HTTP/1.1 {bad.status}\r\nConnection: close\r\n\r\n{bad}".encode())
            return False
        self._answer(head, {**head.environ(body), **self._server})
        return not head.closes

    def _answer(self, head: Head, environ: Environ) -> None:
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
            begun.append((status, headers))

        pieces = self._application(environ, start_response)
        try:
            body = b"".join(pieces)
        finally:
            if hasattr(pieces, "close"):
                pieces.close()
        self._socket.sendall(_written(head, *begun[-1], body))

    def _disconnected(self) -> bool:
        try:
            return self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True


def _written(head: Head, status: str, headers: list[tuple[str, str]], body: bytes) -> bytes:
    """An answer as it is sent. Its length is that of its body, but for HEAD, which has the length of what GET gives."""
    is_head = head.method == "HEAD"
    empty = status.startswith(_WITHOUT_BODY)
    lines = [f"HTTP/1.1 {status}"]
    names = set()
    for name, value in headers:
        key = name.lower()
        names.add(key)
        if key != "content-length" or is_head:
            lines.append(f"{name}: {value}")
    if not empty and not (is_head and "content-length" in names):
        lines.append(f"Content-Length: {len(body)}")
    if "date" not in names:
        lines.append(f"Date: {_date(int(time.time()))}")
    if head.closes:
        lines.append("Connection: close")
    lines.append("\r\n")
    return "\r\n".join(lines).encode("latin-1") + (b"" if is_head or empty else body)


@lru_cache(1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
