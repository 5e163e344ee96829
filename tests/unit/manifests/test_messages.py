"""Whatever lies on the intake queue becomes lines, or a reason why not."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.analysis import Analysis
from reelsift.domain.failure import Reason
from reelsift.domain.job import Attempt, JobKey
from reelsift.domain.line import Line, LineId, RecordedAnswer, chunk_of
from reelsift.domain.video import ObjectRef
from reelsift.manifests.messages import (
    MAX_BODY_BYTES,
    MAX_LINES,
    TICK_MESSAGE,
    AttemptMessage,
    Ignored,
    Lines,
    Parsed,
    RejectedLine,
    RejectedMessage,
    encode_attempt,
    encode_line,
    parse_message,
)
from reelsift.manifests.told_context import told_context
from support.cases import every_case

EVENTS = Path(__file__).parents[2] / "events"
MESSAGE_ID = "6b1f0c5e-0000-4000-8000-000000000001"
SENT_MS = 1_785_456_000_000  # 2026-07-31T00:00:00Z
BATCH = "direct-2026-07-31"
BUCKET = "reelsift-videos-test"
ETAG = "9b2cf535f27731c974343645a3985328"
VERSION = "L4kqtJlcpXroDTDmpUMLUo_test01"


def parse(body: str) -> Parsed:
    return parse_message(body, message_id=MESSAGE_ID, sent_ms=SENT_MS)


def event(name: str) -> str:
    return (EVENTS / f"{name}.json").read_text(encoding="utf-8")


def entries(body: str) -> tuple[Line | RejectedLine, ...]:
    parsed = parse(body)
    assert isinstance(parsed, Lines), parsed
    return parsed.lines


def refs(body: str) -> list[ObjectRef | str]:
    """The objects of a message in order; the complaint where a line was rejected."""
    return [line.ref if isinstance(line, Line) else line.message for line in entries(body)]


def names(body: str) -> list[str]:
    return [line.id.line for line in entries(body)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("s3-put", [ObjectRef(BUCKET, "clips/beach.mp4", None, ETAG, 734_003_200)]),
        (
            "s3-put-encoded-key-versioned",
            [ObjectRef(BUCKET, "clips/München 1 + 2.mp4", VERSION, ETAG, 1_048_576)],
        ),
        (
            "s3-multipart-two-records",
            [
                ObjectRef(BUCKET, "clips/beach.mp4", None, f"{ETAG}-90", 9_000_000_000),
                ObjectRef(BUCKET, "clips/beach-copy.mp4", None, ETAG, 5),
            ],
        ),
        ("s3-created-and-removed", [ObjectRef(BUCKET, "clips/beach.mp4", None, ETAG, 5)]),
        ("sns-s3-put", [ObjectRef(BUCKET, "clips/beach.mp4", None, ETAG, 734_003_200)]),
        ("sns-in-sns-s3-put", [ObjectRef(BUCKET, "clips/beach.mp4", None, ETAG, 734_003_200)]),
        ("sns-line", [ObjectRef(BUCKET, "clips/beach.mp4")]),
        (
            "eventbridge-object-created",
            [ObjectRef(BUCKET, "clips/1 + 2 = 100%25.mp4", VERSION, ETAG, 1_048_576)],
        ),
        ("line-minimal", [ObjectRef(BUCKET, "clips/a b+c%20d.mp4")]),
        ("line-full", [ObjectRef(BUCKET, "clips/beach.mp4", "null", ETAG, 734_003_200)]),
    ],
)
def test_a_message_names_its_objects(name: str, expected: list[ObjectRef]) -> None:
    assert refs(event(name)) == expected


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("s3-test-event", "s3:TestEvent"),
        ("s3-removed", "ObjectRemoved:DeleteMarkerCreated"),
        ("s3-lifecycle-expiration", "LifecycleExpiration:Delete"),
        ("s3-tagging", "ObjectTagging:Put"),
        ("eventbridge-object-deleted", "aws.s3 Object Deleted"),
        ("eventbridge-object-tags-added", "aws.s3 Object Tags Added"),
        ("sns-subscription-confirmation", "SubscriptionConfirmation"),
    ],
)
def test_news_of_no_new_object_is_ignored_and_says_what_it_was(name: str, reason: str) -> None:
    parsed = parse(event(name))
    assert isinstance(parsed, Ignored)
    assert reason in parsed.reason


def test_of_many_events_that_make_no_object_three_are_named() -> None:
    kinds = ["ObjectRemoved:Delete", "ObjectTagging:Put", "ObjectAcl:Put", "ObjectRestore:Post"]
    parsed = parse(json.dumps({"Records": [{"eventName": kind, "s3": {}} for kind in [*kinds, *kinds]]}))
    assert parsed == Ignored("no object was created: ObjectRemoved:Delete, ObjectTagging:Put, ObjectAcl:Put, …")
    assert parse('{"Records": []}') == Ignored("no object was created: no records")


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("name", ["line-minimal", "s3-put", "sns-s3-put", "eventbridge-object-created"])
def test_a_message_may_have_been_made_json_more_than_once(name: str, times: int) -> None:
    body = event(name)
    for _ in range(times):
        body = json.dumps(body)
    assert parse(body) == parse(event(name))


def test_a_member_without_a_value_spoils_no_line() -> None:
    assert refs('{"bucket": "abc", "key": "a", "size": NaN}') == [ObjectRef("abc", "a")]


@pytest.mark.parametrize("source", ["aws.events", "aws.scheduler"])
def test_a_schedule_asks_for_nothing(source: str) -> None:
    assert isinstance(parse(json.dumps({"source": source, "detail-type": "Scheduled Event", "detail": "{}"})), Ignored)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("", "empty"),
        (" \r\n\ufeff", "empty"),
        ("{", "not JSON"),
        ("[]", "empty list"),
        ("bucket,key\n", "only blanks or a header"),
        ('{"bucket":"abc","key":"a","key":"b"}', "a member twice"),
        ('{"bucket":"abc","key":"a","size":' + "9" * 5000 + "}", "a number too long"),
        ('{"bucket":"abc","key":"a","size":1e400}', "a number too large"),
        ('{"bucket":"abc","key":' + "[" * 100_000, "nested too deeply"),
        ("a\n" * (MAX_LINES + 1), f"more than {MAX_LINES} lines"),
        ("[" + "{}," * MAX_LINES + "{}]", f"more than {MAX_LINES} lines"),
        ('{"Records":[' + "{}," * MAX_LINES + "{}]}", f"more than {MAX_LINES} lines"),
        ('{"bucket":"abc","key":"a"', "in a list or a line each"),
        (event("eventbridge-other-source"), "com.example.media Object Created"),
        ('{"source": "aws.s3", "detail-type": "Object Something New", "detail": {}}', "Object Something New"),
        (
            '{"JobId": "a", "Status": "SUCCEEDED", "API": "x", "Video": {"S3ObjectName": "k", "S3Bucket": "abc"}}',
            "kind",
        ),
        ('{"messageId": "1", "body": "{"}', "not JSON"),
        ('{"messageId": "1", "body": {"messageId": "2", "body": {"messageId": "3", "body": "abc,k"}}}', "2 wrappers"),
        ('{"hello": "world"}', "no known kind"),
        ("abc,k\n" * (MAX_BODY_BYTES // 6 + 1), "256 KiB"),
        ("é" * (MAX_BODY_BYTES // 2 + 1), "256 KiB"),
        (event("sns-greeting"), "no known kind"),
        (event("sns-three-deep"), "more than 2 SNS envelopes"),
        (event("attempt-unknown-kind"), "not a message this version of reelsift sends"),
    ],
    ids=lambda text: text[:30],
)
def test_a_message_that_makes_no_sense_is_rejected_with_a_sentence(body: str, complaint: str) -> None:
    parsed = parse(body)
    assert isinstance(parsed, RejectedMessage)
    assert parsed.reason is Reason.BAD_MESSAGE
    assert complaint in parsed.message


def test_a_broken_record_leaves_its_neighbours_alone() -> None:
    good, undecodable, wrong_type = entries(event("s3-one-record-broken"))
    assert isinstance(good, Line)
    assert isinstance(undecodable, RejectedLine)
    assert undecodable.excerpt == "clips/%FF.mp4"
    assert "not UTF-8" in undecodable.message
    # What an event tells beside its object never spoils it.
    assert isinstance(wrong_type, Line)
    assert wrong_type.ref.size == 5


def test_an_eventbridge_event_without_a_key_is_a_rejected_line() -> None:
    (line,) = entries(event("eventbridge-without-key"))
    assert isinstance(line, RejectedLine)
    assert "detail.object.key" in line.message


PLAIN = ObjectRef("abc", "a b+c.mp4")


def called(name: str, **more: Any) -> dict[str, Any]:
    asked = {"bucketName": "abc", "key": "a b+c.mp4"}
    return {"eventSource": "s3.amazonaws.com", "eventName": name, "requestParameters": asked} | more


def trailed(call: dict[str, Any]) -> dict[str, Any]:
    return {"source": "aws.s3", "detail-type": "AWS API Call via CloudTrail", "detail": call}


LINE = {"bucket": "abc", "key": "a b+c.mp4"}
DETAIL = {"version": "0", "bucket": {"name": "abc"}, "object": {"key": "a b+c.mp4", "size": "5", "etag": ""}}
CREATED = {"source": "aws.s3", "detail-type": "Object Created", "detail": DETAIL}
RECORD = {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "abc"}, "object": {"key": "a+b%2Bc.mp4"}}}


class TestNews:
    @pytest.mark.parametrize(
        "message",
        [
            *(trailed(called(name)) for name in ("PutObject", "PostObject", "CopyObject", "CompleteMultipartUpload")),
            called("PutObject"),
            {"Records": [called("PutObject")]},
            RECORD,
            {"Records": [RECORD | {"eventName": "s3:ObjectCreated:Copy"}]},
            {"BucketName": "abc", "Key": "a b+c.mp4"},
            {"version": "0", "bucket": "abc", "key": "a b+c.mp4", "again": "false"},
            {"Video": {"S3Object": {"Bucket": "abc", "Name": "a b+c.mp4"}}},
            {"uri": "https://abc.s3.amazonaws.com/a+b%2Bc.mp4"},
            {"invocationSchemaVersion": "2.0", "tasks": [{"taskId": "t", "s3Key": "a+b%2Bc.mp4", "s3Bucket": "abc"}]},
            {
                "invocationSchemaVersion": "1.0",
                "job": {"id": "j"},
                "tasks": [
                    {"taskId": "t", "s3Key": "a+b%2Bc.mp4", "s3VersionId": None, "s3BucketArn": "arn:aws:s3:::abc"}
                ],
            },
            ["s3://abc/a b+c.mp4"],
            {"Records": [{"Sns": {"Message": json.dumps(LINE)}, "EventSource": "aws:sns"}]},
            {"Records": [{"messageId": "1", "body": json.dumps(LINE), "eventSource": "aws:sqs"}]},
            {"Records": [{"messageId": "1", "body": "abc,a+b%2Bc.mp4"}]},
            {"messageId": "1", "body": json.dumps({"Records": [RECORD]})},
            [{"messageId": "1", "body": json.dumps(LINE)}],
            {"source": "Pipe p", "detail-type": "Event from aws:sqs", "detail": {"messageId": "1", "body": LINE}},
            {
                "Type": "Notification",
                "Message": json.dumps({"Records": [{"messageId": "1", "body": json.dumps(LINE)}]}),
            },
        ],
        ids=lambda message: json.dumps(message)[:60],
    )
    def test_news_of_an_object_is_read_whoever_brings_it(self, message: Any) -> None:
        assert refs(json.dumps(message)) == [PLAIN]

    @pytest.mark.parametrize("message", [CREATED, DETAIL, [CREATED], {"messageId": "1", "body": json.dumps(CREATED)}])
    def test_numbers_as_text_are_read_as_templates_write_them(self, message: Any) -> None:
        assert refs(json.dumps(message)) == [replace(PLAIN, size=5)]

    @pytest.mark.parametrize(
        ("message", "reason"),
        [
            (trailed(called("GetObject")), "GetObject"),
            (trailed(called("PutObject", errorCode="AccessDenied")), "PutObject"),
            (DETAIL | {"reason": "DeleteObject", "deletion-type": "Permanently Deleted"}, "an event of EventBridge"),
            (DETAIL | {"restore-expiry-time": "2026-07-31"}, "an event of EventBridge"),
            ({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}, "Scheduled Event"),
            ({"Records": [{"messageId": "1", "body": TICK_MESSAGE}]}, "a tick"),
            ([{"messageId": "1", "body": json.dumps({"Event": "s3:TestEvent"})}], "s3:TestEvent"),
        ],
        ids=str,
    )
    def test_what_is_known_to_make_no_object_is_ignored(self, message: Any, reason: str) -> None:
        parsed = parse(json.dumps(message))
        assert isinstance(parsed, Ignored)
        assert reason in parsed.reason

    @pytest.mark.parametrize(
        "message",
        [
            {"Records": [RECORD | {"eventName": "ObjectReborn:Put"}]},
            trailed(called("PutObject", requestParameters={"bucketName": "abc"})),
            trailed(called("PutObject", requestParameters=None)),
            called("PutObject", eventSource="dynamodb.amazonaws.com"),
        ],
        ids=str,
    )
    def test_what_may_be_news_and_is_not_understood_is_a_rejected_line(self, message: Any) -> None:
        (line,) = entries(json.dumps(message))
        assert isinstance(line, RejectedLine)

    def test_a_wrapper_of_several_messages_has_the_lines_of_all(self) -> None:
        bodies = [
            json.dumps(LINE),
            "abc,one\nabc,two",
            "{",
            json.dumps({"Event": "s3:TestEvent"}),
            json.dumps([LINE, 7]),
        ]
        body = json.dumps({"Records": [{"messageId": str(n), "body": text} for n, text in enumerate(bodies)]})
        one, first, second, broken, listed, bad = entries(body)
        assert [line.ref.key for line in (one, first, second, listed) if isinstance(line, Line)] == [
            *("a b+c.mp4", "one", "two", "a b+c.mp4")
        ]
        assert isinstance(broken, RejectedLine)
        assert isinstance(bad, RejectedLine)
        assert names(body) == [f"{MESSAGE_ID}:{row}" for row in range(1, 7)]

    def test_an_entry_of_a_list_is_named_by_its_place_whatever_its_neighbours_bring(self) -> None:
        two = {"Records": [RECORD, RECORD]}
        assert names(json.dumps([LINE, two, {"Event": "s3:TestEvent"}, LINE])) == [
            f"{MESSAGE_ID}:{row}" for row in (1, 2, 4, 5)
        ]

    def test_lines_of_json_may_come_one_a_line_and_carry_what_lines_carry(self) -> None:
        named = LINE | {"batch": "b", "line": "mine:1"}
        first, bad, third = entries(f'{json.dumps(named)}\n{{"key"}}\n{json.dumps(LINE)}\n')
        assert isinstance(first, Line)
        assert (first.id.batch_id, first.id.line, first.ref) == ("b", "mine:1", PLAIN)
        assert isinstance(bad, RejectedLine)
        assert isinstance(third, Line)

    @pytest.mark.parametrize(
        ("member", "value", "read"),
        [("size", "123", 123), ("size", 1.5e3, 1500), ("size", -1, None), ("size", [], None), ("size", 10**400, None)],
    )
    def test_a_size_never_spoils_a_line(self, member: str, value: Any, read: int | None) -> None:
        assert refs(json.dumps(LINE | {member: value, "etag": "two words"})) == [replace(PLAIN, size=read)]


class TestNames:
    def test_the_only_line_of_a_message_is_named_by_the_message_and_dated_by_its_sending(self) -> None:
        (line,) = entries("abc,k.mp4")
        assert line == Line(LineId(BATCH, MESSAGE_ID, chunk_of(MESSAGE_ID)), ObjectRef("abc", "k.mp4"), SENT_MS)

    def test_several_lines_are_named_by_their_row_so_that_blank_lines_count(self) -> None:
        assert names("\nabc,one\r\n\r\nabc,two") == [f"{MESSAGE_ID}:2", f"{MESSAGE_ID}:4"]

    def test_entries_of_a_list_and_records_of_an_event_are_counted_from_one(self) -> None:
        assert names(event("line-list")) == [f"{MESSAGE_ID}:{row}" for row in (1, 2, 3)]
        assert names(event("s3-multipart-two-records")) == [f"{MESSAGE_ID}:{row}" for row in (1, 2)]

    def test_a_batch_without_a_line_name_gets_the_name_of_the_message(self) -> None:
        (line,) = entries(event("line-batch-without-name"))
        assert line.id == LineId("nightly-2026-07-30", MESSAGE_ID, chunk_of(MESSAGE_ID))

    def test_a_line_name_without_a_batch_means_nothing(self) -> None:
        assert names('{"bucket":"abc","key":"k","line":"mine:1","round":4}') == [MESSAGE_ID]

    def test_a_bad_line_of_a_batch_is_counted_in_that_batch(self) -> None:
        (line,) = entries(event("line-bad-in-batch"))
        assert isinstance(line, RejectedLine)
        assert line.id == LineId("nightly-2026-07-30", "nightly.csv:18", 0)
        assert line.message == "key: the key is empty"

    def test_a_line_whose_batch_id_is_bad_is_counted_by_its_message(self) -> None:
        (line,) = entries(event("line-bad-batch"))
        assert isinstance(line, RejectedLine)
        assert line.id == LineId(BATCH, MESSAGE_ID, chunk_of(MESSAGE_ID))
        assert "batch id" in line.message


class TestLines:
    def test_everything_a_line_can_say_is_read(self) -> None:
        assert entries(event("line-full")) == (
            Line(
                LineId("nightly-2026-07-30", "nightly.csv:17", 3, 2),
                ObjectRef(BUCKET, "clips/beach.mp4", "null", ETAG, 734_003_200),
                submitted_ms=1_785_400_000_000,
                analyses=(Analysis.LABELS, Analysis.CONTENT_MODERATION),
                again=True,
                priority=True,
                content_changes=1,
            ),
        )

    def test_a_bad_entry_leaves_its_neighbours_alone(self) -> None:
        assert refs(event("line-list")) == [
            ObjectRef(BUCKET, "clips/one.mp4"),
            "key: is missing",
            ObjectRef(BUCKET, "clips/three.mp4"),
        ]

    @pytest.mark.parametrize(
        ("members", "complaint"),
        [
            ({"bucket": "ab"}, "not a bucket name"),
            ({"bucket": "arn:aws:s3:eu-central-1:123456789012:accesspoint/mine"}, "ARN"),
            ({"bucket": "s3://abc"}, "URL"),
            ({"bucket": 5}, "bucket: "),
            ({"key": "é" * 513}, "1026 bytes"),
            ({"key": "a\0b"}, "NUL"),
            ({"key": "\ud800"}, "surrogate"),
            ({"key": None}, "key: "),
            ({"version_id": "two words"}, "version id"),
            ({"analyses": ["nudity"]}, "content_moderation, labels"),
            ({"analyses": "labels"}, "content_moderation, labels"),
            ({"analyses": [["labels"]]}, "content_moderation, labels"),
            ({"again": "yes"}, "again: "),
            ({"submitted_ms": 10**15}, "submitted_ms: "),
            ({"batch": "x" * 129}, "batch id"),
            ({"batch": "a/b"}, "batch id"),
            ({"batch": "b", "line": "a\nb"}, "control"),
            ({"batch": "b", "line": "é" * 257}, "514 bytes"),
            ({"batch": "b", "line": "\udfff"}, "surrogate"),
            ({"batch": "b", "line": ""}, "empty"),
            ({"batch": "b", "chunk": -1}, "chunk: "),
            ({"batch": "b", "round": 0}, "round: "),
        ],
        ids=str,
    )
    def test_a_bad_member_is_named(self, members: dict[str, Any], complaint: str) -> None:
        (line,) = entries(json.dumps({"bucket": BUCKET, "key": "k"} | members))
        assert isinstance(line, RejectedLine)
        assert line.reason is Reason.BAD_LINE
        assert complaint in line.message
        assert len(line.excerpt) <= 200

    def test_of_many_complaints_the_first_three_are_shown(self) -> None:
        (line,) = entries('{"bucket": 1, "key": 2, "priority": "3", "again": 4, "content_changes": "5"}')
        assert isinstance(line, RejectedLine)
        assert line.message.count("; ") == 3
        assert line.message.endswith("and 2 more")

    @pytest.mark.parametrize("attempts", ["a/labels/1", ["a"], ["a/labels/x"], [1], ["a/labels/1"] * 101, ["a" * 101]])
    def test_attempts_that_are_none_are_refused(self, attempts: object) -> None:
        (line,) = entries(json.dumps({"bucket": "abc", "key": "k", "paid_attempts": attempts}))
        assert isinstance(line, RejectedLine)

    def test_null_is_the_same_as_absent(self) -> None:
        absent = ("version_id", "etag", "size", "analyses", "batch", "submitted_ms", "paid_attempts")
        assert entries(json.dumps({"bucket": "abc", "key": "k"} | dict.fromkeys(absent))) == entries("abc,k")

    def test_a_complaint_does_not_repeat_a_long_message(self) -> None:
        (line,) = entries(json.dumps({"bucket": "x" * 200_000, "key": [["y"] * 1000]}))
        assert isinstance(line, RejectedLine)
        assert len(line.message) < 300
        assert len(line.excerpt) == 200


def test_an_attempt_is_read_back_as_it_was_written() -> None:
    attempt = AttemptMessage("0123456789abcdef0123456789abcdef01234567", Analysis.CONTENT_MODERATION, 2)
    assert parse(event("attempt")) == attempt
    assert parse(encode_attempt(attempt)) == attempt


KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=256)
TOKENS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"'), min_size=1)
COUNTS = st.integers(0, 10**6)
ATTEMPTS = st.builds(
    lambda video_id, analysis, number: str(Attempt(JobKey(video_id, analysis), number)),
    st.from_regex(r"[0-9a-f]{40}", fullmatch=True),
    st.sampled_from(Analysis),
    st.integers(1, 10**9),
)

LINES = st.builds(
    Line,
    id=st.builds(
        LineId,
        batch_id=st.from_regex(r"[0-9A-Za-z][0-9A-Za-z._:-]{0,127}", fullmatch=True),
        line=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=128),
        chunk=COUNTS,
        round=st.integers(1, 100),
    ),
    ref=st.builds(
        ObjectRef,
        bucket=st.from_regex(r"[0-9A-Za-z._-]{3,255}", fullmatch=True),
        key=KEYS,
        version_id=st.none() | TOKENS,
        etag=st.none() | TOKENS,
        size=st.none() | st.integers(0, 2**63 - 1),
    ),
    submitted_ms=st.integers(0, 253_402_300_799_999),
    analyses=st.lists(st.sampled_from(Analysis), unique=True).map(tuple),
    again=st.booleans(),
    priority=st.booleans(),
    content_changes=COUNTS,
    paid_ms=st.integers(0, 10**12),
    paid_attempts=st.lists(ATTEMPTS).map(tuple),
    answer=st.none() | st.builds(RecordedAnswer, TOKENS, st.none() | st.sampled_from(Analysis)),
    context=st.none() | st.dictionaries(st.text(), st.text(max_size=500), min_size=1, max_size=8).map(told_context),
)


@given(LINES)
def test_a_line_is_read_back_as_it_was_written_whatever_message_carries_it(line: Line) -> None:
    body = encode_line(line)
    assert body.isascii()
    assert parse_message(body, message_id="other", sent_ms=line.submitted_ms) == Lines((line,))
    earlier = line.submitted_ms // 2
    assert parse_message(body, message_id="other", sent_ms=earlier) == Lines((replace(line, submitted_ms=earlier),))


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a JSON value with every key or index in it."""
    for place in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, place
        if isinstance(value[place], dict | list):
            yield from places(value[place])


