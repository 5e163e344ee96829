"""Rekognition's message that a job has ended.

The message is a hint only: what became of the job is asked of Get*.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from reelsift.domain.failure import Reason
from reelsift.manifests.envelopes import unwrapped
from reelsift.manifests.parsed import MARK, TICK, RejectedMessage
from reelsift.manifests.told_values import time_of
from reelsift.manifests.untrusted_json import Edge, JsonError, explain, load_told, made_json_once

_LONGEST_TAG = 1024


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


# Only the job has to be named: what else a completion tells never spoils it.


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _tag(value: Any) -> str | None:
    return value if isinstance(value, str) and len(value) <= _LONGEST_TAG else None


def _video(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


class _Video(Edge):
    bucket: Annotated[str | None, BeforeValidator(_name)] = Field(None, alias="S3Bucket")
    key: Annotated[str | None, BeforeValidator(_name)] = Field(None, alias="S3ObjectName")


class _Message(Edge):
    job_id: Annotated[str, Field(alias="JobId", pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
    status: Annotated[str, Field(alias="Status", min_length=1, max_length=64)]
    api: Annotated[str, Field(alias="API", min_length=1, max_length=128)]
    job_tag: Annotated[str | None, BeforeValidator(_tag)] = Field(None, alias="JobTag")
    at_ms: Annotated[int | None, BeforeValidator(time_of)] = Field(None, alias="Timestamp")
    video: Annotated[_Video | None, BeforeValidator(_video)] = Field(None, alias="Video")


def parse_completions(body: str) -> tuple[Completion | RejectedMessage, ...]:
    """The completions that a message brings, one as a rule: bare (raw delivery), in SNS envelopes, or as Lambda and
    Pipes wrap messages. A tick, which wakes a fleet that sleeps, brings none. Never raises for anything `body` holds.
    """
    try:
        values = tuple(unwrapped(load_told(made_json_once(body))))
    except JsonError as error:
        return (_rejected(str(error)),)
    return tuple(_completion(value) for value in values if not _is_tick(value))


def _is_tick(value: Any) -> bool:
    return isinstance(value, dict) and value.get(MARK) == TICK


def _completion(value: Any) -> Completion | RejectedMessage:
    if isinstance(value, JsonError):
        return _rejected(str(value))
    try:
        read = _Message.model_validate(value)
    except ValidationError as error:
        return _rejected(explain(error))
    bucket, key = (read.video.bucket, read.video.key) if read.video else (None, None)
    return Completion(read.job_id, read.status, read.api, read.job_tag, read.at_ms, bucket, key)


def _rejected(why: str) -> RejectedMessage:
    return RejectedMessage(Reason.BAD_MESSAGE, f"not a completion message of Rekognition: {why}")
