"""Requests of HTTP/1.1 as they come over a connection, and the environment that WSGI has for them."""

import io
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol
from urllib.parse import unquote_to_bytes

from rekognition_cloud.wsgi import Environ

_LARGEST_LINE = 64 * 1024
_LARGEST_HEAD = 256 * 1024
_LARGEST_BODY = 1 << 30
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
_VERSIONS = (b"HTTP/1.1", b"HTTP/1.0")


class BadRequestError(Exception):
    """What came is no request that can be read. Nothing that follows on its connection can be, either."""

    def __init__(self, status: str, message: str) -> None:
        """`status` is that of the answer, such as `400 Bad Request`."""
        super().__init__(message)
        self.status = status


class Reader(Protocol):
    """The bytes of a connection, as a file has them."""

    def readline(self, size: int = ..., /) -> bytes: ...

    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Head:
    """Request line and headers: a request without its body. Header values by their names in WSGI's environment."""

    method: str
    target: str
    version: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def expects_continue(self) -> bool:
        """Whether the client sends the body once it has read "100 Continue"."""
        return self.headers.get("HTTP_EXPECT", "").lower() == "100-continue"

    @property
    def closes(self) -> bool:
        """Whether no request follows on the connection."""
        return self.version == "HTTP/1.0" or self.headers.get("HTTP_CONNECTION", "").lower() == "close"

    def environ(self, body: bytes) -> Environ:
        """What is WSGI's, but for what only the server knows."""
        path, _, query = _origin_form(self.target).partition("?")
        return {
            **self.headers,
            "CONTENT_LENGTH": str(len(body)),
            "PATH_INFO": "/" + unquote_to_bytes(path).decode("latin-1").lstrip("/"),
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.method,
            "REQUEST_URI": self.target,
            "SCRIPT_NAME": "",
            "SERVER_PROTOCOL": self.version,
            "wsgi.input": io.BytesIO(body),
            "wsgi.input_terminated": True,
        }


def read_head(reader: Reader) -> Head | None:
    """The next request's; None where the connection has ended. Raises BadRequestError."""
    line = _line(reader)
    while line == b"":
        # Some clients send an empty line after a body.
        line = _line(reader)
    if line is None:
        return None
    words = line.split(b" ")
    if len(words) != 3 or not _TOKEN.fullmatch(words[0]) or words[2] not in _VERSIONS:  # noqa: PLR2004  # by definition
        raise BadRequestError("400 Bad Request", "the first line is no request line of HTTP/1.1")
    return Head(words[0].decode(), words[1].decode("latin-1"), words[2].decode(), _headers(reader))


def read_body(reader: Reader, head: Head) -> bytes:
    """The body that belongs to a head. Raises BadRequestError, also where the connection ends before the body does."""
    coding = head.headers.pop("HTTP_TRANSFER_ENCODING", "").lower()
    if coding:
        if coding != "chunked":
            raise BadRequestError("501 Not Implemented", f"no transfer coding but chunked is known: {coding}")
        return _chunks(reader)
    length = head.headers.get("CONTENT_LENGTH", "") or "0"
    if not (length.isascii() and length.isdigit()):
        raise BadRequestError("400 Bad Request", "the Content-Length is no number")
    return _exactly(reader, int(length))


def _headers(reader: Reader) -> dict[str, str]:
    headers: dict[str, str] = {}
    room = _LARGEST_HEAD
    while line := _line(reader):
        room -= len(line)
        if room < 0:
            raise BadRequestError("431 Request Header Fields Too Large", "the headers are too large")
        name, colon, value = line.partition(b":")
        if not colon:
            raise BadRequestError("400 Bad Request", "a header has no colon")
        key = _key(name)
        if key is not None:
            text = value.strip(b" \t").decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
    if line is None:
        raise BadRequestError("400 Bad Request", "the connection ended before the headers did")
    return headers


@lru_cache(1024)
def _key(name: bytes) -> str | None:
    """A header's key in WSGI's environment. None for a name with `_`, which would read there as another's."""
    if not _TOKEN.fullmatch(name):
        raise BadRequestError("400 Bad Request", "the name of a header is none")
    if b"_" in name:
        return None
    key = name.decode().upper().replace("-", "_")
    return key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"


def _line(reader: Reader) -> bytes | None:
    """A line without its end; None at the end of the connection."""
    line = reader.readline(_LARGEST_LINE + 1)
    if len(line) > _LARGEST_LINE:
        raise BadRequestError("431 Request Header Fields Too Large", "a line is too long")
    if not line.endswith(b"\n"):
        return None
    return line[:-1].removesuffix(b"\r")


def _chunks(reader: Reader) -> bytes:
    found: list[bytes] = []
    size = 0
    while True:
        digits = (_line(reader) or b"").partition(b";")[0].strip()
        if not _CHUNK_SIZE.fullmatch(digits):
            raise BadRequestError("400 Bad Request", "the size of a chunk is no number")
        length = int(digits, 16)
        if length == 0:
            break
        size += length
        found.append(_exactly(reader, length, of=size))
        if _line(reader) != b"":
            raise BadRequestError("400 Bad Request", "a chunk is not as long as it says")
    _headers(reader)
    return b"".join(found)


def _exactly(reader: Reader, length: int, *, of: int = 0) -> bytes:
    if max(length, of) > _LARGEST_BODY:
        raise BadRequestError("413 Content Too Large", "the body is larger than 1 GiB")
    body = reader.read(length) if length else b""
    if len(body) < length:
        raise BadRequestError("400 Bad Request", "the connection ended before the body did")
    return body


def _origin_form(target: str) -> str:
    """The target as a path and its query: a client that takes this for a proxy names the whole URL."""
    if target.startswith("/"):
        return target
    scheme, found, rest = target.partition("://")
    if found and scheme in {"http", "https"}:
        host, _, path = rest.partition("/")
        return f"/{path}" if host else target
    return target
