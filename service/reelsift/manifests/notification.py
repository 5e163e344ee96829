"""Rekognition's message that a job has ended, and the envelopes in which SNS sends it.

The message is a hint only: what became of the job is asked of Get*.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, ValidationError

from reelsift.domain.failure import Reason
from reelsift.manifests.parsed import RejectedMessage
from reelsift.manifests.untrusted_json import Edge, JsonError, explain, load_json

MAX_ENVELOPES = 2
"""Envelopes in each other at most: one of SNS's own, one of a topic that forwards to another."""

_TYPES = frozenset({"Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"})


def is_envelope(message: dict[str, Any]) -> bool:
    """Whether a JSON object is SNS's envelope, whatever is in it."""
    kind = message.get("Type")
    return isinstance(kind, str) and kind in _TYPES and isinstance(message.get("Message"), str)


def is_notification(envelope: dict[str, Any]) -> bool:
    """Whether an envelope carries what a publisher sent, rather than SNS's own words about the subscription."""
    return bool(envelope["Type"] == "Notification")


@dataclass(frozen=True, slots=True)
class Completion:
    """The end of the job `job_id`, as Rekognition reports it: `status` is SUCCEEDED, FAILED or ERROR, `api` the
    operation that started it, such as StartContentModeration.

    `job_tag` is there only if the job was started with one; `at_ms` is epoch milliseconds; `key` is plain. (Rekognition
    developer guide, "Notification messages"; members and plain keys seen in recordings.)
    """

    job_id: str
    status: str
    api: str
    job_tag: str | None = None
    at_ms: int | None = None
    bucket: str | None = None
    key: str | None = None


class _Video(Edge):
    bucket: str | None = Field(None, alias="S3Bucket")
    key: str | None = Field(None, alias="S3ObjectName")


class _Message(Edge):
    job_id: Annotated[str, Field(alias="JobId", pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
    status: Annotated[str, Field(alias="Status", min_length=1, max_length=64)]
    api: Annotated[str, Field(alias="API", min_length=1, max_length=128)]
    job_tag: Annotated[str, Field(max_length=1024)] | None = Field(None, alias="JobTag")
    at_ms: int | None = Field(None, alias="Timestamp")
    video: _Video | None = Field(None, alias="Video")


def parse_completion(body: str) -> Completion | RejectedMessage:
    """The completion that a message brings: bare (raw delivery), in SNS envelopes, or as Lambda is given it
    (`Records[0].Sns`). Never raises for anything `body` holds.
    """
    try:
        message = _unwrapped(load_json(body))
        read = _Message.model_validate(message)
    except JsonError as error:
        return _rejected(str(error))
    except ValidationError as error:
        return _rejected(explain(error))
    bucket, key = (read.video.bucket, read.video.key) if read.video else (None, None)
    return Completion(read.job_id, read.status, read.api, read.job_tag, read.at_ms, bucket, key)


def _unwrapped(message: Any) -> Any:
    for _ in range(MAX_ENVELOPES):
        match message:
            case {"Records": [{"Sns": {"Message": str(text)}}]}:
                message = load_json(text)
            case {"Message": str(text)} if is_envelope(message):
                message = load_json(text)
            case _:
                break
    return message


def _rejected(why: str) -> RejectedMessage:
    return RejectedMessage(Reason.BAD_MESSAGE, f"not a completion message of Rekognition: {why}")
