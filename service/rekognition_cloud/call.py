from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rekognition_cloud.state import State


@dataclass(frozen=True)
class Call:
    """The request being answered, for code deep inside moto that gets no request passed to it."""

    state: "State"
    disconnected: Callable[[], bool]
    """Whether the client has closed its connection."""


CALL: ContextVar[Call] = ContextVar("rekognition_cloud_call")
