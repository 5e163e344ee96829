"""What moto keeps of everything it ever made."""

from typing import Any

from moto.core.common_models import BaseModel


def patch_memory() -> None:
    """Fault: for its dashboard moto keeps every message, item and object ever made, copies and deleted ones too.

    A cloud that runs for hours grows without end. With this patch the dashboard's page of models stays empty.
    """

    def make(cls: type, *_arguments: Any, **_named: Any) -> Any:
        return object.__new__(cls)

    BaseModel.__new__ = make
