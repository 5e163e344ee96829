"""What a deployment may ask of an analysis beside the video: settings, each with its place in the input of Start*."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

Values = Mapping[str, Any]
"""What a deployment has set, by `Option.name`. For an option that is not there its default holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One setting that changes what an analysis answers."""

    name: str
    """The setting, in lower case and without `REELSIFT_`. It begins with its analysis' name unless several share it."""
    kind: Any
    """The type that pydantic makes of it, with bounds: what the service would refuse must be refused here."""
    default: Any = None
    """None and an empty list are not sent: what the service itself does without the member then holds."""
    description: str
    member: str | None
    """Where the value stands in the input of Start*, as in `Filters.WordFilter.MinConfidence`. None: the operation
    takes no such member, and the value acts where the answer is read.
    """

    def value(self, values: Values) -> Any:
        return values.get(self.name, self.default)


def start_members(options: Iterable[Option], values: Values) -> dict[str, Any]:
    """The part of Start*'s input that options make."""
    members: dict[str, Any] = {}
    for option in options:
        value = option.value(values)
        if option.member is None or value is None or value == ():
            continue
        *path, last = option.member.split(".")
        inner = members
        for name in path:
            inner = inner.setdefault(name, {})
        inner[last] = list(value) if isinstance(value, tuple) else value
    return members


def reading(options: Iterable[Option], values: Values) -> dict[str, Any]:
    """The values that act where the answer is read, by the options' names."""
    return {option.name: option.value(values) for option in options if option.member is None}


def _distinct(value: Any) -> Any:
    """What a list separated by commas names, each once and in order: how it is written makes no other answer."""
    parts = value.split(",") if isinstance(value, str) else value
    return tuple(sorted({part.strip() for part in parts} - {""}))


Distinct = BeforeValidator(_distinct)
"""Of an option that is a list, separated by commas."""

Percent = Annotated[float, Field(ge=0, le=100)]
"""A confidence, as Rekognition gives it."""

MIN_CONFIDENCE = Option(
    name="min_confidence",
    kind=Percent,
    default=50.0,
    description="Rekognition is not asked for labels below this confidence, in content moderation and label detection.",
    member="MinConfidence",
)
"""Shared by the operations that take it at the top of their input."""
