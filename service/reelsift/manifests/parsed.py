"""What a message on the intake queue turned out to be, and reelsift's message to itself that an attempt is due."""

import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, field_validator

from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.line import Line, LineId
from reelsift.manifests.untrusted_json import Edge, explain


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


MARK = "reelsift"
"""The member whose presence says that reelsift sent the message itself; its value is the kind of message."""

TICK = "tick"
"""The kind of the message that asks for nothing but that a worker receive it."""


_VIDEO_ID = re.compile(r"[0-9a-f]{40}")


def _check_video_id(text: str) -> str:
    if not _VIDEO_ID.fullmatch(text):
        raise ValueError("must be 40 hexadecimal digits")
    return text


class _Attempt(Edge):
    reelsift: Literal["attempt"]
    video_id: Annotated[str, AfterValidator(_check_video_id)]
    analysis: Analysis
    attempt: Annotated[int, Field(ge=1, le=10**9)]

    @field_validator("analysis", mode="before")
    @classmethod
    def _named(cls, name: Any) -> Analysis:
        for analysis in Analysis:
            if name == analysis.value:
                return analysis
        raise ValueError(f"must be one of {', '.join(Analysis)}")


def encode_attempt(message: AttemptMessage) -> str:
    """The message that `parse_message` reads back as the same attempt."""
    return json.dumps(
        {
            MARK: "attempt",
            "video_id": message.video_id,
            "analysis": message.analysis,
            "attempt": message.attempt,
        }
    )


def read_attempt(message: dict[str, Any]) -> AttemptMessage | RejectedMessage:
    """The attempt of a JSON object that carries `MARK`."""
    try:
        read = _Attempt.model_validate(message)
    except ValidationError as error:
        return RejectedMessage(Reason.BAD_MESSAGE, f"not a message this version of reelsift sends: {explain(error)}")
    return AttemptMessage(read.video_id, read.analysis, read.attempt)
