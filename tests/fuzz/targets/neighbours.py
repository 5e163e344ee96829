"""A bad neighbour: whatever stands between two good lines, both are read, under the names they would have anyway."""

import json
from typing import Any

from fuzz.events import events
from fuzz.target import Target, hold, text_of
from reelsift.domain.line import Line
from reelsift.manifests.messages import Lines, RejectedMessage, parse_message
from reelsift.manifests.physical_lines import MAX_LINE_BYTES
from reelsift.manifests.untrusted_json import JsonError, load_json

_ID = "m"
_RECORDS = [record for body in events("s3") for record in json.loads(body).get("Records", [])]
_BUCKET = "reelsift-videos-test"
_RECORD = {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": _BUCKET}, "object": {"key": "%s"}}}


def check(data: bytes) -> None:
    """The first byte chooses the shape: rows of CSV, a list of JSON, or the records of an event."""
    shape, text = data[:1], text_of(data[1:])
    if shape == b"c":
        _check_rows(text)
        return
    try:
        neighbour = load_json(text)
    except JsonError:
        return
    if shape == b"r":
        _check_records(neighbour, text)
    else:
        _check_list(text)


def _check_rows(text: str) -> None:
    neighbour = text.replace("\n", " ")
    if len(neighbour.encode(errors="surrogatepass")) > MAX_LINE_BYTES:
        return
    keys = _good(f"{_BUCKET},one.mp4\n{neighbour}\n{_BUCKET},two.mp4\n")
    hold("rows beside a bad one are read", where=keys[0] == ("m:1", "one.mp4") and keys[-1] == ("m:3", "two.mp4"))


def _check_list(text: str) -> None:
    one, two = (json.dumps({"bucket": _BUCKET, "key": key}) for key in ("one.mp4", "two.mp4"))
    keys = _good(f"[{one},{text},{two}]")
    hold("lines beside a bad one are read", where={("m:1", "one.mp4"), ("m:3", "two.mp4")} <= set(keys))


def _check_records(neighbour: Any, text: str) -> None:
    one, two = (json.dumps(_RECORD) % key for key in ("one.mp4", "two.mp4"))
    keys = _good(f'{{"Records":[{one},{text},{two}]}}')
    name = neighbour.get("eventName") if isinstance(neighbour, dict) else None
    passed_over = isinstance(name, str) and "s3" in neighbour and "ObjectCreated:" not in name
    hold("records beside a bad one are read", where=[key for _, key in (keys[0], keys[-1])] == ["one.mp4", "two.mp4"])
    hold("a bad record does not vanish", where=passed_over or len(keys) > 1)


def _good(body: str) -> list[tuple[str, str]]:
    parsed = parse_message(body, message_id=_ID, sent_ms=1_785_456_000_000)
    # What lies at the limit of depth alone lies beyond it in a list.
    if isinstance(parsed, RejectedMessage) and "nested" in parsed.message:
        return [("m:1", "one.mp4"), ("m:3", "two.mp4")]
    hold("a message with good lines is not refused", where=isinstance(parsed, Lines))
    lines = parsed.lines if isinstance(parsed, Lines) else ()
    return [(line.id.line, line.ref.key) for line in lines if isinstance(line, Line)]


TARGET = Target(
    check,
    seeds=[
        *(b"l" + body for body in events("line", "s3", "sns")),
        *(
            b"r" + json.dumps(record).encode()
            for body in events("s3")
            for record in json.loads(body).get("Records", [])
        ),
        b'c"never closed',
        b"cbucket,key",
        b"c\r",
        b"c,,,,",
        b"c\xff\xfe",
        b"cs3://",
        b'l"\\ud800"',
        b"l[[]]",
        b"r{}",
        b"rnull",
    ],
    words=('"bucket"', '"key"', '"batch"', '"eventName"', '"s3"', "s3://", "ObjectCreated:"),
)
