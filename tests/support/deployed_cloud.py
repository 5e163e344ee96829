"""Forks clouds in which a deployment is made already: half of what a world costs that looks at one video.

The fork server starts it. It makes the deployment in its own memory, tells the settings on its standard output, and
answers, as the fork server does, whoever is at the other end of its standard input. Where policies are to be enforced,
the roles that they are for are made with it.
"""

import ctypes
import gc
import json
import os
import signal
import socket
import sys
from dataclasses import asdict
from functools import cache, partial

from reelsift.demo.provision import Provisioner
from support import enforcement
from support.books import subscribe_alerts
from support.fork_server import ForkServer
from support.warm_cloud import ENDPOINT, client, without_server

DEPLOYMENT = "reelsift"
BUCKET = "reelsift-videos"
_REGION = "us-east-1"


def main() -> None:
    with without_server():
        settings = Provisioner(ENDPOINT, DEPLOYMENT, _REGION).provision(BUCKET)
        here = cache(partial(client, region=_REGION))
        subscribe_alerts(here, DEPLOYMENT, settings["REELSIFT_ALERTS_TOPIC_ARN"])
        roles = {who: asdict(role) for who, role in enforcement.prepare(here, settings).items()}
    print(json.dumps({"settings": settings, "roles": roles}), flush=True)  # noqa: T201  # whoever has asked reads it
    # The collector would touch, and so copy, whatever it looks at.
    gc.collect()
    gc.freeze()
    program = ForkServer(socket.socket(fileno=os.dup(0))).serve()
    if program is not None:
        _end_with_the_parent()
        program()


def _end_with_the_parent() -> None:
    """The fork server ends this parent without a word."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


if __name__ == "__main__":
    main()
