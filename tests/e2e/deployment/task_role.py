import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class TaskRole:
    """The address at which a task finds the credentials of its role: what ECS serves to every task.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
    """

    def __init__(self, sts: Any, role_arn: str) -> None:
        """`sts` is a client of whoever may assume the role."""

        def assume() -> dict[str, str]:
            assumed = sts.assume_role(RoleArn=role_arn, RoleSessionName="task")["Credentials"]
            return {
                "RoleArn": role_arn,
                "AccessKeyId": assumed["AccessKeyId"],
                "SecretAccessKey": assumed["SecretAccessKey"],
                "Token": assumed["SessionToken"],
                "Expiration": assumed["Expiration"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            }

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(assume))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/credentials"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(assume: Callable[[], dict[str, str]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(assume()).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing: credentials are asked for all the time."""

    return Handler
