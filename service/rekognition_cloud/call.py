from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rekognition_cloud.state import State


@dataclass(frozen=True)
class Call:
    """The request being answered, for what moto calls back deep inside and hands no request to."""

    state: "State"
    disconnected: Callable[[], bool]
    """Whether the client has gone meanwhile."""


CALL: ContextVar[Call] = ContextVar("reelsift_call")
