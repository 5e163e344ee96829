"""What differs between one Start/Get pair of Rekognition Video and the next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rekognition_cloud.rekognition.footage import Footage

Row = dict[str, Any]
"""One detection, as a Get answer lists it."""

Request = Mapping[str, Any]
"""The input of a Start call."""


def _nothing_more(_request: Request) -> None:
    return None


def _everything(_row: Row, _request: Request) -> bool:
    return True


def _whole(row: Row, _request: Request) -> Row:
    return row


def _timestamp(row: Row) -> Any:
    return row["Timestamp"]


def _no_further(_request: Request, _recorded: Callable[[str], Any]) -> dict[str, Any]:
    return {}


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
    """Time between two samples in milliseconds, 0 where rows are stretches."""
    simulate: Callable[[Footage], list[Row]]
    """All detections there are in a footage, in the order of an answer."""
    path: Callable[[Row], tuple[str, ...]]
    """What a detection is of: its name last, what tells it from another of that name before."""
    confidence: Callable[[Row], float]
    at_ms: Callable[[Row], Any] = _timestamp
    """When a detection is, or begins."""
    position: Callable[[Row, Request], Any] | None = None
    """Where a detection stands in an answer that is not sorted otherwise; None: by time."""
    check: Callable[[Request], None] = _nothing_more
    """Raises Refusal for what is wrong in a Start call beyond what botocore's model says."""
    is_wanted: Callable[[Row, Request], bool] = _everything
    """Whether the Start call asked for a detection."""
    as_asked: Callable[[Row, Request], Row] = _whole
    """A detection with those members alone that the Start call asked for."""
    further: Callable[[Request, Callable[[str], Any]], dict[str, Any]] = _no_further
    """Members that a finished answer has and other operations' answers have not, by the Start call and by what a
    recorded answer has under a name (None where it has nothing, or there is none)."""
