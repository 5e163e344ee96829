"""One event on its way to one target."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.events.utils import EventTemplateParser

_ATTEMPTS = 185
_AGE_SECONDS = 24 * 60 * 60
"""How often, and for how long, EventBridge tries again where a target says nothing of it."""


class Undelivered(Exception):  # what happened, in the field's own word
    """A target did not take an event.

    `code` and `str()` are what EventBridge writes beside the event in a dead-letter queue; `again` is whether it tries
    again, and `after` for how many seconds the target wants to be left alone.
    """

    def __init__(self, code: str, message: str, *, again: bool, after: float = 0.0) -> None:
        super().__init__(message)
        self.code = code
        self.again = again
        self.after = after


@dataclass(frozen=True, slots=True)
class Delivery:
    """`event` is the event as its consumers read it; `since` is when it came, in seconds since the epoch."""

    rule: Any
    target: dict[str, Any]
    event: dict[str, Any]
    since: float
    tries: int = 0

    @property
    def account(self) -> str:
        return str(self.rule.account_id)

    @property
    def region(self) -> str:
        return str(self.rule.region_name)

    @property
    def arn(self) -> str:
        """The target's."""
        return str(self.target["Arn"])

    @property
    def text(self) -> str:
        """What the target gets: the event, unless the target has it transformed."""
        if "Input" in self.target:
            return str(self.target["Input"])
        if transformer := self.target.get("InputTransformer"):
            paths, template = transformer.get("InputPathsMap", {}), transformer["InputTemplate"]
            made = EventTemplateParser.parse(template, paths, {**self.event, "ingestion-time": self.since})
            return json.dumps(made, ensure_ascii=False)
        return json.dumps(self.event, ensure_ascii=False, separators=(",", ":"))

    @property
    def dead_letters(self) -> str | None:
        """The ARN of the target's dead-letter queue."""
        arn: str | None = self.target.get("DeadLetterConfig", {}).get("Arn")
        return arn

    def exhausted(self, now: float) -> str | None:
        """Which part of the target's retry policy allows no further try; None where both do."""
        policy = self.target.get("RetryPolicy", {})
        if self.tries > policy.get("MaximumRetryAttempts", _ATTEMPTS):
            return "MaximumRetryAttempts"
        if now - self.since > policy.get("MaximumEventAgeInSeconds", _AGE_SECONDS):
            return "MaximumEventAgeInSeconds"
        return None


def as_read(event: dict[str, Any]) -> dict[str, Any]:
    """An event of moto's as consumers read it: the time in ISO 8601, to the second, and nothing of moto's own. Where a
    bucket has no versions S3 names none, and moto "null".
    """
    told = {name: value for name, value in event.items() if name not in {"ingestion-time", "archive-arn"}}
    told["detail"] = _without_null_version(told)
    if isinstance(told.get("time"), int | float):
        told["time"] = datetime.fromtimestamp(told["time"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return told


def _without_null_version(event: dict[str, Any]) -> dict[str, Any]:
    detail: dict[str, Any] = event["detail"]
    subject = detail.get("object") if event["source"] == "aws.s3" else None
    if not isinstance(subject, dict) or subject.get("version-id") != "null":
        return detail
    return {**detail, "object": {name: value for name, value in subject.items() if name != "version-id"}}
