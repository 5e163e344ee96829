"""`python -m bench.floor.recorded_worker`: a worker whose requests and answers are written down."""

import os
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from aiobotocore.session import AioSession, get_session

from bench.floor.exchange import Exchange
from reelsift.aws import clients
from reelsift.cli.main import main

RECORDING = "BENCH_RECORDING"
"""The variable that names the file."""


class Recorder:
    """Listens to every client of a session, and writes an exchange a line."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def session(self) -> AioSession:
        session = get_session()
        session.register("provide-client-params", self._asked)
        session.register("after-call", self._answered)
        return session

    def _asked(self, params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        context["bench_asked"] = (dict(params), time.time())

    async def _answered(self, http_response: Any, model: Any, context: dict[str, Any], **_: object) -> None:
        parameters, began = context["bench_asked"]
        exchange = Exchange(
            service=model.service_model.service_name,
            operation=model.name,
            parameters=parameters,
            status=http_response.status_code,
            headers=dict(http_response.headers),
            body=b"" if model.has_streaming_output else await http_response.content,
            began=began,
            ended=time.time(),
        )
        self._file.write(exchange.line() + "\n")


def run() -> None:
    """The worker's own command line, on clients that are listened to."""
    with Path(os.environ[RECORDING]).open("w", encoding="utf-8") as file:
        setattr(clients, "get_session", Recorder(file).session)  # noqa: B010 - mypy knows no such export
        sys.argv = ["reelsift", "worker"]
        main()


if __name__ == "__main__":
    run()
