import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

Action = Literal["error", "throttle", "cut", "delay", "hold", "refuse_entry"]
When = Literal["before", "after"]


class BadFaultError(ValueError):
    """An impossible fault rule; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Which requests go wrong, and how. The first rule that matches a request is the one that acts on it."""

    action: Action
    """`error` and `throttle` answer in the service's own protocol; `cut` closes the connection without an answer;
    `delay` waits `seconds` first; `hold` parks the request until the rule is deleted or the client has gone;
    `refuse_entry` refuses single entries of PutEvents in an answer that is well otherwise: the rule matches entries,
    and counts them, by `body_contains`."""
    service: str | None = None
    """The boto3 client's name, such as "dynamodb"."""
    operation: str | None = None
    """botocore's name, such as "UpdateItem"."""
    body_contains: str | None = None
    path: str | None = None
    """Part of the request's path."""
    agent_contains: str | None = None
    """Part of the request's User-Agent."""
    probability: float = 1.0
    times: int | None = None
    """The rule acts on at most so many requests; None: on any number."""
    skip: int = 0
    """Lets so many matching requests pass first."""
    when: When = "before"
    """Whether `cut` and `hold` strike before the service has done its work or after."""
    drop_on_release: bool | None = None
    """What a release does with a held request. True: drop it without an answer. False: process and answer it. None:
    drop it if it was held `before`, answer it if it was held `after`."""
    seconds: float = 1.0
    code: str = "InternalError"
    status: int = 500
    message: str = "An error made by a fault rule."

    def __post_init__(self) -> None:
        if self.action not in get_args(Action):
            raise BadFaultError(f"action must be one of {', '.join(get_args(Action))}, not {self.action!r}")
        if self.when not in get_args(When):
            raise BadFaultError(f"when must be one of {', '.join(get_args(When))}, not {self.when!r}")
        if not 0 <= self.probability <= 1:
            raise BadFaultError(f"probability must be between 0 and 1, not {self.probability}")
        if self.seconds < 0 or not math.isfinite(self.seconds):
            raise BadFaultError(f"seconds must be a finite number of at least 0, not {self.seconds}")
        if self.skip < 0 or (self.times is not None and self.times < 1):
            raise BadFaultError("skip must be at least 0 and times at least 1")

    @classmethod
    def described(cls, description: Mapping[str, Any]) -> "Fault":
        """The rule that a JSON object describes. Raises BadFaultError."""
        known = {field.name for field in fields(cls)}
        if unknown := description.keys() - known:
            raise BadFaultError(f"a fault has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(known))}")
        try:
            return cls(**description)
        except TypeError as wrong:
            raise BadFaultError(str(wrong)) from wrong

    @property
    def drops(self) -> bool:
        return self.when == "before" if self.drop_on_release is None else self.drop_on_release
