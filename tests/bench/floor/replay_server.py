"""`python -m bench.floor.replay_server RECORDING DELAY_S`: answers each operation with what was answered then, in turn,
and as late as it came then on average.
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import Iterable
from itertools import cycle
from pathlib import Path
from typing import Any

from bench.floor.exchange import Exchange, read_exchanges

_S3 = {"HeadObject": "HEAD", "PutObject": "PUT", "GetObject": "GET"}
_END = b"\r\n\r\n"


class Answers:
    """The recorded answers of each operation, over and over again."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        by_key: defaultdict[str, list[bytes]] = defaultdict(list)
        for exchange in exchanges:
            by_key[_S3.get(exchange.operation, exchange.operation)].append(_response(exchange))
        self._answers = {key: cycle(responses) for key, responses in by_key.items()}

    def to(self, method: str, headers: dict[str, str], body: bytes) -> bytes:
        """The next answer for a request: JSON services name the operation in a header, SNS in the body."""
        target = headers.get("x-amz-target")
        if target is not None:
            return next(self._answers[target.rpartition(".")[2]])
        if method == "POST":
            return next(self._answers[body.partition(b"Action=")[2].partition(b"&")[0].decode("ascii")])
        return next(self._answers[method])


class Connection(asyncio.Protocol):
    """One kept-alive connection: a request, an answer."""

    def __init__(self, answers: Answers, delay_s: float) -> None:
        self._answers = answers
        self._delay_s = delay_s
        self._received = bytearray()
        self._continued = False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(_END)) >= 0:
            request, *lines = self._received[:end].decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            size = int(headers.get("content-length", 0))
            if "expect" in headers and not self._continued:
                self._continued = True
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            start = end + len(_END)
            if len(self._received) < start + size:
                return
            body = bytes(self._received[start : start + size])
            del self._received[: start + size]
            self._continued = False
            answer = self._answers.to(request.partition(" ")[0], headers, body)
            asyncio.get_running_loop().call_later(self._delay_s, self._transport.write, answer)


def _response(exchange: Exchange) -> bytes:
    headers = {name.lower(): value for name, value in exchange.headers.items()}
    if exchange.operation != "HeadObject":
        headers["content-length"] = str(len(exchange.body))
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {exchange.status} Recorded\r\n{head}\r\n".encode("latin-1") + exchange.body


async def serve(recording: Path, delay_s: float) -> None:
    """Serve until terminated; the address is the first line on stdout."""
    answers = Answers(exchange for exchange in read_exchanges(recording) if exchange.worked)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(answers, delay_s), "127.0.0.1", 0)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), float(sys.argv[2])))
