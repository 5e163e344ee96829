"""What other services wrap a message in: SNS, the events of Lambda, and EventBridge Pipes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reelsift.manifests.untrusted_json import JsonError, load_told, made_json_once

MAX_ENVELOPES = 2
"""Envelopes of SNS in each other at most: one of its own, one of a topic that forwards to another. As many of all other
wrappers together."""

_TYPES = frozenset({"Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"})

_PIPED = "Event from aws:sqs"


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What lies in a wrapper: texts, or values that were decoded already."""

    contents: tuple[Any, ...]
    by_sns: bool


@dataclass(frozen=True, slots=True)
class Depth:
    """In how many wrappers something lies."""

    sns: int = 0
    others: int = 0

    def within(self, wrapping: Wrapping) -> "Depth":
        return Depth(self.sns + wrapping.by_sns, self.others + (not wrapping.by_sns))

    @property
    def complaint(self) -> str | None:
        """What is wrong with so many; None for nothing."""
        if self.sns > MAX_ENVELOPES:
            return f"the message lies in more than {MAX_ENVELOPES} SNS envelopes"
        return f"the message lies in more than {MAX_ENVELOPES} wrappers" if self.others > MAX_ENVELOPES else None


def is_envelope(message: dict[str, Any]) -> bool:
    """Whether a JSON object is SNS's envelope, whatever is in it."""
    kind = message.get("Type")
    return isinstance(kind, str) and kind in _TYPES and isinstance(message.get("Message"), str)


def is_notification(envelope: dict[str, Any]) -> bool:
    """Whether an envelope carries what a publisher sent, rather than SNS's own words about the subscription."""
    return bool(envelope["Type"] == "Notification")


def wrapping_of(message: Any) -> Wrapping | None:
    """What a message wraps; None for one that is no wrapper.

    Known are the envelope of SNS, what Lambda is given by SNS and SQS (`Records[].Sns`, `Records[].body`), and what
    Pipes make of messages of SQS: one, a list of them, or an event of EventBridge.
    """
    match message:
        case {"Message": str(text)} if is_envelope(message):
            return Wrapping((text,), by_sns=True)
        case {"Records": [{"Sns": dict()}, *_] as records}:
            return Wrapping(tuple(_published(record) for record in records), by_sns=True)
        case {"Records": [first, *_] as records} if _is_received(first):
            return Wrapping(tuple(_received(record) for record in records), by_sns=False)
        case {"detail-type": str(kind), "detail": detail} if kind == _PIPED:
            records = detail if isinstance(detail, list) else [detail]
            return Wrapping(tuple(_received(record) for record in records), by_sns=False)
        case _ if _is_received(message):
            return Wrapping((_received(message),), by_sns=False)
    return None


def unwrapped(value: Any, depth: Depth | None = None) -> Iterator[Any]:
    """The values of JSON in a value's wrappers, or in a list, or itself; a `JsonError` for what cannot be read."""
    depth = depth or Depth()
    if isinstance(value, list):
        if not value:
            yield JsonError("it is an empty list")
        for one in value:
            yield from (JsonError("it is a list in a list"),) if isinstance(one, list) else unwrapped(one, depth)
        return
    wrapping = wrapping_of(value)
    if wrapping is None:
        yield value
        return
    depth = depth.within(wrapping)
    if depth.complaint is not None:
        yield JsonError(depth.complaint)
        return
    for part in wrapping.contents:
        try:
            inner = load_told(made_json_once(part)) if isinstance(part, str) else part
        except JsonError as error:
            yield error
        else:
            yield from unwrapped(inner, depth)


def _is_received(record: Any) -> bool:
    """Whether a value is a message of SQS as Lambda and Pipes hand it on."""
    return (
        isinstance(record, dict)
        and isinstance(record.get("body"), str | dict | list)
        and ("messageId" in record or record.get("eventSource") == "aws:sqs")
    )


def _received(record: Any) -> Any:
    return record["body"] if _is_received(record) else record


def _published(record: Any) -> Any:
    match record:
        case {"Sns": {"Message": str(text)}}:
            return text
    return record
