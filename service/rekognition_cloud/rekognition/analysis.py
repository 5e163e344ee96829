"""What differs between one Start/Get pair of Rekognition Video and the next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
"""One detection, as a Get answer lists it."""


def _everything(_row: Row, _request: Mapping[str, Any]) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """One Start/Get pair of operations. What the two take is held against botocore's model, and not written here."""

    name: str
    """Part of the name of a recorded answer: `<key>.<name>.json` beside the video."""
    start: str
    get: str
    rows: str
    """Member of the Get answer that lists the detections."""
    version: str | None = None
    """Member of the Get answer that names the model, None where there is no such member."""
    simulated_version: str = "simulated"
    step_ms: int
    simulate: Callable[[str, int], list[Row]]
    """Detections for a content and its length in milliseconds."""
    path: Callable[[Row], tuple[str, ...]]
    """What a detection is of: its name last, what tells it from another of that name before."""
    confidence: Callable[[Row], float]
    is_wanted: Callable[[Row, Mapping[str, Any]], bool] = _everything
    """Whether the Start call asked for a detection."""
