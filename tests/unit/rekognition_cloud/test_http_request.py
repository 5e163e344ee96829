import io
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekognition_cloud.http_request import BadRequestError, read_body, read_head

_KEYS = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}", fullmatch=True)
_VALUES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f"), min_size=1)


def requests(sent: bytes) -> list[bytes]:
    """The bodies of all that came over a connection."""
    reader = io.BytesIO(sent)
    bodies: list[bytes] = []
    while (head := read_head(reader)) is not None:
        bodies.append(read_body(reader, head))
    return bodies


def chunked(body: bytes, cuts: list[int]) -> Iterator[bytes]:
    ends = sorted({cut % (len(body) + 1) for cut in cuts} | {len(body)})
    start = 0
    for end in ends:
        if end > start:
            yield b"%x\r\n%s\r\n" % (end - start, body[start:end])
        start = end
    yield b"0\r\n"


@given(st.binary(max_size=500), st.lists(st.integers(0, 500)), st.booleans())
def test_a_body_is_the_same_in_one_piece_and_in_chunks(body: bytes, cuts: list[int], trailer: bool) -> None:  # noqa: FBT001
    whole = io.BytesIO(b"PUT /a HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    trailers = b"x-amz-checksum-crc32: AAAAAA==\r\n" if trailer else b""
    pieces = b"PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n%s%s\r\n" % (
        b"".join(chunked(body, cuts)),
        trailers,
    )
    for sent in (whole, io.BytesIO(pieces)):
        head = read_head(sent)
        assert head is not None
        assert read_body(sent, head) == body
        # The next request begins right after it.
        assert sent.read() == b""


@given(st.dictionaries(_KEYS.map(str.lower), _VALUES, max_size=8))
def test_each_header_is_found_under_its_name_in_capitals(headers: dict[str, str]) -> None:
    lines = "".join(f"{name}:  {value} \r\n" for name, value in headers.items())
    head = read_head(io.BytesIO(f"GET / HTTP/1.1\r\n{lines}\r\n".encode("latin-1")))
    assert head is not None
    plain = {"content-type", "content-length"}
    expected = {
        ("" if name in plain else "HTTP_") + name.upper().replace("-", "_"): value for name, value in headers.items()
    }
    assert head.headers == expected


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/", "/", ""),
        ("/b%C3%BC/a+b%2Fc?x=1&y=%20", "/bÃ¼/a+b/c", "x=1&y=%20"),
        ("//bucket//key", "/bucket//key", ""),
        ("http://127.0.0.1:1/a?b", "/a", "b"),
        ("https://elsewhere", "/", ""),
    ],
)
def test_the_path_is_decoded_and_the_target_is_kept_as_it_was_sent(target: str, path: str, query: str) -> None:
    head = read_head(io.BytesIO(f"GET {target} HTTP/1.1\r\n\r\n".encode()))
    assert head is not None
    environ = head.environ(b"body")
    assert (environ["PATH_INFO"], environ["QUERY_STRING"], environ["REQUEST_URI"]) == (path, query, target)
    assert (environ["CONTENT_LENGTH"], environ["wsgi.input"].read()) == ("4", b"body")


def test_a_header_that_came_twice_has_both_values_and_one_that_reads_as_another_is_left_out() -> None:
    head = read_head(io.BytesIO(b"GET / HTTP/1.1\r\nA-B: 1\r\na-b: 2\r\nA_B: 3\r\n\r\n"))
    assert head is not None
    assert head.headers == {"HTTP_A_B": "1, 2"}


@pytest.mark.parametrize(
    ("version", "connection", "closes"),
    [("1.1", "", False), ("1.1", "Connection: Close\r\n", True), ("1.0", "", True)],
)
def test_a_connection_goes_on_unless_the_client_says_otherwise(version: str, connection: str, closes: bool) -> None:  # noqa: FBT001
    head = read_head(io.BytesIO(f"GET / HTTP/{version}\r\n{connection}\r\n".encode()))
    assert head is not None
    assert head.closes is closes


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /\r\n\r\n",
        b"G(T / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\n folded: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1073741825\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nfour",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n40000001\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: " + b"b" * 70_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\na: b\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"a%d: %s\r\n" % (n, b"b" * 1000) for n in range(300)) + b"\r\n",
    ],
)
def test_what_is_no_request_is_refused_with_a_reason(sent: bytes) -> None:
    with pytest.raises(BadRequestError, match=r"\w") as refused:
        requests(sent)
    assert refused.value.status[0] in "45"


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused(sent: bytes) -> None:
    with suppress(BadRequestError):
        requests(sent)
