"""Rekognition's completion messages are understood in every wrapping they come in."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelsift.domain.failure import Reason
from reelsift.manifests.messages import TICK_MESSAGE
from reelsift.manifests.notification import Completion, parse_completions
from reelsift.manifests.parsed import RejectedMessage

EVENTS = Path(__file__).parents[2] / "events"
JOB_ID = "3f7c9a0d5b1e4f60a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718"
COMPLETION = Completion(
    job_id=JOB_ID,
    status="SUCCEEDED",
    api="StartContentModeration",
    job_tag="reelsift-0123456789abcdef-content_moderation-1",
    at_ms=1_785_406_502_118,
    bucket="reelsift-videos-test",
    key="clips/1 + 2 = 100%25.mp4",
)


def event(name: str) -> str:
    return (EVENTS / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("when", ["today", "1785406502118", None, 1.5])
def test_a_time_never_spoils_a_completion(when: Any) -> None:
    body = json.loads(event("completion")) | {"Timestamp": when}
    (read,) = parse_completions(json.dumps(body))
    assert isinstance(read, Completion)
    assert read.job_id == JOB_ID


@pytest.mark.parametrize(
    "beside",
    [
        {"JobTag": 5},
        {"JobTag": "x" * 2000},
        {"Video": "s3://abc/k"},
        {"Video": {"S3Bucket": 1, "S3ObjectName": []}},
        {"Timestamp": float("nan")},
        {"Timestamp": 10**400},
    ],
    ids=lambda beside: str(beside)[:40],
)
def test_nothing_beside_the_job_spoils_a_completion(beside: dict[str, Any]) -> None:
    (read,) = parse_completions(json.dumps(json.loads(event("completion")) | beside))
    assert isinstance(read, Completion)
    assert (read.job_id, read.status) == (JOB_ID, "SUCCEEDED")


@pytest.mark.parametrize("name", ["completion", "completion-sns", "completion-lambda"])
def test_a_completion_may_come_in_a_list_with_a_mark_or_made_json_twice(name: str) -> None:
    body = event(name)
    assert parse_completions(f"[{body},{body}]") == (COMPLETION, COMPLETION)
    assert parse_completions("\ufeff" + body) == (COMPLETION,)
    assert parse_completions(json.dumps(body)) == (COMPLETION,)
    assert parse_completions(json.dumps([{"messageId": "1", "body": json.dumps(body)}])) == (COMPLETION,)
    for nothing in (f"[[{body}]]", "[]"):
        (bad,) = parse_completions(nothing)
        assert isinstance(bad, RejectedMessage)


def test_a_wrapper_of_several_messages_has_the_completions_of_all() -> None:
    bodies = [event("completion"), "{", event("completion-sns")]
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    first, bad, last = parse_completions(json.dumps({"Records": records}))
    assert first == last == COMPLETION
    assert isinstance(bad, RejectedMessage)


@pytest.mark.parametrize("name", ["completion", "completion-sns", "completion-lambda"])
def test_the_wrapping_changes_nothing(name: str) -> None:
    assert parse_completions(event(name)) == (COMPLETION,)


def test_a_failure_without_a_tag_is_read() -> None:
    (read,) = parse_completions(event("completion-failed-without-tag"))
    assert isinstance(read, Completion)
    assert (read.status, read.api, read.job_tag) == ("FAILED", "StartLabelDetection", None)


def test_only_job_status_and_operation_are_needed() -> None:
    body = json.dumps({"JobId": "a-1", "Status": "ERROR", "API": "StartLabelDetection"})
    assert parse_completions(body) == (Completion("a-1", "ERROR", "StartLabelDetection"),)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("", "not JSON"),
        ("null", "it must be an object"),
        ("{}", "JobId"),
        ('{"JobId": "no good", "Status": "SUCCEEDED", "API": "x"}', "JobId"),
        ('{"Records": [{"messageId": "1", "body": "abc,k"}]}', "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        (event("s3-put"), "JobId"),
        (event("sns-greeting"), "JobId"),
        (event("sns-subscription-confirmation"), "not JSON"),
    ],
    ids=lambda text: text[:30],
)
def test_a_foreign_message_is_rejected_with_a_sentence(body: str, complaint: str) -> None:
    (read,) = parse_completions(body)
    assert isinstance(read, RejectedMessage)
    assert read.reason is Reason.BAD_MESSAGE
    assert complaint in read.message


def test_a_tick_wakes_and_brings_nothing() -> None:
    assert parse_completions(TICK_MESSAGE) == ()


MEMBERS = st.sampled_from(
    ["JobId", "Status", "API", "JobTag", "Timestamp", "Video", "Records", "Sns", "Message", "Type"]
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner),
)


@given(ANY_JSON.map(json.dumps) | st.text(st.characters()))
def test_nothing_makes_it_raise(body: Any) -> None:
    found = parse_completions(body)
    assert found
    assert all(isinstance(read, Completion | RejectedMessage) for read in found)
