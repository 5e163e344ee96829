"""Where the demo runs: a folder and an environment in which nothing of the caller's deployment is left."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

_LOOPBACK = "127.0.0.1"

_WAITS = {
    "REELSIFT_RECEIVE_WAIT_S": "2",
    "REELSIFT_INTAKE_WAIT_S": "1",
    "REELSIFT_SLOT_POLL_S": "0.3",
    "REELSIFT_RECONCILE_S": "2",
    "REELSIFT_DRAIN_S": "15",
}
"""Shorter waits than the defaults, for a run of half a minute; all else is as it is in service."""


@contextlib.contextmanager
def secluded() -> Iterator[Path]:
    """A new folder as the current one, so that no `.env` is found; it is gone afterwards, and the environment back.

    Every `AWS_` and `REELSIFT_` variable is taken out: a profile or a proxy of the caller's must not come between.
    """
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="reelsift-demo-") as name, contextlib.chdir(name):
        for variable in list(os.environ):
            if variable.startswith(("AWS_", "REELSIFT_")):
                del os.environ[variable]
        os.environ |= {
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": _LOOPBACK,
            "no_proxy": _LOOPBACK,
            **_WAITS,
        }
        try:
            yield Path(name)
        finally:
            os.environ.clear()
            os.environ |= before
