"""Bodies of intake messages: rows of CSV, lines of JSON, events of S3 and EventBridge, and envelopes of SNS."""

import json

from fuzz.events import events
from fuzz.target import Target, hold, hold_words, text_of
from reelsift.aws.queue import dead_letter_attributes
from reelsift.domain.context import LEFT_OUT, MOST_BYTES, context_text
from reelsift.domain.line import Line
from reelsift.manifests.line_names import check_batch_id, check_line_name
from reelsift.manifests.manifest_row import MAX_EXCERPT
from reelsift.manifests.messages import (
    AttemptMessage,
    Ignored,
    Lines,
    RejectedLine,
    RejectedMessage,
    encode_attempt,
    encode_line,
    parse_message,
)
from reelsift.manifests.object_names import check_bucket, check_key

MESSAGE_ID = "6b1f0c5e-0000-4000-8000-000000000001"
SENT_MS = 1_785_456_000_000


def check(data: bytes) -> None:
    """A body is lines, an attempt, something to ignore, or refused; and what is sent anew stays what it is."""
    parsed = parse_message(text_of(data), message_id=MESSAGE_ID, sent_ms=SENT_MS)
    match parsed:
        case Lines(lines):
            hold("a message of lines has one", where=bool(lines))
            for line in lines[:20]:
                _check_line(line)
        case AttemptMessage():
            again = parse_message(encode_attempt(parsed), message_id="other", sent_ms=1)
            hold("an attempt sent anew is the same attempt", where=again == parsed)
        case Ignored(reason):
            hold_words(reason, 300)
        case RejectedMessage(_, message):
            hold_words(message)


def _check_line(line: Line | RejectedLine) -> None:
    check_batch_id(line.id.batch_id)
    check_line_name(line.id.line)
    attributes = dead_letter_attributes("gave_up: why", line.id)
    hold("a line's name fits into a dead letter", where=len(json.dumps(attributes)) < 8192)
    if isinstance(line, RejectedLine):
        hold_words(line.message)
        hold("an excerpt is short", where=len(line.excerpt) <= MAX_EXCERPT)
        line.excerpt.encode()
        return
    check_bucket(line.ref.bucket)
    check_key(line.ref.key)
    if line.context is not None:
        kept = {name: text for name, text in line.context.items() if name != LEFT_OUT}
        hold("a context fits", where=len((context_text(kept) or "").encode()) <= MOST_BYTES)
    hold("nobody asks after the message was sent", where=0 <= line.submitted_ms <= SENT_MS)
    again = parse_message(encode_line(line), message_id="other", sent_ms=SENT_MS)
    hold("a line sent anew is the same line", where=again == Lines((line,)))


TARGET = Target(
    check,
    seeds=[
        *events(),
        b"reelsift-videos-test,clips/a%20b.mp4\nreelsift-videos-test,clips/c.mp4,null\n",
        b"s3://reelsift-videos-test/clips/a b,c.mp4",
        b'Key,Bucket,Size,ETag\n"a ""b"".mp4",abc,5,"x"\n',
        b'{"reelsift":"tick"}',
        b'{"Records":[{"messageId":"1","body":"{\\"bucket\\":\\"abc\\",\\"key\\":\\"k\\"}"},{"messageId":"2","body":"abc,k"}]}',
        b'{"Records":[{"Sns":{"Message":"s3://abc/k.mp4"}}]}',
        (
            b'{"detail-type":"AWS API Call via CloudTrail","source":"aws.s3","detail":{'
            b'"eventSource":"s3.amazonaws.com","eventName":"PutObject","requestParameters":{"bucketName":"abc","key":"k"}}}'
        ),
        b'{"detail-type":"Event from aws:sqs","detail":{"messageId":"1","body":{"bucket":"abc","key":"k","size":"1"}}}',
        b'{"invocationSchemaVersion":"2.0","tasks":[{"taskId":"t","s3Key":"a+b","s3Bucket":"abc"}]}',
        b'{"bucket":{"name":"abc"},"object":{"key":"k"},"reason":"PutObject"}',
        b'{"bucket":"abc","key":"k"}\n{"Video":{"S3Object":{"Bucket":"abc","Name":"k","Version":"v"}}}\n"s3://abc/k"',
        b'[1,"a",null,{"bucket":"abc","key":"\\ud83c\\udfa5.mp4","batch":"b","line":"f:1"}]',
        b'{"bucket":"abc","key":"k","context":{"owner":"u-17","views":3,"tags":["a"],"_left_out":"x,\\u2026"}}',
        b'{"bucket":"abc","key":"k","context":"{\\"owner\\": true, \\"\\": 1}"}',
        b'{"bucket":"abc","key":"k","size":1e400,"submitted_ms":253402300799999,"analyses":["labels"]}',
    ],
    is_json=True,
    words=("bucket", "key", "Records", "detail-type", "Notification", "reelsift", "s3://", "eventName", "analyses"),
)
