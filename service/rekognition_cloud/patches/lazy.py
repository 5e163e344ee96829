"""Patches of services that only Terraform uses."""

import threading
from importlib import import_module
from typing import Any

from moto import backends

# By the service's package in moto: the module here, and the function in it.
_LAZY = {
    "applicationautoscaling": "application_autoscaling",
    "ec2": "ec2",
    "ecs": "ecs",
    "kms": "kms",
    "logs": "logs",
}


def patch_lazily() -> None:
    """Patches a service when its first request comes: ECS alone takes a second to import, and most clouds never
    need it.
    """
    import_backend = backends._import_backend  # noqa: SLF001  # moto's own name for it
    waiting = dict(_LAZY)
    lock = threading.RLock()

    def _import_backend(module_name: str, backends_name: str) -> Any:
        backend = import_backend(module_name, backends_name)
        with lock:
            name = waiting.pop(module_name, None)
            if name is not None:
                module = import_module(f"rekognition_cloud.patches.{name}")
                getattr(module, f"patch_{name}")()
        return backend

    backends._import_backend = _import_backend  # noqa: SLF001  # the same