@pytest.mark.parametrize("depth", [100, 400, 800])
def test_deep_nesting_in_any_member_does_not_make_it_raise(depth: int) -> None:
    with every_case() as case:
        for path in sorted(EVENTS.glob("*.json")):
            message = json.loads(path.read_text(encoding="utf-8"))
            for container, place in list(places(message)):
                before, container[place] = container[place], "@deep"
                with case(path.stem, place):
                    assert_sound(parse(json.dumps(message).replace('"@deep"', "[" * depth + "]" * depth)))
                container[place] = before


def assert_sound(parsed: Parsed) -> None:
    """What every reading promises, so that the worker can record it without looking again."""
    match parsed:
        case Lines(lines):
            assert lines
            assert len({line.id for line in lines}) == len(lines)
            for line in lines:
                assert line.id.batch_id == BATCH or "#" not in line.id.batch_id
                if isinstance(line, Line):
                    assert 1 <= len(line.ref.key.encode()) <= 1024
                else:
                    assert len(line.excerpt.encode().decode()) <= 200
                    assert line.message
        case Ignored(text) | RejectedMessage(_, text):
            assert text.encode()
        case AttemptMessage():
            assert parsed.attempt > 0


ANY_TEXT = st.text(st.characters())
# The member names of every message in tests/events, quoted once more where one message lies in another.
MEMBER_NAMES = st.sampled_from(
    sorted({name for path in EVENTS.glob("*.json") for name in re.findall(r'"([A-Za-z_-]+)\\*":', path.read_text())})
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | ANY_TEXT
    | st.sampled_from(["Notification", "ObjectCreated:Put", "Object Created", "aws.s3", "attempt", "abc", "labels"])
)
ANY_JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(MEMBER_NAMES | ANY_TEXT, inner, max_size=6)
)


