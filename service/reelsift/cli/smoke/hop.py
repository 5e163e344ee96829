"""The hops that a clip passes on its way, and what is reported of each."""

from dataclasses import dataclass
from enum import StrEnum


class Hop(StrEnum):
    """In the order in which they are passed."""

    UPLOAD = "upload"
    """The clip lies in a data bucket, and its line in the priority queue."""
    QUEUE = "queue"
    """A worker has taken the line off the queue."""
    START = "start"
    """Rekognition has accepted the job."""
    ANALYSIS = "analysis"
    """Rekognition has ended."""
    NOTIFICATION = "notification"
    """Its completion has reached a worker, by topic and queue."""
    RESULT = "result"
    """Raw answer, labels and verdict are stored."""
    OUTCOME = "outcome"
    """The line has its outcome."""
    ALERT = "alert"
    """The alert is sent, where one is due."""


ORDER = tuple(Hop)


class HopGrade(StrEnum):
    """How a hop went."""

    OK = "ok"
    NOT_DUE = "not due"
    """There was nothing to do, and so nothing was proved."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class HopReport:
    """`seconds` is what the hop took, None where that cannot be known; `mend` is what to do where it is not well."""

    hop: Hop
    grade: HopGrade
    state: str
    seconds: float | None = None
    mend: str = ""
