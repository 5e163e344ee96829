"""Whatever may lie on the intake queue, made into lines: the one place where outside text is first read."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from reelsift.domain.failure import Reason
from reelsift.domain.line import Line
from reelsift.manifests.envelopes import Depth, Wrapping, is_envelope, is_notification, wrapping_of
from reelsift.manifests.json_objects import place_members
from reelsift.manifests.json_values import values_of
from reelsift.manifests.line_message import encode_line, read_line
from reelsift.manifests.line_names import Arrival
from reelsift.manifests.lists import read_list
from reelsift.manifests.manifest_row import BadRow, GoodRow, ReadRow, excerpt
from reelsift.manifests.parsed import (
    MARK,
    TICK,
    AttemptMessage,
    Ignored,
    Lines,
    Parsed,
    RejectedLine,
    RejectedMessage,
    encode_attempt,
    read_attempt,
)
from reelsift.manifests.s3_events import (
    TEST_EVENT,
    S3News,
    UnknownEventError,
    is_call,
    is_detail,
    read_call,
    read_detail,
    read_eventbridge,
    read_record,
)
from reelsift.manifests.untrusted_json import JsonError, load_told, made_json_once

__all__ = [
    "MAX_BODY_BYTES",
    "MAX_LINES",
    "TICK_MESSAGE",
    "AttemptMessage",
    "Ignored",
    "Lines",
    "Parsed",
    "RejectedLine",
    "RejectedMessage",
    "encode_attempt",
    "encode_line",
    "parse_message",
]

MAX_BODY_BYTES = 256 * 1024
"""What the queues take as they are deployed, attributes and all. SQS itself takes 1 MiB, but version 5 of Terraform's
AWS provider cannot set a queue to more than this.
"""

TICK_MESSAGE = json.dumps({MARK: TICK})
"""Asks for nothing but that a worker receive it: what a schedule and `reelsift submit` send, so that a fleet at zero
tasks wakes for work that stands in the tables only.
"""

MAX_LINES = 50_000
"""Lines of one message at most. Of real ones a message holds fewer; of what is no line it holds 130,000, which would
take a worker's memory, and seconds in which it does nothing else.
"""

_NAMES_SHOWN = 3
_PIECE_BYTES = 16 * 1024


def parse_message(body: str, *, message_id: str, sent_ms: int) -> Parsed:
    """What an intake message asks for. Never raises for anything `body` holds.

    Understood are the rows of a list (see `ListRows`); lines as JSON objects or URIs, one, a list of them, or one after
    the other (see `read_line`); S3 event notifications; events of EventBridge about objects of S3, and what CloudTrail
    records of calls; the tasks of S3 Batch Operations; all of these in wrappers of SNS, Lambda and Pipes (see
    `wrapping_of`); `AttemptMessage`; and `TICK_MESSAGE`. What may be news of an object and is not understood is
    rejected: only what is known to make no object is ignored.

    `message_id` and `sent_ms` (epoch milliseconds) are SQS's. They name the lines that bring no name: `message_id`
    for the only line of its message, else `message_id:row`, rows counted from 1 as the message counts them
    (lines of a list, entries, records).
    """
    if len(body) > MAX_BODY_BYTES or len(body.encode(errors="surrogatepass")) > MAX_BODY_BYTES:
        return _rejected(
            f"the message is larger than {MAX_BODY_BYTES // 1024} KiB; send its lines in several,"
            " or submit them as a manifest"
        )
    found = _in_text(body, Depth())
    return (
        found
        if isinstance(found, AttemptMessage | Ignored | RejectedMessage)
        else found.named(Arrival(message_id, sent_ms))
    )


@dataclass(frozen=True, slots=True)
class _JsonLine:
    """A line as a value of JSON, not read yet: how it is named is known only with its message."""

    row: int
    value: Any


@dataclass(slots=True)
class _Found:
    """What was found in a message, or in one of its parts: lines by their rows, and the names of events that make none.

    `faults` are parts that cannot be understood.
    """

    rows: list[ReadRow | _JsonLine] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def tell(self, news: S3News) -> None:
        """Note what an event says, as the next rows."""
        self.rows += [replace(row, row=len(self.rows) + 1) for row in news.rows]
        self.passed_over += news.passed_over

    def take(self, part: "_Part") -> None:
        """Note what was found in one part of several."""
        match part:
            case RejectedMessage():
                self.faults.append(part.message)
                self.rows.append(BadRow(len(self.rows) + 1, part.message, ""))
            case AttemptMessage():
                self.take(_rejected("a message of reelsift to itself comes alone"))
            case Ignored():
                self.passed_over.append(part.reason)
            case _Found():
                self.faults += part.faults
                self.passed_over += part.passed_over
                self.rows += [replace(row, row=number) for number, row in enumerate(part.rows, len(self.rows) + 1)]

    def named(self, arrival: Arrival) -> Parsed:
        """The lines, by their names."""
        count = len(self.rows)
        if count > MAX_LINES:
            return _too_many()
        if self.faults and len(self.faults) == count:
            return _rejected(self.faults[0])
        if count:
            return Lines(tuple(_name(row, arrival, arrival.name(row.row, of=count)) for row in self.rows))
        names = list(dict.fromkeys(self.passed_over))
        more = ", …" if len(names) > _NAMES_SHOWN else ""
        return Ignored(excerpt(f"no object was created: {', '.join(names[:_NAMES_SHOWN]) or 'no records'}{more}"))


_Part = _Found | AttemptMessage | Ignored | RejectedMessage


def _in_text(text: str, depth: Depth) -> _Part:
    start = made_json_once(text)
    if not start:
        return _rejected("the message is empty; write bucket,key or a JSON object with bucket and key")
    if start[0] not in "{[":
        rows = list(islice(read_list(_pieces(text)), MAX_LINES + 1))
        return _Found(rows=[*rows]) if rows else _rejected("the message holds no line, only blanks or a header")
    try:
        message = load_told(start)
    except JsonError as error:
        values = list(islice(values_of(start, MAX_LINES + 1), MAX_LINES + 1))
        if len(values) == 1 or all(isinstance(value, JsonError) for value in values):
            return _rejected(
                f"the message begins like JSON, but {error}; send JSON values, alone, in a list or a line each"
            )
        return _in_values(values, depth)
    if isinstance(message, list):
        return (
            _in_values(message, depth) if message else _rejected("the message is an empty list; send at least one line")
        )
    return _in_object(message, depth)


def _pieces(text: str) -> Iterator[bytes]:
    encoded = text.encode(errors="surrogatepass")
    return (encoded[start : start + _PIECE_BYTES] for start in range(0, len(encoded), _PIECE_BYTES))


def _in_values(values: Sequence[Any], depth: Depth) -> _Part:
    """What several values are, each a line, an event or a wrapper."""
    if len(values) > MAX_LINES:
        return _too_many()
    found = _Found()
    more: list[ReadRow | _JsonLine] = []
    for row, value in enumerate(values, 1):
        part = _in_entry(row, value, depth)
        found.passed_over += part.passed_over
        # An entry is counted as itself, whatever its neighbours hold: what else it brings is counted after all.
        found.rows += [replace(first, row=row) for first in part.rows[:1]]
        more += part.rows[1:]
    found.rows += [replace(another, row=row) for row, another in enumerate(more, len(values) + 1)]
    return found


def _in_entry(row: int, value: Any, depth: Depth) -> _Found:
    """What one of several values is. One that cannot be understood is a line that cannot be read."""
    if isinstance(value, JsonError):
        return _Found([BadRow(row, str(value), "")])
    if not isinstance(value, dict) or _is_line(value):
        return _Found([_JsonLine(row, value)])
    match _in_object(value, depth):
        case _Found() as found:
            return found
        case Ignored(reason):
            return _Found(passed_over=[reason])
    return _Found([_JsonLine(row, value)])


def _in_object(message: dict[str, Any], depth: Depth) -> _Part:
    if message.get(MARK) == TICK:
        return Ignored("a tick: it wakes a fleet that sleeps on open work")
    if MARK in message:
        return read_attempt(message)
    if is_envelope(message) and not is_notification(message):
        return Ignored(f"SNS {message['Type']}: about the topic's subscription, not about a video")
    wrapping = wrapping_of(message)
    if wrapping is not None:
        return _unwrapped(wrapping, depth.within(wrapping))
    if message.get("Event") == TEST_EVENT:
        return Ignored(f"{TEST_EVENT}: S3 tries out a new notification")
    return _in_event(message)


def _unwrapped(wrapping: Wrapping, depth: Depth) -> _Part:
    if depth.complaint is not None:
        return _rejected(depth.complaint)
    parts = [_in_content(part, depth) for part in wrapping.contents]
    if len(parts) == 1:
        return parts[0]
    found = _Found()
    for part in parts:
        found.take(part)
    return found


def _in_content(part: Any, depth: Depth) -> _Part:
    """What lies in a wrapper, as text or decoded already."""
    if isinstance(part, str):
        return _in_text(part, depth)
    if isinstance(part, dict):
        return _in_object(part, depth)
    return _in_values(part if isinstance(part, list) and part else [part], depth)


def _in_event(message: dict[str, Any]) -> _Part:
    found = _Found()
    match message:
        case {"Records": list(records)}:
            return _in_records(records)
        case {"tasks": [_, *_] as tasks} if "invocationSchemaVersion" in message:
            found.rows += [_JsonLine(row, task) for row, task in enumerate(tasks, 1)]
        case _ if (news := _news(message)) is not None:
            if isinstance(news, RejectedMessage):
                return news
            found.tell(news)
        case _ if _is_line(message):
            found.rows.append(_JsonLine(1, message))
        case _:
            return _rejected("the message is a JSON object of no known kind; a line has the members bucket and key")
    return found


def _in_records(records: Sequence[Any]) -> _Part:
    if len(records) > MAX_LINES:
        return _too_many()
    found = _Found()
    for row, record in enumerate(records, 1):
        news = read_record(row, record)
        found.rows += news.rows
        found.passed_over += news.passed_over
    return found


def _news(message: dict[str, Any]) -> S3News | RejectedMessage | None:
    """What one event says; None for what is no event."""
    if isinstance(message.get("detail-type"), str):
        try:
            return read_eventbridge(message)
        except UnknownEventError as unknown:
            return _rejected(str(unknown))
    if isinstance(message.get("eventName"), str) and "s3" in message:
        return read_record(1, message)
    if is_call(message):
        return read_call(message)
    return read_detail(message) if is_detail(message) else None


def _is_line(value: dict[str, Any]) -> bool:
    """Whether an object is a line, sound or not."""
    if isinstance(value.get("bucket"), str) or isinstance(value.get("key"), str):
        return True
    if is_detail(value) or MARK in value or "Records" in value or "detail-type" in value:
        return False
    if "bucket" in value or "key" in value:
        return True
    try:
        return place_members(value) is not None
    except ValueError:
        return True


def _name(row: ReadRow | _JsonLine, arrival: Arrival, name: str) -> Line | RejectedLine:
    if isinstance(row, _JsonLine):
        return read_line(row.value, arrival, name)
    line_id = arrival.line_id(name)
    if isinstance(row, GoodRow):
        return Line(line_id, row.ref, arrival.sent_ms, context=row.context)
    return RejectedLine(line_id, Reason.BAD_LINE, row.message, row.excerpt)


def _too_many() -> RejectedMessage:
    return _rejected(f"the message holds more than {MAX_LINES} lines; send fewer, or submit them as a manifest")


def _rejected(message: str) -> RejectedMessage:
    return RejectedMessage(Reason.BAD_MESSAGE, message)
