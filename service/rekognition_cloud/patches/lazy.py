"""Mends of services that only Terraform asks for."""

import threading
from importlib import import_module
from typing import Any

from moto import backends

# By the service's package in moto: the module here, and the function in it.
_LATE = {
    "applicationautoscaling": "application_autoscaling",
    "ec2": "ec2",
    "ecs": "ecs",
    "events": "events",
    "logs": "logs",
}


def mend_late() -> None:
    """Mends a service when the first request for it comes: ECS alone takes a second to import, and most clouds are
    never asked for it.
    """
    import_backend = backends._import_backend  # noqa: SLF001  # moto's own name for it
    waiting = dict(_LATE)
    lock = threading.RLock()

    def _import_backend(module_name: str, backends_name: str) -> Any:
        backend = import_backend(module_name, backends_name)
        with lock:
            name = waiting.pop(module_name, None)
            if name is not None:
                module = import_module(f"rekognition_cloud.patches.{name}")
                getattr(module, f"mend_{name}")()
        return backend

    backends._import_backend = _import_backend  # noqa: SLF001  # the same
