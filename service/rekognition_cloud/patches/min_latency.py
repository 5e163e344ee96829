"""A minimal latency for clients that an immediate answer confuses."""

import time
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication

_PAUSE_SECONDS = 0.005


def patch_min_latency() -> None:
    """Fault, of the AWS SDK for Go and so of Terraform: over loopback an answer can arrive before the SDK has read the
    body that it sends to its end. It then closes that body, takes the connection for broken ("use of closed network
    connection"), and sends the request again: on a busy machine one Create in a thousand comes twice. AWS itself never
    answers within a few milliseconds.
    """
    answer = DomainDispatcherApplication.__call__

    def unhurried(self: Any, environ: dict[str, Any], start_response: Any) -> Any:
        if "aws-sdk-go" in environ.get("HTTP_USER_AGENT", ""):
            time.sleep(_PAUSE_SECONDS)
        return answer(self, environ, start_response)

    DomainDispatcherApplication.__call__ = unhurried
