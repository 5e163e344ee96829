"""What a message on the intake queue turned out to be."""

from dataclasses import dataclass

from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.line import Line, LineId


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A line that cannot be admitted, though it can be named: its outcome is FAILED for `reason`.

    `message` says to its author what is wrong; `excerpt` is at most 200 characters of the line as it came.
    """

    id: LineId
    reason: Reason
    message: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one message, in its order; never empty."""

    lines: tuple[Line | RejectedLine, ...]


@dataclass(frozen=True, slots=True)
class AttemptMessage:
    """reelsift's message to itself: attempt `attempt` of a job is due. `video_id` is 40 hexadecimal digits."""

    video_id: str
    analysis: Analysis
    attempt: int


@dataclass(frozen=True, slots=True)
class Ignored:
    """A sound message that asks for nothing, and why, such as the test event S3 sends to a new queue."""

    reason: str


@dataclass(frozen=True, slots=True)
class RejectedMessage:
    """A message that cannot be understood; `message` says to its sender what is wrong."""

    reason: Reason
    message: str


Parsed = Lines | AttemptMessage | Ignored | RejectedMessage
