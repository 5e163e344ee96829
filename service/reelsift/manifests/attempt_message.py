"""reelsift's message to itself that a further attempt of a job is due."""

import json
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.manifests.edge import Edge, explain
from reelsift.manifests.parsed import AttemptMessage, RejectedMessage

MARK = "reelsift"
"""The member whose presence says that reelsift sent the message itself; its value is the kind of message."""


class _Attempt(Edge):
    reelsift: Literal["attempt"]
    video_id: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
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
