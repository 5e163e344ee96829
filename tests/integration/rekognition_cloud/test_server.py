"""The server by itself, asked over sockets."""

import logging
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from integration.rekognition_cloud.polling import until
from rekognition_cloud.connection import DISCONNECTED, ClientGoneError
from rekognition_cloud.server import Server
from rekognition_cloud.wsgi import Application, Environ, StartResponse
from support.patience import PATIENCE_S


@contextmanager
def served(application: Application) -> Iterator[Server]:
    server = Server(application, "127.0.0.1", 0)
    server.start()
    try:
        yield server
    finally:
        server.stop(PATIENCE_S)


@contextmanager
def client(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE_S) as connected:
        yield connected


def told(connected: socket.socket, *ends: bytes) -> bytes:
    """What the server sends until it ends so, or ends the connection."""
    answer = b""
    while not (ends and answer.endswith(ends)):
        piece = connected.recv(65536)
        if not piece:
            break
        answer += piece
    return answer


def echo(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Method, path and body."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} ".encode(), body, b"."]


def test_requests_on_one_connection_are_answered_in_their_order_also_when_sent_together() -> None:
    with served(echo) as server, client(server) as connected:
        connected.sendall(b"GET /1 HTTP/1.1\r\n\r\nPUT /2 HTTP/1.1\r\nContent-Length: 2\r\n\r\nab")
        answers = told(connected, b"PUT /2 ab.")
        assert answers.index(b"GET /1 .") < answers.index(b"PUT /2 ab.")
        assert answers.count(b"HTTP/1.1 200 OK\r\n") == 2
        assert b"Content-Length: 8\r\n" in answers
        connected.sendall(b"GET /3 HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert b"\r\nConnection: close\r\n" in told(connected)


def test_a_client_that_waits_for_leave_to_send_a_body_gets_it_first() -> None:
    with served(echo) as server, client(server) as connected:
        connected.sendall(b"PUT /1 HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert told(connected, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        connected.sendall(b"ab")
        assert told(connected, b"PUT /1 ab.").startswith(b"HTTP/1.1 200 OK\r\n")


def test_the_answer_to_head_has_the_length_of_a_body_and_none() -> None:
    def lengthy(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "1234")])
        return []

    with served(lengthy) as server, client(server) as connected:
        connected.sendall(b"HEAD / HTTP/1.1\r\n\r\n")
        assert b"\r\nContent-Length: 1234\r\n" in told(connected, b"\r\n\r\n")


def test_an_answer_that_has_no_body_says_no_length() -> None:
    def nothing(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("204 No Content", [("Content-Length", "0")])
        return [b"not sent"]

    with served(nothing) as server, client(server) as connected:
        connected.sendall(b"DELETE / HTTP/1.1\r\nConnection: close\r\n\r\n")
        answer = told(connected)
    assert answer.endswith(b"\r\n\r\n")
    assert b"Content-Length" not in answer


def test_what_is_no_request_is_answered_with_the_reason_and_ends_its_connection_alone() -> None:
    with served(echo) as server, client(server) as good, client(server) as bad:
        bad.sendall(b"HELO\r\n\r\n")
        answer = told(bad)
        assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert answer.endswith(b"no request line of HTTP/1.1")
        good.sendall(b"GET /1 HTTP/1.1\r\n\r\n")
        assert told(good, b"GET /1 .")


@pytest.mark.parametrize("error", [ClientGoneError, ValueError("an application's own")])
def test_an_application_that_raises_ends_the_connection_without_an_answer(
    error: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def raising(_environ: Environ, _start_response: StartResponse) -> Iterable[bytes]:
        raise error

    with caplog.at_level(logging.ERROR), served(raising) as server, client(server) as connected:
        connected.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert told(connected) == b""
    assert len(caplog.records) == (error is not ClientGoneError)


def test_who_answers_can_tell_that_the_client_has_gone() -> None:
    begun, ended = threading.Event(), threading.Event()

    def waiting(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        assert not environ[DISCONNECTED]()
        begun.set()
        until(environ[DISCONNECTED])
        ended.set()
        return echo(environ, start_response)

    with served(waiting) as server:
        with client(server) as connected:
            connected.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert begun.wait(PATIENCE_S)
        assert ended.wait(PATIENCE_S)


def test_the_end_of_the_server_is_the_end_of_every_connection() -> None:
    begun = threading.Event()

    def waiting(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        begun.set()
        until(environ[DISCONNECTED])
        return echo(environ, start_response)

    with served(waiting) as server, client(server) as idle, client(server) as busy:
        busy.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert begun.wait(PATIENCE_S)
        server.stop(PATIENCE_S)
        assert told(idle) == told(busy) == b""
        with pytest.raises(OSError, match="refused"), client(server):
            pass
