"""Answers that are there too soon."""

import time
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication

_PAUSE_SECONDS = 0.005


def mend_haste() -> None:
    """Fault: not moto's. Over loopback an answer can be back before AWS's client for Go, and so Terraform, has read to
    the end of the body it sends. It closes that body on an answer, takes the connection for broken, and sends the
    request again, one of some thousand on a busy machine: "use of closed network connection", and a second Create.
    No answer of AWS is there in a few milliseconds.
    """
    answer = DomainDispatcherApplication.__call__

    def unhurried(self: Any, environ: dict[str, Any], start_response: Any) -> Any:
        if "aws-sdk-go" in environ.get("HTTP_USER_AGENT", ""):
            time.sleep(_PAUSE_SECONDS)
        return answer(self, environ, start_response)

    DomainDispatcherApplication.__call__ = unhurried
