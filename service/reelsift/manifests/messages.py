"""Whatever may lie on the intake queue, made into lines: the one place where outside text is first read."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from reelsift.domain.failure import Reason
from reelsift.domain.line import Line
from reelsift.manifests.line_message import encode_line, read_line
from reelsift.manifests.line_names import Arrival
from reelsift.manifests.lists import read_list
from reelsift.manifests.manifest_row import GoodRow, ReadRow, excerpt
from reelsift.manifests.notification import MAX_ENVELOPES, is_envelope, is_notification
from reelsift.manifests.parsed import (
    MARK,
    AttemptMessage,
    Ignored,
    Lines,
    Parsed,
    RejectedLine,
    RejectedMessage,
    encode_attempt,
    read_attempt,
)
from reelsift.manifests.s3_events import TEST_EVENT, S3News, read_eventbridge, read_records
from reelsift.manifests.untrusted_json import JsonError, load_json

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

_TICK = "tick"

TICK_MESSAGE = json.dumps({MARK: _TICK})
"""Asks for nothing but that a worker receive it: what a schedule and `reelsift submit` send, so that a fleet at zero
tasks wakes for work that stands in the tables only.
"""

MAX_LINES = 50_000
"""Lines of one message at most. Of real ones a message holds fewer; of what is no line it holds 130,000, which would
take a worker's memory, and seconds in which it does nothing else.
"""

_BLANK = "\ufeff \t\r\n"
_NAMES_SHOWN = 3
_PIECE_BYTES = 16 * 1024


def parse_message(body: str, *, message_id: str, sent_ms: int) -> Parsed:
    """What an intake message asks for. Never raises for anything `body` holds.

    Understood are rows of CSV (`bucket,key[,version_id]`, the key URL-encoded, or `s3://bucket/key` as it stands),
    lines as JSON objects, one or a list of them (see `read_line`), S3 event notifications, S3 events of EventBridge,
    each of these in at most two SNS envelopes, `AttemptMessage`, and `TICK_MESSAGE`.

    `message_id` and `sent_ms` (epoch milliseconds) are SQS's. They name the lines that bring no name: `message_id`
    for the only line of its message, else `message_id:row`, rows counted from 1 as the message counts them
    (lines of CSV, entries of a list, records of an event).
    """
    if len(body) > MAX_BODY_BYTES or len(body.encode(errors="surrogatepass")) > MAX_BODY_BYTES:
        return _rejected(
            f"the message is larger than {MAX_BODY_BYTES // 1024} KiB; send its lines in several,"
            " or submit them as a manifest"
        )
    return _parse(body, Arrival(message_id, sent_ms), envelopes=0)


def _parse(text: str, arrival: Arrival, *, envelopes: int) -> Parsed:
    start = text.lstrip(_BLANK)
    if not start:
        return _rejected("the message is empty; write bucket,key or a JSON object with bucket and key")
    if start[0] not in "{[":
        return _named(list(islice(read_list(_pieces(text)), MAX_LINES + 1)), arrival)
    try:
        message = load_json(start)
    except JsonError as error:
        return _rejected(f"the message begins like JSON, but {error}; send one JSON value, and several lines as a list")
    if isinstance(message, list):
        return _listed(message, arrival)
    return _parse_object(message, arrival, envelopes=envelopes)


def _pieces(text: str) -> Iterator[bytes]:
    encoded = text.encode(errors="surrogatepass")
    return (encoded[start : start + _PIECE_BYTES] for start in range(0, len(encoded), _PIECE_BYTES))


def _parse_object(message: dict[str, Any], arrival: Arrival, *, envelopes: int) -> Parsed:
    if message.get(MARK) == _TICK:
        return Ignored("a tick: it wakes a fleet that sleeps on open work")
    if MARK in message:
        return read_attempt(message)
    if is_envelope(message):
        return _unwrap(message, arrival, envelopes=envelopes)
    if "bucket" in message or "key" in message:
        return Lines((read_line(message, arrival, arrival.name(1, of=1)),))
    return _parse_event(message, arrival)


def _parse_event(message: dict[str, Any], arrival: Arrival) -> Parsed:
    if message.get("Event") == TEST_EVENT:
        return Ignored(f"{TEST_EVENT}: S3 tries out a new notification")
    if isinstance(message.get("Records"), list):
        records = message["Records"]
        return _too_many() if len(records) > MAX_LINES else _told(read_records(records), arrival)
    if isinstance(message.get("detail-type"), str):
        return _told(read_eventbridge(message), arrival)
    return _rejected("the message is a JSON object of no known kind; a line has the members bucket and key")


def _unwrap(envelope: dict[str, Any], arrival: Arrival, *, envelopes: int) -> Parsed:
    if not is_notification(envelope):
        return Ignored(f"SNS {envelope['Type']}: about the topic's subscription, not about a video")
    if envelopes == MAX_ENVELOPES:
        return _rejected(f"the message lies in more than {MAX_ENVELOPES} SNS envelopes")
    return _parse(envelope["Message"], arrival, envelopes=envelopes + 1)


def _told(news: S3News, arrival: Arrival) -> Parsed:
    if news.rows:
        return _named(news.rows, arrival)
    names = list(dict.fromkeys(news.passed_over))
    more = ", …" if len(names) > _NAMES_SHOWN else ""
    return Ignored(excerpt(f"no object was created: {', '.join(names[:_NAMES_SHOWN]) or 'no records'}{more}"))


def _listed(entries: list[Any], arrival: Arrival) -> Parsed:
    if not entries:
        return _rejected("the message is an empty list; send at least one line")
    count = len(entries)
    if count > MAX_LINES:
        return _too_many()
    return Lines(tuple(read_line(entry, arrival, arrival.name(row, of=count)) for row, entry in enumerate(entries, 1)))


def _named(rows: Sequence[ReadRow], arrival: Arrival) -> Parsed:
    if not rows:
        return _rejected("the message holds no line, only blanks or a header")
    if len(rows) > MAX_LINES:
        return _too_many()
    return Lines(tuple(_name(row, arrival, arrival.name(row.row, of=len(rows))) for row in rows))


def _name(row: ReadRow, arrival: Arrival, name: str) -> Line | RejectedLine:
    line_id = arrival.line_id(name)
    if isinstance(row, GoodRow):
        return Line(line_id, row.ref, arrival.sent_ms)
    return RejectedLine(line_id, Reason.BAD_LINE, row.message, row.excerpt)


def _too_many() -> RejectedMessage:
    return _rejected(f"the message holds more than {MAX_LINES} lines; send fewer, or submit them as a manifest")


def _rejected(message: str) -> RejectedMessage:
    return RejectedMessage(Reason.BAD_MESSAGE, message)
