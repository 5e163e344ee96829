"""Serves a WSGI application over HTTP/1.1 on a loopback address."""

import select
import socket
import threading
import time
from contextlib import suppress

from rekognition_cloud.connection import Connection
from rekognition_cloud.wsgi import Application

_WAITING = 2048
"""Connections that the system keeps until they are accepted."""

_MOST_CONNECTIONS = 2000
"""Further ones wait until another ends."""

_LOOK_SECONDS = 1.0


class Server:
    """A thread for each connection: it waits there for the next request, and answers it itself.

    Every long poll and every held request keeps a thread busy anyway, and a request that no thread hands on to another
    takes half of the time.
    """

    def __init__(self, application: Application, host: str, port: int) -> None:
        """Begins to listen; 0 takes a free port. Raises OSError where the port is taken."""
        self._application = application
        self._listening = socket.create_server((host, port), backlog=_WAITING)
        self._host = host
        self.port: int = self._listening.getsockname()[1]
        # Written to once, to wake the thread that accepts.
        self._bell, self._ring = socket.socketpair()
        self._room = threading.Semaphore(_MOST_CONNECTIONS)
        self._lock = threading.Lock()
        self._stopping = False
        self._connections: dict[Connection, threading.Thread] = {}
        self._acceptor = threading.Thread(target=self._accept, name="rekognition-cloud", daemon=True)

    def start(self) -> None:
        """Begins to serve."""
        self._acceptor.start()

    def stop(self, seconds: float) -> None:
        """Closes every connection, and waits so long for what is being answered: its clients are seen to have gone."""
        with self._lock:
            self._stopping = True
        self._ring.close()
        self._acceptor.join()
        self._listening.close()
        self._bell.close()
        end = time.monotonic() + seconds
        with self._lock:
            open_ones = dict(self._connections)
        for connection in open_ones:
            connection.end()
        for thread in open_ones.values():
            thread.join(max(0.0, end - time.monotonic()))

    def _accept(self) -> None:
        while not self._stopping:
            if not self._room.acquire(timeout=_LOOK_SECONDS):
                continue
            ready, _, _ = select.select([self._listening, self._bell], [], [])
            if self._bell in ready:
                return
            # A client may be gone before it is accepted.
            with suppress(OSError):
                self._begin(self._listening.accept()[0])

    def _begin(self, client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = Connection(client, self._application, self._host, self.port)
        thread = threading.Thread(target=self._serve, args=[connection], daemon=True)
        with self._lock:
            self._connections[connection] = thread
        thread.start()

    def _serve(self, connection: Connection) -> None:
        try:
            connection.serve()
        finally:
            with self._lock:
                del self._connections[connection]
            self._room.release()