@given(ANY_TEXT)
def test_no_text_makes_it_raise(body: str) -> None:
    assert_sound(parse(body))


@given(ANY_JSON)
def test_no_json_makes_it_raise(value: Any) -> None:
    assert_sound(parse(json.dumps(value)))


@given(st.sampled_from(sorted(EVENTS.glob("*.json"))), st.data())
def test_no_sound_message_with_one_value_replaced_makes_it_raise(path: Path, data: st.DataObject) -> None:
    message = json.loads(path.read_text(encoding="utf-8"))
    inside = message
    while isinstance(inside, dict | list) and inside:
        place = data.draw(st.sampled_from(sorted(inside) if isinstance(inside, dict) else range(len(inside))))
        if data.draw(st.booleans()):
            inside[place] = data.draw(ANY_JSON)
            break
        inside = inside[place]
    assert_sound(parse(json.dumps(message)))


LIBRARY = re.compile(r"[Ii]nput|[Ss]tring|[Ff]ield|valid |should|pattern")
"""Words of the library that checks members."""


def test_what_is_wrong_with_a_member_is_said_in_plain_words() -> None:
    members = ["bucket", "key", "version_id", "etag", "size", "analyses", "again", "priority"]
    values: list[Any] = [5, -1, 1.5, "", "x y", [], {}, True, 10**30]
    with every_case() as case:
        for member, value in product(members, values):
            with case(member, value):
                body = json.dumps({"bucket": "videos", "key": "a.mp4", "batch": "b", member: value})
                parsed = parse_message(body, message_id="m", sent_ms=0)
                assert isinstance(parsed, Lines)
                (line,) = parsed.lines
                if isinstance(line, RejectedLine):
                    assert line.message.startswith(f"{member}: ")
                    assert not LIBRARY.search(line.message)


def test_what_is_wrong_with_the_name_of_a_line_is_said_in_plain_words() -> None:
    members = ["batch", "line", "chunk", "round", "submitted_ms", "reelsift"]
    values: list[Any] = [5.5, -1, "x\ny", [], {}, 10**30]
    with every_case() as case:
        for member, value in product(members, values):
            with case(member, value):
                body = json.dumps({"bucket": "videos", "key": "a.mp4", "batch": "b", member: value})
                assert not LIBRARY.search(str(getattr(parse_message(body, message_id="m", sent_ms=0), "message", "")))
