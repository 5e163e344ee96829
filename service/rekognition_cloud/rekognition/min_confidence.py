"""The lowest confidence that a Start call asks for."""

from collections.abc import Mapping
from typing import Any

_DEFAULT = 50.0


def is_confident(confidence: float, request: Mapping[str, Any]) -> bool:
    """Whether a detection is as confident as the request's MinConfidence, or the service's own where it has none."""
    return bool(confidence >= request.get("MinConfidence", _DEFAULT))
